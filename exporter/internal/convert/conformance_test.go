package convert_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// shared is where facts and recorded spans lie beside a checkout of the
// project; a user's clone does not have it.
const shared = "../../../../shared"

// differs are the cases in which we differ from PostHog's server on purpose, by
// the rule that makes the difference.
var differs = map[string]string{
	"attr-messages-parts-form-kept": "reasoning is a thinking block: PostHog's UI does not show reasoning parts",
	"traceloop-prompt-tool-calls":   "a tool call has the type function, or PostHog's UI drops it",
	"traceloop-functions":           "tools are {type: function, function: {parameters: an object}}, or PostHog's UI does not show them",
}

// TestConformance runs the sample cases, which state what PostHog's server does.
func TestConformance(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(shared, "conformance", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no shared/conformance beside this checkout")
	}
	for _, file := range files {
		cases, err := spantest.ReadCases(file)
		require.NoError(t, err)
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) {
				events := convert.Batch([]sdktrace.ReadOnlySpan{c.Span}, convert.Options{})
				if c.Expect.Dropped {
					require.Empty(t, events)
					return
				}
				require.Len(t, events, 1)
				if rule, ok := differs[c.Name]; ok {
					t.Logf("differs: %s", rule)
					return
				}
				got := decode(t, events[0])
				require.Equal(t, c.Expect.Event, got.Event)
				if c.Expect.DistinctID != "" {
					require.Equal(t, c.Expect.DistinctID, got.DistinctID)
				}
				for key, want := range c.Expect.Properties {
					wantJSON, err := json.Marshal(want)
					require.NoError(t, err)
					require.Contains(t, got.Properties, key)
					require.JSONEq(t, string(wantJSON), string(got.Properties[key]), key)
				}
				for _, key := range c.Expect.Absent {
					require.NotContains(t, got.Properties, key)
				}
			})
		}
	}
}

// decoded is an event as PostHog reads it.
type decoded struct {
	Event      string                     `json:"event"`
	DistinctID string                     `json:"distinct_id"`
	UUID       string                     `json:"uuid"`
	Timestamp  string                     `json:"timestamp"`
	Properties map[string]json.RawMessage `json:"properties"`
}

func decode(t *testing.T, e event.Event) decoded {
	t.Helper()
	var d decoded
	require.NoError(t, json.Unmarshal(e.Append(nil), &d))
	return d
}
