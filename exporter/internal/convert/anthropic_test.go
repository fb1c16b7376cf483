package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestAnthropic(t *testing.T) {
	t.Parallel()
	const search = `{"type":"tool_call","id":"srvtoolu_1","name":"web_search","arguments":{"query":"q"}}`
	checkRows(t, []row{
		{
			name: "the SDK's stop reason wins over the generic one",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "anthropic.message.stop_reason": "pause_turn",
				"gen_ai.response.finish_reasons": []string{"stop"},
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_stop_reason": `"pause_turn"`, "$ai_lib": `"opentelemetry/anthropic"`},
			// Nothing was counted, so nothing is said about how.
			absent: []string{"$ai_cache_reporting_exclusive", "anthropic.message.stop_reason"},
		},
		{
			name:  "a turn of a managed session",
			attrs: attrs{"gen_ai.operation.name": "chat", "anthropic.session.turn.stop_reason": "end_turn", "anthropic.session.id": "sesn_1"},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_stop_reason": `"end_turn"`, "$ai_session_id": `"sesn_1"`},
		},
		{
			name: "input includes the cache, whatever the numbers look like",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "anthropic.request.id": "req_1",
				"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 2048,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_cache_reporting_exclusive": `false`},
		},
		{
			name: "one lifetime of the cache, and no total",
			attrs: attrs{
				"gen_ai.operation.name": "chat",
				"anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 300,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_cache_creation_input_tokens": `300`, "$ai_cache_creation_5m_input_tokens": `0`, "$ai_cache_creation_1h_input_tokens": `300`,
			},
			absent: []string{"anthropic.usage.cache_creation.ephemeral_1h_input_tokens"},
		},
		{
			name: "lifetimes that do not add up stay as they were",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.usage.cache_creation.input_tokens": 300,
				"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 100,
				"anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 100,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_cache_creation_input_tokens":                          `300`,
				"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": `100`,
			},
			absent: []string{"$ai_cache_creation_5m_input_tokens", "$ai_cache_creation_1h_input_tokens"},
		},
		{
			name: "compaction uses tokens as well",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
				"anthropic.usage.compaction.input_tokens": 900, "anthropic.usage.compaction.output_tokens": "5",
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_input_tokens": `1000`, "$ai_output_tokens": `25`},
		},
		{
			name: "web searches that found something",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "anthropic.request.id": "req_1",
				"gen_ai.output.messages": `[{"role":"assistant","parts":[` + search + `,
					{"type":"tool_call_response","id":"srvtoolu_1","response":[{"type":"web_search_result","url":"https://example.com"}]},
					{"type":"tool_call","id":"srvtoolu_2","name":"web_search","arguments":{"query":"r"}},
					{"type":"tool_call_response","id":"srvtoolu_2","response":{"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}},
					{"type":"tool_call","id":"toolu_3","name":"web_search","arguments":{}},
					{"type":"tool_call_response","id":"toolu_3","response":[]}]}]`,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_web_search_count": `1`},
		},
		{
			name: "a web search in structured attributes",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "anthropic.request.id": "req_1",
				"gen_ai.output.messages": []any{attrs{"role": "assistant", "parts": []any{
					attrs{"type": "tool_call", "id": "srvtoolu_1", "name": "web_search"},
					attrs{"type": "tool_call_response", "id": "srvtoolu_1", "response": []any{attrs{"url": "https://example.com"}}},
				}}},
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_web_search_count": `1`},
		},
		{
			name:   "a search without an answer is none",
			attrs:  attrs{"gen_ai.operation.name": "chat", "anthropic.request.id": "r", "gen_ai.output.messages": `[{"role":"assistant","parts":[` + search + `]}]`},
			event:  semconv.EventGeneration,
			absent: []string{"$ai_web_search_count"},
		},
		{
			name: "a tool that failed",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "stock_level", "error.type": "tool_error",
				"gen_ai.tool.call.arguments": attrs{"part": "Z-77"}, "anthropic.tool_result.content": "no such part",
			},
			status: sdktrace.Status{Code: codes.Error},
			want: map[string]string{
				"$ai_span_name": `"stock_level"`, "$ai_input_state": `{"part":"Z-77"}`, "$ai_output_state": `"no such part"`,
				"$ai_is_error": `true`, "$ai_error": `"tool_error"`,
			},
		},
	})
}
