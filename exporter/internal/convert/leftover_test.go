package convert_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// leftOver matches the table in docs/events.md of what passes through, by the
// lines around it.
var leftOver = regexp.MustCompile(`(?s)(<!-- left over: .*? -->\n)(.*?)(<!-- end -->)`)

// TestLeftOver keeps the table of what no rule reads up to date: for each
// recorded library the bytes of keys and values an event, of all properties that
// are not PostHog's. The column of the first measurement stays.
func TestLeftOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "..", "docs", "events.md")
	doc, err := os.ReadFile(path)
	require.NoError(t, err)
	found := leftOver.FindSubmatchIndex(doc)
	require.NotNil(t, found, "docs/events.md has no table of what is left over")
	first := map[string]string{}
	for line := range strings.Lines(string(doc[found[4]:found[5]])) {
		if cells := strings.Split(line, " | "); len(cells) == 3 {
			first[strings.TrimPrefix(cells[0], "| ")] = cells[1]
		}
	}
	table := "| recording | first measured | now |\n|---|---|---|\n"
	bytes := bytesLeftOver(t)
	for _, library := range sortedKeys(bytes) {
		before := first[library]
		if before == "" {
			before = fmt.Sprint(bytes[library])
		}
		table += fmt.Sprintf("| %s | %s | %d |\n", library, before, bytes[library])
	}
	want := string(doc[:found[4]]) + table + string(doc[found[5]:])
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(doc), "run go test -update and review the table")
}

func bytesLeftOver(t *testing.T) map[string]int {
	t.Helper()
	bytes, events := map[string]int{}, map[string]int{}
	files, err := filepath.Glob(filepath.Join("testdata", "corpus", "*", "*.otlp.json"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, ".logs.otlp.json") {
			continue
		}
		library := filepath.Base(filepath.Dir(file))
		spans, err := spantest.ReadOTLP(file)
		require.NoError(t, err)
		for _, e := range convert.Batch(spans, convert.Options{}) {
			events[library]++
			for key, value := range decode(t, e).Properties {
				if !strings.HasPrefix(key, "$") {
					bytes[library] += len(key) + len(value)
				}
			}
		}
	}
	for library := range bytes {
		bytes[library] /= events[library]
	}
	return bytes
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
