package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestGenkit(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "every kind of part",
			attrs: attrs{
				"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": "openrouter/meta/llama-4", "genkit:sessionId": "chat-1",
				"genkit:input": `{"messages":[{"role":"user","content":[{"text":"look"},{"media":{"url":"https://example.com/a.png","contentType":"image/png"}},
					{"media":{"url":"gs://b/a.mp3","contentType":"audio/mpeg"}}]},
					{"role":"model","content":[{"reasoning":"hm"},{"toolRequest":{"name":"f","ref":"c1","input":{"x":1}}}]},
					{"role":"tool","content":[{"toolResponse":{"name":"f","ref":"c1","output":{"y":2}}}]}],
					"config":{"temperature":0.2,"maxOutputTokens":50},"tools":[{"name":"f"}]}`,
				"genkit:output": `{"message":{"role":"model","content":[{"text":"ok"}]},"finishReason":"length",
					"usage":{"inputTokens":9,"outputTokens":2,"thoughtsTokens":1,"cachedContentTokens":4}}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_model": `"meta/llama-4"`, "$ai_provider": `"openrouter"`, "$ai_session_id": `"chat-1"`,
				"$ai_input": `[{"role":"user","content":[{"type":"text","text":"look"},
					{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
					{"type":"document","source":{"type":"url","url":"gs://b/a.mp3"}}]},
					{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"tool_use","name":"f","id":"c1","input":{"x":1}}]},
					{"role":"tool","content":"{\"y\":2}","tool_call_id":"c1","name":"f"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"ok"}]`, "$ai_stop_reason": `"length"`,
				"$ai_input_tokens": `9`, "$ai_output_tokens": `2`, "$ai_reasoning_tokens": `1`, "$ai_cache_read_input_tokens": `4`,
				"$ai_tools": `[{"type":"function","function":{"name":"f"}}]`, "$ai_model_parameters": `{"temperature":0.2,"maxOutputTokens":50}`, "$ai_max_tokens": `50`,
				"$ai_lib": `"opentelemetry/genkit"`, "$ai_span_name": `"openrouter/meta/llama-4"`,
			},
			absent: []string{"genkit:input", "genkit:output", "genkit:name"},
		},
		{
			name: "the key to the API stays",
			attrs: attrs{
				"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": "googleai/gemini-2.5-flash",
				"genkit:input": `{"messages":[{"role":"user","content":[{"text":"u"}]}],"config":{"topK":4,"apiKey":"secret"}}`,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_model_parameters": `{"topK":4}`},
		},
		{
			name: "a response with candidates, of older versions",
			attrs: attrs{
				"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": "my-model",
				"genkit:output": `{"candidates":[{"index":0,"message":{"role":"model","content":[{"text":"ok"}]},"finishReason":"stop"}]}`,
			},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_model": `"my-model"`, "$ai_output_choices": `[{"role":"assistant","content":"ok"}]`, "$ai_stop_reason": `"stop"`},
			absent: []string{"$ai_provider"},
		},
		{
			name: "what only the provider's response tells",
			attrs: attrs{
				"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": "openai/gpt-4o",
				"genkit:output": `{"usage":{"inputTokens":9},"raw":{"id":"chatcmpl-1","usage":{"prompt_tokens_details":{"cached_tokens":5}}}}`,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_cache_read_input_tokens": `5`, "$ai_completion_id": `"chatcmpl-1"`},
		},
		{
			name:  "a model's name without an action",
			attrs: attrs{"genkit:type": "util", "genkit:metadata:subtype": "model", "genkit:name": "generate"},
		},
		{
			name: "embeddings",
			attrs: attrs{
				"genkit:type": "action", "genkit:metadata:subtype": "embedder", "genkit:name": "googleai/text-embedding-004",
				"genkit:input":  `{"input":[{"content":[{"text":"a"},{"text":"b"}]},{"content":[{"text":"c"}]}]}`,
				"genkit:output": `{"embeddings":[{"embedding":[0.5,0.25]}]}`,
			},
			event:  semconv.EventEmbedding,
			want:   map[string]string{"$ai_input": `["a\n\nb","c"]`, "$ai_model": `"text-embedding-004"`, "$ai_provider": `"googleai"`},
			absent: []string{"$ai_output_choices", "$ai_output_state", "genkit:output"},
		},
		{
			name: "the generate step above a model",
			attrs: attrs{
				"genkit:type": "util", "genkit:name": "generate",
				"genkit:input":  `{"messages":[{"role":"system","content":[{"text":"s"}]},{"role":"user","content":[{"text":"hi"}]}],"tools":["/tool/f"]}`,
				"genkit:output": `{"message":{"role":"model","content":[{"text":"ok"}]},"usage":{"inputTokens":9},"request":{"messages":[]}}`,
			},
			want: map[string]string{
				"$ai_input_state": `{"role":"user","content":"hi"}`, "$ai_output_state": `{"role":"assistant","content":"ok"}`, "$ai_input_tokens": `9`,
			},
			absent: []string{"$ai_input", "$ai_output_choices"},
		},
		{
			name: "a tool of the second version",
			attrs: attrs{
				"genkit:type": "action", "genkit:metadata:subtype": "tool.v2", "genkit:name": "f", "genkit:input": `{"x":1}`, "genkit:output": `"done"`,
			},
			want: map[string]string{"$ai_span_name": `"f"`, "$ai_input_state": `{"x":1}`, "$ai_output_state": `"done"`},
		},
		{
			name:   "a flow without input is the trace",
			root:   true,
			attrs:  attrs{"genkit:type": "action", "genkit:metadata:subtype": "flow", "genkit:name": "f", "genkit:input": "null", "genkit:output": `{}`},
			event:  semconv.EventTrace,
			absent: []string{"$ai_input_state", "$ai_output_state"},
		},
	})
}
