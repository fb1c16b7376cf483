package convert_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

func convertWith(r row, opts convert.Options) []event.Event {
	return convert.Batch([]sdktrace.ReadOnlySpan{r.stub().Snapshot()}, opts)
}

func TestPrivate(t *testing.T) {
	t.Parallel()
	r := call("", attrs{
		inputKey: `[{"role":"user","content":"secret"}]`, outputKey: attrs{"content": "secret"}, system: "secret", "gen_ai.tool.definitions": `[{"name":"secret"}]`,
		"$ai_input_state": "secret", "gen_ai.request.top_p": 0.5, "gen_ai.usage.input_tokens": 3, "gen_ai.unknown": "secret", "tenant": "acme",
	}, nil)
	events := convertWith(r, convert.Options{Private: true})
	require.NotContains(t, string(events[0].Append(nil)), "secret")
	got := decode(t, events[0]).Properties
	for key, want := range map[string]string{
		"$ai_input": "null", "$ai_output_choices": "null", "$ai_tools": "null", "$ai_input_state": "null",
		"$ai_model_parameters": `{"top_p":0.5}`, "$ai_input_tokens": "3", "tenant": `"acme"`,
	} {
		require.JSONEq(t, want, string(got[key]), key)
	}
}

func TestIsAIOption(t *testing.T) {
	t.Parallel()
	r := row{span: "GET /", attrs: attrs{"http.request.method": "GET"}}
	require.Empty(t, convertWith(r, convert.Options{}))
	require.Len(t, convertWith(r, convert.Options{IsAI: func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "GET /" }}), 1)
	require.Empty(t, convertWith(call("", nil, nil), convert.Options{IsAI: func(sdktrace.ReadOnlySpan) bool { return false }}))
}

// TestParentOfSpanProcessor: an AI span below no known AI span has the trace as
// its parent, and the span processor says so.
func TestParentOfSpanProcessor(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		call("below nothing known", attrs{"$ai_parent_id": rowTrace}, map[string]string{"$ai_parent_id": `"` + rowTrace + `"`}),
		call("another trace is no parent", attrs{"$ai_parent_id": "02" + rowTrace[2:]}, map[string]string{"$ai_parent_id": `"0300000000000000"`}),
	})
}
