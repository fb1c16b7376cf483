package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestBraintrust(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a chat completion",
			attrs: attrs{
				"braintrust.span_attributes": `{"type":"llm","name":"answer"}`,
				"braintrust.input_json":      `[{"role":"user","content":"hi"}]`,
				"braintrust.output_json":     `[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello"}}]`,
				"braintrust.metadata": `{"model":"gpt-4o","provider":"openai","id":"chatcmpl-1","temperature":0.5,"max_completion_tokens":9,
					"tools":[{"type":"function"}],"stream":true,"user":"u"}`,
				"braintrust.metrics": `{"prompt_tokens":466,"completion_tokens":175,"prompt_cached_tokens":128,"completion_reasoning_tokens":3,
					"time_to_first_token":0.5,"tokens":641}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hi"}]`, "$ai_output_choices": `[{"role":"assistant","content":"hello"}]`,
				"$ai_stop_reason": `"stop"`, "$ai_model": `"gpt-4o"`, "$ai_provider": `"openai"`, "$ai_completion_id": `"chatcmpl-1"`,
				"$ai_temperature": `0.5`, "$ai_max_tokens": `9`, "$ai_tools": `[{"type":"function"}]`, "$ai_stream": `true`,
				"$ai_input_tokens": `466`, "$ai_output_tokens": `175`, "$ai_cache_read_input_tokens": `128`, "$ai_reasoning_tokens": `3`,
				"$ai_time_to_first_token": `0.5`, "$ai_cache_reporting_exclusive": `false`, "$ai_lib": `"opentelemetry/braintrust"`,
			},
			absent: []string{"braintrust.metadata", "braintrust.metrics", "braintrust.input_json", "braintrust.output_json"},
		},
		{
			name: "usage alone makes a call",
			attrs: attrs{
				"braintrust.metrics": `{"prompt_tokens":100,"prompt_cached_tokens":900,"completion_tokens":2}`, "braintrust.input_json": `"hi"`,
				"braintrust.metadata": `{"model":"claude","provider":"anthropic","stop_reason":"end_turn","instructions":"Be brief."}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":       `[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]`,
				"$ai_stop_reason": `"end_turn"`, "$ai_cache_reporting_exclusive": `false`,
			},
		},
		{
			name:  "a call that failed has no usage",
			attrs: attrs{"braintrust.input_json": `[]`, "braintrust.metadata": `{"model":"gpt-4o","provider":"openai"}`},
			event: semconv.EventGeneration,
		},
		{
			name: "a task",
			attrs: attrs{
				"braintrust.span_attributes": `{"type":"task"}`, "braintrust.input_json": `{"q":1}`, "braintrust.output_json": `"done"`,
				"braintrust.metrics": `{"prompt_tokens":100}`, "braintrust.metadata": `{"model":"gpt-4o","case":7}`,
			},
			want: map[string]string{"$ai_input_state": `{"q":1}`, "$ai_output_state": `"done"`, "$ai_input_tokens": `100`},
		},
		{
			name:  "times are no usage",
			attrs: attrs{"braintrust.metrics": `{"start":1.5,"end":2.5}`},
			want:  map[string]string{"$ai_lib": `"opentelemetry/braintrust"`},
		},
		{
			name: "vectors stay",
			attrs: attrs{
				"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metadata": `{"model":"e","endpoint":"/v1/embeddings"}`,
				"braintrust.input_json": `["a"]`, "braintrust.output_json": `{"data":[{"embedding":[0.5,0.25]}]}`,
			},
			event:  semconv.EventEmbedding,
			want:   map[string]string{"$ai_input": `["a"]`, "$ai_model": `"e"`},
			absent: []string{"$ai_output_choices"},
		},
		{
			name: "Gemini's shape",
			attrs: attrs{
				"braintrust.span_attributes": `{"type":"llm"}`,
				"braintrust.input_json":      `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"config":{"systemInstruction":{"parts":[{"text":"Be brief."}]}}}`,
				"braintrust.output_json": `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":1}}}]},
					"finishReason":"STOP"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"",
					"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]`,
				"$ai_stop_reason": `"STOP"`,
			},
		},
	})
}
