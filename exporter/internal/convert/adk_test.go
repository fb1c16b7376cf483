package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestADK(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a call, in Python's spelling",
			span: "call_llm",
			attrs: attrs{
				"gen_ai.system": "gcp.vertex.agent", "gcp.vertex.agent.session_id": "s-1", "gen_ai.conversation.id": "c-1",
				"gcp.vertex.agent.llm_request": `{"model":"gemini-2.5-flash","contents":[{"role":"user","parts":[{"text":"hi"}]},
					{"role":"user","parts":[{"function_response":{"id":"a","name":"f","response":{"y":2}}}]}],
					"config":{"system_instruction":"Be brief.","temperature":0.1,"max_output_tokens":9,
					"tools":[{"function_declarations":[{"name":"f"}]}]}}`,
				"gcp.vertex.agent.llm_response": `{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"ok"}]},
					"usage_metadata":{"prompt_token_count":7,"candidates_token_count":2,"thoughts_token_count":1,"cached_content_token_count":3},
					"finish_reason":"STOP"}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"},
					{"role":"tool","tool_call_id":"a","name":"f","content":"{\"y\":2}"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"ok"}]}]`,
				"$ai_tools":          `[{"type":"function","function":{"name":"f"}}]`, "$ai_model": `"gemini-2.5-flash"`, "$ai_provider": `"gcp.vertex.agent"`,
				"$ai_model_parameters": `{"temperature":0.1,"max_output_tokens":9}`, "$ai_temperature": `0.1`, "$ai_max_tokens": `9`,
				"$ai_input_tokens": `7`, "$ai_output_tokens": `2`, "$ai_reasoning_tokens": `1`, "$ai_cache_read_input_tokens": `3`,
				"$ai_stop_reason": `"STOP"`, "$ai_session_id": `"s-1"`, "$ai_lib": `"opentelemetry/adk"`,
			},
			absent: []string{"gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"},
		},
		{
			name: "an error that only the response tells",
			span: "call_llm",
			attrs: attrs{
				"gcp.vertex.agent.llm_request":  `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`,
				"gcp.vertex.agent.llm_response": `{"errorCode":"429","errorMessage":"RESOURCE_EXHAUSTED"}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_is_error": `true`, "$ai_error": `"429: RESOURCE_EXHAUSTED"`, "$ai_http_status": `429`,
				"$ai_input": `[{"role":"user","content":"hi"}]`,
			},
			absent: []string{"$ai_output_choices"},
		},
		{
			name:   "an error without a number",
			span:   "call_llm",
			attrs:  attrs{"gcp.vertex.agent.llm_response": `{"errorCode":"SAFETY"}`},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_is_error": `true`, "$ai_error": `"SAFETY"`},
			absent: []string{"$ai_output_choices", "$ai_input", "$ai_http_status"},
		},
		{
			name:   "an error whose number is no failure",
			span:   "call_llm",
			attrs:  attrs{"gcp.vertex.agent.llm_response": `{"errorCode":"399","errorMessage":"m"}`},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_is_error": `true`, "$ai_error": `"399: m"`},
			absent: []string{"$ai_http_status"},
		},
		{
			name:  "the smallest status of a failure",
			span:  "call_llm",
			attrs: attrs{"gcp.vertex.agent.llm_response": `{"errorCode":400}`},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_http_status": `400`},
		},
		{
			name:  "the largest status of a failure",
			span:  "call_llm",
			attrs: attrs{"gcp.vertex.agent.llm_response": `{"errorCode":"599"}`},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_http_status": `599`},
		},
		{
			name:   "a number beyond all statuses",
			span:   "call_llm",
			attrs:  attrs{"gcp.vertex.agent.llm_response": `{"errorCode":"600"}`},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_is_error": `true`},
			absent: []string{"$ai_http_status"},
		},
		{
			name:   "documents of a call without content",
			span:   "call_llm",
			attrs:  attrs{"gcp.vertex.agent.llm_request": `{}`, "gcp.vertex.agent.llm_response": `{}`},
			event:  semconv.EventGeneration,
			absent: []string{"$ai_input", "$ai_output_choices", "$ai_is_error"},
		},
		{
			name: "a tool",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gcp.vertex.agent.llm_request": `{}`,
				"gcp.vertex.agent.tool_call_args": `{"x":1}`, "gcp.vertex.agent.tool_response": `{"y":2}`,
			},
			want:   map[string]string{"$ai_span_name": `"f"`, "$ai_input_state": `{"x":1}`, "$ai_output_state": `{"y":2}`},
			absent: []string{"$ai_input", "gcp.vertex.agent.tool_call_args"},
		},
		{
			name: "several tools at a time, told a second time",
			span: "execute_tool (merged)",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)", "gen_ai.tool.call.id": "x",
				"gcp.vertex.agent.tool_call_args": "N/A", "gcp.vertex.agent.tool_response": `{"content":{}}`,
			},
			absent: []string{"$ai_input_state", "$ai_output_state", "gcp.vertex.agent.tool_response", "gen_ai.tool.call.id"},
		},
		{
			name:  "Go's kit names the operation, but no provider",
			attrs: attrs{"gen_ai.operation.name": "generate_content", "gcp.vertex.agent.event_id": "e", "gen_ai.usage.reasoning.output_tokens": 40},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_provider": `"gcp.vertex.agent"`, "$ai_reasoning_tokens": `40`},
		},
	})
}
