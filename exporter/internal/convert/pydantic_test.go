package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestPydanticAI(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a run below another span is a span with states",
			span: "agent run",
			attrs: attrs{
				"pydantic_ai.all_messages": `[{"role":"system","parts":[]},{"role":"user","parts":[{"type":"text","content":"a"}]},` +
					`{"role":"assistant","parts":[{"type":"text","content":"b"}]},{"role":"user","parts":[]}]`,
				"gen_ai.operation.name": "invoke_agent", "agent_name": "spare", "gen_ai.agent.name": "planner", "model_name": "gpt-4o",
				"gen_ai.usage.details.input_tokens": 3, "operation.cost": 0.1,
			},
			want: map[string]string{
				"$ai_span_name":    `"planner"`,
				"$ai_model":        `"gpt-4o"`,
				"$ai_lib":          `"opentelemetry/pydantic-ai"`,
				"$ai_input_state":  `{"role":"user","parts":[{"type":"text","content":"a"}]}`,
				"$ai_output_state": `{"role":"assistant","parts":[{"type":"text","content":"b"}]}`,
			},
			absent: []string{"pydantic_ai.all_messages", "agent_name", "gen_ai.agent.name", "model_name", "operation.cost", "gen_ai.usage.details.input_tokens"},
		},
		{
			name: "messages as a structured value, a structured result",
			span: "agent run", root: true,
			attrs: attrs{
				"pydantic_ai.all_messages": []any{attrs{"role": "user", "content": "a"}, attrs{"role": "tool", "content": "t"}},
				"final_result":             attrs{"city": "Ghent"},
			},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state":  `{"role":"user","content":"a"}`,
				"$ai_output_state": `{"city":"Ghent"}`,
			},
		},
		{
			name: "the first versions had message events",
			span: "agent run", root: true,
			attrs: attrs{
				"logfire.msg": "wren run", "gen_ai.usage.input_tokens": 1,
				"all_messages_events": `[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]`,
				"final_result":        "[1,2]",
			},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state":  `{"role":"user","content":"a"}`,
				"$ai_output_state": `[1,2]`,
			},
			absent: []string{"all_messages_events"},
		},
		{
			name: "the first versions below another span",
			span: "agent run",
			attrs: attrs{
				"logfire.msg": "wren run", "gen_ai.usage.input_tokens": 1, "agent_name": "wren",
				"all_messages_events": `[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]`,
			},
			want: map[string]string{
				"$ai_span_name":    `"wren"`,
				"$ai_input_state":  `{"role":"user","content":"a"}`,
				"$ai_output_state": `{"role":"assistant","content":"b"}`,
			},
			absent: []string{"all_messages_events"},
		},
		{
			name: "cached and reasoning tokens are details",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "logfire.msg": "chat", "gen_ai.usage.input_tokens": 100,
				"gen_ai.usage.details.cache_read_tokens": 40, "gen_ai.usage.details.cache_read_input_tokens": 40,
				"gen_ai.usage.details.cache_write_tokens": "20", "gen_ai.usage.details.reasoning_tokens": 7,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input_tokens": `100`, "$ai_cache_read_input_tokens": `40`, "$ai_cache_creation_input_tokens": `20`,
				"$ai_reasoning_tokens": `7`, "$ai_cache_reporting_exclusive": `false`,
			},
			absent: []string{"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens"},
		},
		{
			name: "an attribute of the conventions before the details",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "logfire.msg": "chat",
				"gen_ai.usage.cache_read.input_tokens": 4, "gen_ai.usage.details.cache_read_tokens": 5,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_cache_read_input_tokens": `4`},
		},
		{
			name: "texts to embed",
			attrs: attrs{
				"gen_ai.operation.name": "embeddings", "logfire.json_schema": "{}", "inputs": `["a","b"]`, "embeddings": `[[0.1],[0.2]]`,
			},
			event:  semconv.EventEmbedding,
			want:   map[string]string{"$ai_input": `["a","b"]`},
			absent: []string{"inputs", "embeddings"},
		},
		{
			name: "a model call keeps its messages and gets its tools",
			span: "chat gpt-4o",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "logfire.msg": "chat gpt-4o", "gen_ai.request.model": "gpt-4o",
				"gen_ai.input.messages":    `[{"role":"user","parts":[]}]`,
				"model_request_parameters": `{"function_tools":[{"name":"find_train"}],"output_tools":[{"name":"final_result"}],"output_mode":"tool"}`,
				"tool_arguments":           "kept",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_tools":      `[{"type":"function","function":{"name":"find_train"}},{"type":"function","function":{"name":"final_result"}}]`,
				"$ai_input":      `[{"role":"user","parts":[]}]`,
				"tool_arguments": `"kept"`,
			},
			absent: []string{"model_request_parameters", "$ai_input_state"},
		},
		{
			name: "scalars of a tool are text, an empty result is a result",
			span: "running tool",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "logfire.msg": "running tool", "gen_ai.tool.call.arguments": true,
				"gen_ai.tool.call.result": "", "tool_response": "older",
			},
			want: map[string]string{
				"$ai_input_state":  `"true"`,
				"$ai_output_state": `""`,
			},
			absent: []string{"tool_response"},
		},
		{
			name:  "an attribute without a value is not there",
			span:  "running tool",
			attrs: attrs{"gen_ai.operation.name": "execute_tool", "logfire.msg": "running tool", "gen_ai.tool.call.result": nil, "tool_response": "r"},
			want: map[string]string{
				"$ai_output_state": `"r"`,
			},
		},
	})
}
