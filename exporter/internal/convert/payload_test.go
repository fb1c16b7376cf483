package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestPayloads looks for messages in requests and responses of all providers,
// as Laminar records them.
func TestPayloads(t *testing.T) {
	t.Parallel()
	var rows []row
	for _, p := range []struct{ name, request, input, response, output, reason string }{
		{
			name:     "Chat Completions, streamed",
			request:  `{"model":"m","messages":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text","text":"u"}]}]}`,
			input:    `[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text","text":"u"}]}]`,
			response: `{"choices":[{"delta":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}`,
			output:   `[{"role":"assistant","content":"a"}]`,
			reason:   `"stop"`,
		},
		{
			name:     "text completions",
			request:  `{"prompt":["once","upon"]}`,
			input:    `[{"role":"user","content":"once"},{"role":"user","content":"upon"}]`,
			response: `{"choices":[{"text":"a time","finish_reason":"length"}]}`,
			output:   `[{"role":"assistant","content":"a time"}]`,
			reason:   `"length"`,
		},
		{
			name: "Responses",
			request: `{"instructions":"s","input":[{"role":"user","content":"u"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
				{"type":"function_call_output","call_id":"c","output":"r"}]}`,
			input: `[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"","tool_calls":[
				{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"c"}]`,
			response: `{"output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},
				{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}],
				"incomplete_details":{"reason":"max_output_tokens"}}`,
			output: `[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"}]},{"role":"assistant","content":"a"}]`,
			reason: `"max_output_tokens"`,
		},
		{
			name:     "Anthropic",
			request:  `{"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"u"}]}`,
			input:    `[{"role":"system","content":"s"},{"role":"user","content":"u"}]`,
			response: `{"id":"msg","type":"message","role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{}}],"stop_reason":"tool_use"}`,
			output:   `[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{}}]}]`,
			reason:   `"tool_use"`,
		},
		{
			name:    "the parts of Anthropic alone",
			request: `"u"`, input: `[{"role":"user","content":"u"}]`,
			response: `[{"type":"text","text":"a"}]`, output: `[{"role":"assistant","content":[{"type":"text","text":"a"}]}]`,
		},
		{
			name: "Gemini",
			request: `{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"u"}]},
				{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]},
				{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":2}}}]}]}`,
			input: `[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"","tool_calls":[
				{"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","content":"{\"r\":2}","name":"f"}]`,
			response: `{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"a"}]},"finishReason":"STOP"}]}`,
			output:   `[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}]}]`,
			reason:   `"STOP"`,
		},
		{
			name: "Bedrock Converse",
			request: `{"modelId":"m","system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"u"}]},
				{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]},
				{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"r"}]}}]}]}`,
			input: `[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"","tool_calls":[
				{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"t"}]`,
			response: `{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm"}}},{"text":"a"}]}},"stopReason":"end_turn"}`,
			output:   `[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}]}]`,
			reason:   `"end_turn"`,
		},
		{
			name:     "Titan",
			request:  `{"inputText":"u","textGenerationConfig":{}}`,
			input:    `[{"role":"user","content":"u"}]`,
			response: `{"results":[{"outputText":"a","completionReason":"FINISH"}]}`,
			output:   `[{"role":"assistant","content":"a"}]`,
			reason:   `"FINISH"`,
		},
		{
			name: "LangChain",
			request: `{"messages":[[{"lc":1,"type":"constructor","id":["langchain_core","messages","SystemMessage"],"kwargs":{"content":"s"}},
				{"type":"human","content":"u"},{"type":"ai","data":{"content":"","additional_kwargs":{"tool_calls":[{"id":"c"}]}}},
				{"lc":1,"type":"constructor","id":["langchain_core","messages","ChatMessage"],"kwargs":{"role":"human","content":"v"}}]]}`,
			input: `[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"(unnamed)","arguments":""}}]},
				{"role":"user","content":"v"}]`,
			response: `{"generations":[[{"text":"a","message":{"lc":1,"type":"constructor","id":["langchain_core","messages","AIMessageChunk"],
				"kwargs":{"content":"a","tool_calls":[{"id":"c","name":"f","args":{"x":1}}],"response_metadata":{"finish_reason":"tool_calls"}}}}]]}`,
			output: `[{"role":"assistant","content":"a","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}],
				"finish_reason":"tool_calls"}]`,
			reason: `"tool_calls"`,
		},
		{
			name:     "the GenAI conventions",
			request:  `[{"role":"user","parts":[{"type":"text","content":"u"}]}]`,
			input:    `[{"role":"user","parts":[{"type":"text","content":"u"}]}]`,
			response: `[{"role":"assistant","parts":[{"type":"text","content":"a"}],"finish_reason":"stop"}]`,
			output:   `[{"role":"assistant","parts":[{"type":"text","content":"a"}],"finish_reason":"stop"}]`,
			reason:   `"stop"`,
		},
		{
			name:    "a message around a message",
			request: `{"input":"u"}`, input: `[{"role":"user","content":"u"}]`,
			response: `{"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}`,
			output:   `[{"role":"assistant","content":"a"}]`,
			reason:   `"stop"`,
		},
	} {
		r := row{
			name:  p.name,
			attrs: attrs{"lmnr.span.type": "LLM", "lmnr.span.input": p.request, "lmnr.span.output": p.response},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_input": p.input, "$ai_output_choices": p.output},
		}
		if p.reason != "" {
			r.want["$ai_stop_reason"] = p.reason
		} else {
			r.absent = []string{"$ai_stop_reason"}
		}
		rows = append(rows, r)
	}
	checkRows(t, rows)
}
