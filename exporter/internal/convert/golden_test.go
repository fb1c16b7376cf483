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

// TestGoldenCorpus converts spans recorded from published libraries and
// compares the events with those on disk, one file a scenario.
func TestGoldenCorpus(t *testing.T) {
	t.Parallel()
	golden(t, filepath.Join(shared, "corpus"), filepath.Join("testdata", "corpus"), false)
}

// TestGoldenOwn does the same with this repository's own recordings, so that
// its tests stand alone.
func TestGoldenOwn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("testdata", "own")
	golden(t, dir, dir, true)
}

func golden(t *testing.T, inputs, outputs string, eventful bool) {
	files, err := filepath.Glob(filepath.Join(inputs, "*", "*.otlp.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("no recordings in %s", inputs)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".logs.otlp.json") {
			continue
		}
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
			if eventful {
				require.NotZero(t, got.Len(), "no span became an event: does semconv.IsAIKey know their attributes?")
			}
			path := filepath.Join(outputs, library, scenario+".events.json")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
				return
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err, "run go test -update to make it, then review it")
			require.Equal(t, string(want), got.String())
		})
	}
}
