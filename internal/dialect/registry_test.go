package dialect_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// recordings are the inputs of the golden tests.
var recordings = filepath.Join("..", "..", "exporter", "internal", "convert", "testdata")

// TestRegistryIsComplete fails where a library is registered but nothing shows
// what its rules do: a recording or a case has to have a span that the library
// recognises, and a library with a name has to rule one.
func TestRegistryIsComplete(t *testing.T) {
	t.Parallel()
	recognised, rules := map[int]bool{}, map[int]bool{}
	for _, pattern := range []string{"*", "*/*"} {
		files, err := filepath.Glob(filepath.Join(recordings, filepath.FromSlash(pattern), "*.otlp.json"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, ".logs.otlp.json") {
				continue
			}
			spans, err := spantest.ReadOTLP(file)
			require.NoError(t, err, file)
			for _, span := range spans {
				all, first := dialect.Recognised(span)
				for _, place := range all {
					recognised[place] = true
				}
				rules[first] = true
			}
		}
	}
	rows := dialect.Rows()
	for _, row := range rows[:len(rows)-1] { // the last one takes all other spans
		name := row.Name + strings.Join(row.Marks, " ") + strings.Join(row.Names, " ")
		require.NotZero(t, len(row.Marks)+len(row.Names)+len(row.Scopes), "%s: nothing tells its spans", name)
		require.True(t, recognised[row.Place], "%s: no recording and no case has a span of it", name)
		require.True(t, row.Name == "" || rules[row.Place], "%s: it rules no span of the recordings and cases", name)
		for _, pattern := range row.AI {
			require.True(t, slices.ContainsFunc(row.Marks, func(mark string) bool { return dialect.Overlap(pattern, mark) }),
				"%s: %s makes a span an AI span, but no mark tells whose", name, pattern)
		}
	}
}
