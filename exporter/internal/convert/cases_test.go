package convert_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// TestCases converts small inputs, each one kind of mistake that somebody has
// made, and compares all events with those on disk.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "cases", "*.otlp.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".otlp.json"), func(t *testing.T) {
			t.Parallel()
			got := indented(t, file)
			path := strings.TrimSuffix(file, ".otlp.json") + ".events.json"
			if *update {
				require.NoError(t, os.WriteFile(path, got, 0o644))
				return
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err, "run go test -update to make it, then review it")
			require.Equal(t, string(want), string(got))
		})
	}
}

// indented returns the events of a recording as they lie on disk.
func indented(t *testing.T, file string) []byte {
	t.Helper()
	spans, err := spantest.ReadOTLP(file)
	require.NoError(t, err)
	var got bytes.Buffer
	for _, e := range convert.Batch(spans, convert.Options{}) {
		require.NoError(t, json.Indent(&got, e.Append(nil), "", "  "))
		got.WriteByte('\n')
	}
	return got.Bytes()
}

// TestSharedCases checks the cases that state by property what is right.
func TestSharedCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(shared, "cases", "*.otlp.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no shared/cases beside this checkout")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".otlp.json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, faults(t, strings.TrimSuffix(file, ".otlp.json")))
		})
	}
}

// faults returns what is wrong with the events of a case.
func faults(t *testing.T, path string) (wrong []string) {
	t.Helper()
	data, err := os.ReadFile(path + ".expected.json")
	require.NoError(t, err)
	var expect struct {
		Expected []struct {
			Span, Event string
			Props       map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(data, &expect))
	spans, err := spantest.ReadOTLP(path + ".otlp.json")
	require.NoError(t, err)
	events := map[string]decoded{}
	for _, e := range convert.Batch(spans, convert.Options{}) {
		d := decode(t, e)
		events[strings.Trim(string(d.Properties["$ai_span_id"]), `"`)] = d
	}
	for _, want := range expect.Expected {
		got, ok := events[want.Span]
		if !isEvent(want.Event, got.Event, ok) {
			wrong = append(wrong, want.Span+": event "+got.Event+", want "+want.Event)
		}
		for key, value := range want.Props {
			have := string(got.Properties[key])
			if key == "distinct_id" {
				have = `"` + got.DistinctID + `"`
			}
			if !isValue(t, key, value, have) {
				wrong = append(wrong, want.Span+": "+key+" = "+have+", want "+string(mustJSON(t, value)))
			}
		}
	}
	return wrong
}

func isEvent(want, got string, ok bool) bool {
	isCall := got == "$ai_generation" || got == "$ai_embedding"
	switch want {
	case "none":
		return !ok
	case "not a generation":
		return !isCall
	}
	return slices.Contains(strings.Split(want, " or "), got) || strings.Contains(want, "none or") && !ok
}

// isValue compares a property with what is expected of it. Words about messages
// say what a reader should find there; the golden files hold the exact messages.
func isValue(t *testing.T, key string, want any, got string) bool {
	text, isText := want.(string)
	switch {
	case isText && strings.HasPrefix(text, "(absent"):
		return got == ""
	case isText && (text == "set" || key == "$ai_input" || key == "$ai_output_choices"):
		return got != "" && got != "null" && got != `""`
	case got == "":
		return false
	}
	var have any
	require.NoError(t, json.Unmarshal([]byte(got), &have))
	return bytes.Equal(mustJSON(t, want), mustJSON(t, have))
}

func mustJSON(t *testing.T, v any) []byte {
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}
