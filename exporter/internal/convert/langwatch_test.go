package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestLangWatch(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a conversation, with the system prompt apart",
			attrs: attrs{
				"langwatch.span.type": "llm", "langwatch.instructions": "Be brief.",
				"langwatch.input":     `{"type":"chat_messages","value":[{"role":"user","content":"hey"}]}`,
				"langwatch.output":    `{"type":"chat_messages","value":[{"role":"assistant","content":"ho","function_call":{}}]}`,
				"langwatch.metrics":   `{"type":"json","value":{"prompt_tokens":12,"completion_tokens":7,"cost":0.1}}`,
				"langwatch.params":    `{"temperature":0.5,"prompt":"hey"}`,
				"langwatch.thread.id": "chat-1", "langwatch.user.id": "u-1", "langwatch.labels": []string{"a"},
				"http.request.method": "POST", "http.response.status_code": 200, "url.path": "/v1", "gen_ai.usage.total_tokens": 19,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib":              `"opentelemetry/langwatch"`,
				"$ai_session_id":       `"chat-1"`,
				"$ai_input":            `[{"role":"system","content":"Be brief."},{"role":"user","content":"hey"}]`,
				"$ai_output_choices":   `[{"role":"assistant","content":"ho"}]`,
				"$ai_input_tokens":     `12`,
				"$ai_output_tokens":    `7`,
				"$ai_model_parameters": `{"temperature":0.5}`,
			},
			absent: []string{"langwatch.span.type", "langwatch.labels", "http.request.method", "http.response.status_code", "url.path", "gen_ai.usage.total_tokens"},
		},
		{
			name: "texts",
			attrs: attrs{
				"langwatch.span.type": "llm", "langwatch.input": `{"type":"text","value":"hey"}`,
				"langwatch.output": `{"type":"text","value":"{\"content\":\"the model's own JSON\"}"}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":          `[{"role":"user","content":"hey"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"{\"content\":\"the model's own JSON\"}"}]`,
			},
		},
		{
			name: "a response of Chat Completions",
			attrs: attrs{
				"langwatch.span.type": "llm",
				"langwatch.output": `{"type":"json","value":{"id":"chatcmpl-1","choices":[` +
					`{"index":0,"finish_reason":"length","message":{"role":"assistant","content":"one"}},` +
					`{"index":1,"finish_reason":"stop","message":{"role":"assistant","content":"two"}}]}}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":"one"},{"role":"assistant","content":"two"}]`,
				"$ai_stop_reason":    `"length"`,
			},
		},
		{
			name: "a response of the Responses API",
			attrs: attrs{
				"langwatch.span.type": "llm",
				"langwatch.output": attrs{"type": "json", "value": attrs{"output": []any{
					attrs{"type": "message", "role": "assistant", "content": []any{attrs{"type": "output_text", "text": "ho"}}},
					attrs{"type": "function_call", "call_id": "call-1", "name": "find_train", "arguments": `{"to":"Ghent"}`},
					attrs{"type": "web_search_call", "id": "ws"},
				}}},
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":"ho"},{"role":"assistant","content":"",` +
					`"tool_calls":[{"id":"call-1","type":"function","function":{"name":"find_train","arguments":"{\"to\":\"Ghent\"}"}}]}]`,
			},
		},
		{
			name: "a list of wrappers",
			attrs: attrs{
				"langwatch.span.type": "llm",
				"langwatch.output":    `{"type":"list","value":[{"type":"chat_messages","value":[{"role":"assistant","content":"a"}]},{"type":"text","value":"b"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]`,
			},
		},
		{
			name: "an unknown request is text, an empty one nothing",
			attrs: attrs{
				"langwatch.span.type": "llm", "langwatch.input": `{"type":"json","value":{"topic":"trains"}}`,
				"langwatch.output": `{"type":"json","value":{}}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"{\"topic\":\"trains\"}"}]`,
			},
			absent: []string{"$ai_output_choices"},
		},
		{
			name: "the messages of the conventions win",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.input.messages": `[{"role":"user","content":"new"}]`,
				"langwatch.input": `{"type":"text","value":"old"}`, "gen_ai.request.tools": `[{"type":"function","function":{"name":"f"}}]`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"new"}]`,
				"$ai_tools": `[{"type":"function","function":{"name":"f"}}]`,
			},
		},
		{
			name: "a tool",
			attrs: attrs{
				"langwatch.span.type": "tool", "langwatch.input": `{"type":"text","value":"{\"to\":\"Ghent\"}"}`,
				"langwatch.output": `{"type":"json","value":{"type":"text","value":"32 min"}}`,
			},
			want: map[string]string{
				"$ai_input_state":  `{"to":"Ghent"}`,
				"$ai_output_state": `"32 min"`,
			},
		},
		{
			name: "what a retriever found",
			attrs: attrs{
				"langwatch.span.type": "rag", "langwatch.contexts": `{"type":"json","value":[{"content":"doc","embedding":[0.1,0.2]}]}`,
			},
			want: map[string]string{
				"$ai_output_state": `[{"content":"doc"}]`,
			},
		},
		{
			name:  "an agent without a wrapper around its input",
			root:  true,
			attrs: attrs{"langwatch.span.type": "agent", "langwatch.input": "hey", "langwatch.output": `{"type":"raw","value":"ho"}`},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state":  `"hey"`,
				"$ai_output_state": `"ho"`,
			},
		},
		{
			name:   "a failed call has its status, which does not pass through",
			status: sdktrace.Status{Code: codes.Error},
			attrs:  attrs{"langwatch.span.type": "llm", "http.response.status_code": 429},
			event:  semconv.EventGeneration,
			want: map[string]string{
				"$ai_is_error":    `true`,
				"$ai_http_status": `429`,
			},
			absent: []string{"http.response.status_code"},
		},
		{
			name:  "an operation names the kind before the type does",
			attrs: attrs{"langwatch.span.type": "llm", "gen_ai.operation.name": "invoke_agent"},
		},
		{
			name: "cached tokens that the total counts on top",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "langwatch.sdk.name": "langwatch-sdk-go", "gen_ai.usage.input_tokens": 338,
				"gen_ai.usage.output_tokens": 175, "gen_ai.usage.total_tokens": 641, "gen_ai.usage.cached_input_tokens": 128,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_cache_read_input_tokens":   `128`,
				"$ai_cache_reporting_exclusive": `true`,
			},
		},
		{
			name: "cached tokens that the total does not count",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "langwatch.sdk.name": "langwatch-sdk-go", "gen_ai.usage.input_tokens": 466,
				"gen_ai.usage.output_tokens": 175, "gen_ai.usage.total_tokens": 641, "gen_ai.usage.cached_input_tokens": 128,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_cache_reporting_exclusive": `false`,
			},
		},
		{
			name: "tools among LangChain's parameters",
			attrs: attrs{
				"langwatch.span.type": "llm",
				"langwatch.langchain.run.extra_params.invocation_params": `{"temperature":0.3,"tools":[{"type":"function","function":{"name":"f"}}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_tools":            `[{"type":"function","function":{"name":"f"}}]`,
				"$ai_model_parameters": `{"temperature":0.3}`,
			},
		},
	})
}
