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
				"$ai_tools":      `[{"name":"find_train"},{"name":"final_result"}]`,
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
