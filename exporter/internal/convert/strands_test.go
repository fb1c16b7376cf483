package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func messageEvent(name string, kvs ...attribute.KeyValue) sdktrace.Event {
	return sdktrace.Event{Name: name, Time: rowStart, Attributes: kvs}
}

func TestStrands(t *testing.T) {
	t.Parallel()
	details := func(key, value string) sdktrace.Event {
		return messageEvent("gen_ai.client.inference.operation.details", attribute.String(key, value))
	}
	checkRows(t, []row{
		{
			name: "messages in events with the details, one each",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "strands-agents", "gen_ai.event.start_time": "2024-01-01T00:00:00Z",
				"gen_ai.usage.prompt_tokens": 5, "gen_ai.usage.input_tokens": 5, "gen_ai.usage.cache_read_input_tokens": 2,
			},
			events: []sdktrace.Event{
				details("gen_ai.system_instructions", `[{"type":"text","content":"Be brief."}]`),
				details("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`),
				details("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"ok"}],"finish_reason":"endTurn"}]`),
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":          `[{"role":"system","content":"Be brief."},{"role":"user","parts":[{"type":"text","content":"hi"}]}]`,
				"$ai_output_choices": `[{"role":"assistant","parts":[{"type":"text","content":"ok"}],"finish_reason":"endTurn"}]`,
				"$ai_stop_reason":    `"endTurn"`, "$ai_framework": `"strands-agents"`, "$ai_input_tokens": `5`, "$ai_cache_read_input_tokens": `2`,
				"$ai_lib": `"opentelemetry/strands"`,
			},
			absent: []string{"$ai_provider", "gen_ai.event.start_time"},
		},
		{
			name:  "messages of Bedrock in older events",
			attrs: attrs{"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents", "gen_ai.event.start_time": "t"},
			events: []sdktrace.Event{
				messageEvent("gen_ai.system.message", attribute.String("content", `[{"text":"Be brief."}]`)),
				messageEvent("gen_ai.user.message", attribute.String("content", `[{"text":"one"},{"text":"two"}]`)),
				messageEvent("gen_ai.assistant.message", attribute.String("content", `[{"toolUse":{"name":"f","toolUseId":"c1","input":{"x":1}}}]`)),
				messageEvent("gen_ai.tool.message",
					attribute.String("content", `[{"toolResult":{"toolUseId":"c1","status":"success","content":[{"json":{"y":2}}]}}]`)),
				messageEvent("gen_ai.choice", attribute.String("finish_reason", "toolUse"),
					attribute.String("message", `[{"text":"wait"},{"type":"toolUse","name":"g","toolUseId":"c2","input":{}}]`)),
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},
					{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
					{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},
					{"role":"tool","content":"{\"y\":2}","tool_call_id":"c1"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"wait","finish_reason":"toolUse",
					"tool_calls":[{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]}]`,
				"$ai_stop_reason": `"toolUse"`,
			},
		},
		{
			name: "a tool with its messages as events",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.event.start_time": "t",
			},
			events: []sdktrace.Event{
				messageEvent("gen_ai.tool.message", attribute.String("role", "tool"), attribute.String("content", `{"x":1}`)),
				messageEvent("gen_ai.choice", attribute.String("message", `[{"text":"done"}]`)),
			},
			want:   map[string]string{"$ai_span_name": `"f"`, "$ai_input_state": `{"x":1}`, "$ai_output_state": `"done"`},
			absent: []string{"$ai_input", "$ai_output_choices"},
		},
		{
			name: "a tool with the details as events",
			attrs: attrs{
				"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.event.start_time": "t",
			},
			events: []sdktrace.Event{
				details("gen_ai.input.messages", `[{"role":"tool","parts":[{"type":"tool_call","name":"f","id":"c1","arguments":{"x":1}}]}]`),
				details("gen_ai.output.messages", `[{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":[{"text":"done"}]}]}]`),
			},
			want:   map[string]string{"$ai_input_state": `{"x":1}`, "$ai_output_state": `[{"text":"done"}]`},
			absent: []string{"$ai_input", "$ai_output_choices"},
		},
		{
			name: "an agent with a system prompt of its own",
			attrs: attrs{
				"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "wren", "name": "invoke_agent wren",
				"system_prompt": `"Be brief."`, "gen_ai.event.start_time": "t", "gen_ai.system": "strands-agents",
			},
			events: []sdktrace.Event{
				messageEvent("gen_ai.user.message", attribute.String("content", `[{"text":"hi"}]`)),
				messageEvent("gen_ai.choice", attribute.String("message", "ok"), attribute.String("finish_reason", "endTurn")),
			},
			want: map[string]string{
				"$ai_span_name": `"wren"`, "$ai_input_state": `{"role":"user","content":"hi"}`,
				"$ai_output_state": `{"role":"assistant","content":"ok","finish_reason":"endTurn"}`,
			},
			absent: []string{"name", "system_prompt", "$ai_provider"},
		},
		{
			name:  "a graph of agents",
			attrs: attrs{"gen_ai.operation.name": "invoke_graph", "gen_ai.system": "strands-agents"},
			events: []sdktrace.Event{
				{Name: "gen_ai.user.message", Attributes: attrs{"content": "u"}.list()},
				{Name: "gen_ai.choice", Attributes: attrs{"message": "a"}.list()},
			},
			want: map[string]string{"$ai_input_state": `{"role":"user","content":"u"}`, "$ai_output_state": `{"role":"assistant","content":"a"}`},
		},
		{
			name:  "milliseconds to the first token",
			attrs: attrs{"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents", "gen_ai.server.time_to_first_token": 350},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_time_to_first_token": `0.35`},
		},
		{
			name:  "seconds to the first token, as the conventions have them",
			attrs: attrs{"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents", "gen_ai.response.time_to_first_chunk": 0.35},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_time_to_first_token": `0.35`},
		},
		{
			name:   "a cycle without messages yet",
			span:   "execute_agent_loop_cycle",
			attrs:  attrs{"agent_loop.cycle_id": "cycle-1", "gen_ai.event.start_time": "t"},
			events: []sdktrace.Event{details("gen_ai.input.messages", `[]`)},
			absent: []string{"$ai_input", "$ai_input_state"},
		},
		{
			name:  "a model provider of the user's own",
			attrs: attrs{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "aws.bedrock", "event_loop.cycle_id": "x"},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_provider": `"aws.bedrock"`},
		},
	})
}
