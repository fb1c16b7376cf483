package convert_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenCorpus converts spans recorded from published libraries, a few for
// each, and compares the events with those beside them. `go test -update` writes
// the events anew: review them.
func TestGoldenCorpus(t *testing.T) {
	t.Parallel()
	golden(t, filepath.Join("testdata", "corpus"))
}

// TestGoldenOwn does the same with spans that were written by hand, after the
// published sources of libraries that are not recorded.
func TestGoldenOwn(t *testing.T) {
	t.Parallel()
	golden(t, filepath.Join("testdata", "own"))
}

func golden(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.otlp.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		library := filepath.Base(filepath.Dir(file))
		scenario := strings.TrimSuffix(filepath.Base(file), ".otlp.json")
		t.Run(library+"/"+scenario, func(t *testing.T) {
			t.Parallel()
			spans, err := spantest.ReadOTLP(file)
			require.NoError(t, err)
			var got bytes.Buffer
			for _, e := range convert.Batch(spans, convert.Options{}) {
				require.NoError(t, json.Indent(&got, e.Append(nil), "", "  "))
				got.WriteByte('\n')
			}
			require.NotZero(t, got.Len(), "no span became an event: does the library's file in internal/dialect name its AI keys?")
			path := filepath.Join(dir, library, scenario+".events.json")
			if *update {
				require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
				return
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err, "run go test -update to make it, then review it")
			require.Equal(t, string(want), got.String())
		})
	}
}
