package posthoglogs_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
)

// TestGemini has the records of Google's ADK for Go: messages in the shape of the
// Gemini API, all inputs under the name of user messages.
func TestGemini(t *testing.T) {
	t.Parallel()
	content := func(role string, parts ...any) map[string]any {
		return map[string]any{"content": map[string]any{"role": role, "parts": parts}}
	}
	text := func(s string) any { return map[string]any{"text": s} }
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	b.record(record(t, 1, "gen_ai.system.message", map[string]any{"content": "be brief"}, nil))
	b.record(record(t, 1, "gen_ai.user.message", content("user", text("rain"), text("tomorrow?")), nil))
	b.record(record(t, 1, "gen_ai.user.message", content("model",
		map[string]any{"functionCall": map[string]any{"id": "c1", "name": "weather", "args": map[string]any{"day": 1}}}), nil))
	b.record(record(t, 1, "gen_ai.user.message", content("user",
		map[string]any{"functionResponse": map[string]any{"id": "c1", "name": "weather", "response": map[string]any{"rain": true}}}), nil))
	answer := content("model", text("yes"), "no part", map[string]any{"thought": true})
	answer["finish_reason"] = "STOP"
	b.record(record(t, 1, "gen_ai.choice", answer, nil))
	b.span(call(1))
	b.shutdown()

	got := events(t, sink.AllTraces())[0].Properties
	require.Equal(t, []any{
		map[string]any{"role": "system", "content": "be brief"},
		map[string]any{"role": "user", "content": "rain\n\ntomorrow?"},
		map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{
			"id": "c1", "type": "function",
			"function": map[string]any{"name": "weather", "arguments": `{"day":1}`},
		}}},
		map[string]any{"role": "tool", "tool_call_id": "c1", "content": `{"rain":true}`},
	}, got["$ai_input"])
	require.Equal(t, []any{map[string]any{"role": "assistant", "content": "yes", "finish_reason": "STOP"}}, got["$ai_output_choices"])
}

// TestElided has records of content that was left out at the source.
func TestElided(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	b.record(record(t, 1, "gen_ai.user.message", map[string]any{"content": "<elided>"}, nil))
	b.record(record(t, 1, "gen_ai.choice", map[string]any{"content": "<elided>", "finish_reason": "stop"}, nil))
	b.span(call(1))
	require.Equal(t, 1, sink.SpanCount(), "there is an answer, and nothing to wait for")
	b.shutdown()
	got := events(t, sink.AllTraces())[0].Properties
	require.Nil(t, got["$ai_input"])
	require.Equal(t, "stop", got["$ai_stop_reason"])
}
