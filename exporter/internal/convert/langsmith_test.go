package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestLangSmith(t *testing.T) {
	t.Parallel()
	human := `{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],"kwargs":{"content":"hi"}}`
	checkRows(t, []row{
		{
			name: "a run of LangChain",
			attrs: attrs{
				"langsmith.span.kind": "llm", "gen_ai.operation.name": "chat", "gen_ai.system": "openai",
				"gen_ai.prompt": `{"messages":[[` + human + `]]}`,
				"gen_ai.completion": `{"generations":[[{"text":"hello","message":{"lc":1,"type":"constructor",
					"id":["langchain_core","messages","AIMessageChunk"],"kwargs":{"content":"hello",
					"tool_calls":[{"name":"f","args":{"x":1},"id":"c1"}],"response_metadata":{"finish_reason":"stop"}}}}]]}`,
				"gen_ai.usage.input_tokens": 466, "gen_ai.usage.output_tokens": 175,
				"gen_ai.usage.input_token_details":        `{"audio":0,"cache_read":128}`,
				"gen_ai.usage.output_token_details":       `{"audio":0,"reasoning":32}`,
				"langsmith.metadata.ls_model_name":        "gpt-4o-mini",
				"langsmith.metadata.ls_max_tokens":        "700",
				"langsmith.metadata.ls_invocation_params": `{"top_p":0.95,"tools":[{"name":"f"}],"user":"u"}`,
				"langsmith.metadata.LANGSMITH_TRACING":    "true",
				"langsmith.metadata.tenant":               "nordlicht",
				"langsmith.metadata.thread_id":            "thread-1",
				"langsmith.trace.name":                    "ChatOpenAI",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"hello","finish_reason":"stop",
					"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]`,
				"$ai_stop_reason": `"stop"`, "$ai_cache_read_input_tokens": `128`, "$ai_reasoning_tokens": `32`,
				"$ai_model": `"gpt-4o-mini"`, "$ai_max_tokens": `700`, "$ai_model_parameters": `{"top_p":0.95}`,
				"$ai_tools": `[{"type":"function","function":{"name":"f"}}]`, "$ai_session_id": `"thread-1"`, "$ai_span_name": `"ChatOpenAI"`,
				"langsmith.metadata.tenant": `"nordlicht"`, "$ai_lib": `"opentelemetry/langsmith"`,
			},
			absent: []string{
				"gen_ai.prompt", "gen_ai.completion", "langsmith.span.kind", "langsmith.metadata.LANGSMITH_TRACING",
				"gen_ai.usage.input_token_details", "langsmith.metadata.ls_invocation_params",
			},
		},
		{
			name: "a retriever is no embedding, whatever its operation says",
			attrs: attrs{
				"langsmith.span.kind": "retriever", "gen_ai.operation.name": "embeddings",
				"gen_ai.prompt": `{"query":"trains?"}`, "gen_ai.completion": `{"documents":[{"pageContent":"NJ 401","embedding":[0.5,0.25]}]}`,
			},
			want: map[string]string{"$ai_input_state": `{"query":"trains?"}`, "$ai_output_state": `{"documents":[{"pageContent":"NJ 401"}]}`},
		},
		{
			name: "a prompt template is no generation",
			attrs: attrs{
				"langsmith.span.kind": "prompt", "gen_ai.operation.name": "chat", "gen_ai.prompt": `{"q":1}`,
			},
			want: map[string]string{"$ai_input_state": `{"q":1}`},
		},
		{
			name: "a tool",
			attrs: attrs{
				"langsmith.span.kind": "tool", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_weather",
				"gen_ai.prompt": `{"input":"{\"city\":\"Bern\"}"}`,
				"gen_ai.completion": `{"output":{"lc":1,"type":"constructor","id":["langchain_core","messages","ToolMessage"],
					"kwargs":{"content":"4 degrees","tool_call_id":"c1"}}}`,
			},
			want: map[string]string{"$ai_span_name": `"get_weather"`, "$ai_input_state": `{"city":"Bern"}`, "$ai_output_state": `"4 degrees"`},
		},
		{
			name: "an exception with the status OK",
			attrs: attrs{
				"langsmith.span.kind": "llm", "gen_ai.operation.name": "chat",
			},
			events: []sdktrace.Event{exception("Error", "status code 429")},
			status: sdktrace.Status{Code: codes.Ok},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_is_error": `true`, "$ai_error": `"Error: status code 429"`, "$ai_http_status": `429`},
		},
		{
			name:   "the status OK",
			attrs:  attrs{"langsmith.span.kind": "llm"},
			status: sdktrace.Status{Code: codes.Ok},
			event:  semconv.EventGeneration,
			absent: []string{"$ai_is_error"},
		},
		{
			name: "the usage of Go's SDK",
			attrs: attrs{
				"gen_ai.operation.name": "responses", "langsmith.metadata.stop_reason": "end_turn",
				"langsmith.usage_metadata": `{"input_tokens":3445,"output_tokens":184,"total_tokens":3629,
					"input_token_details":{"cache_read":2048,"ephemeral_5m_input_tokens":1000,"ephemeral_1h_input_tokens":210}}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input_tokens": `3445`, "$ai_output_tokens": `184`, "$ai_cache_read_input_tokens": `2048`,
				"$ai_cache_creation_input_tokens": `1210`, "$ai_cache_creation_5m_input_tokens": `1000`,
				"$ai_cache_creation_1h_input_tokens": `210`, "$ai_cache_reporting_exclusive": `false`, "$ai_stop_reason": `"end_turn"`,
			},
			absent: []string{"langsmith.usage_metadata"},
		},
		{
			name: "on the spans of Vercel's SDK",
			attrs: attrs{
				"ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages": `[{"role":"user","content":"hi"}]`,
				"gen_ai.prompt": `{"input":[{"role":"user","content":"the same"}]}`, "gen_ai.completion": `{"role":"assistant","content":"ok"}`,
				"langsmith.metadata.$ai_session_id": "chat-1", "langsmith.trace.name": "renamed",
			},
			span:  "ai.generateText.doGenerate",
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib": `"opentelemetry/vercel-ai"`, "$ai_input": `[{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"ok"}]`, "$ai_session_id": `"chat-1"`,
				"$ai_span_name": `"ai.generateText.doGenerate"`,
			},
			absent: []string{"gen_ai.prompt", "gen_ai.completion"},
		},
		{
			name:  "the old convention, which is not LangSmith's alone",
			attrs: attrs{"gen_ai.operation.name": "chat", "gen_ai.prompt": "Hello?", "gen_ai.completion": "Hello!"},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib": `"opentelemetry"`, "$ai_input": `[{"role":"user","content":"Hello?"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"Hello!"}]`,
			},
		},
		{
			name: "vectors stay",
			attrs: attrs{
				"langsmith.span.kind": "embedding", "gen_ai.prompt": `{"input":["a"]}`, "gen_ai.completion": `{"output":[[0.5,0.25]]}`,
			},
			event:  semconv.EventEmbedding,
			want:   map[string]string{"$ai_input": `["a"]`},
			absent: []string{"$ai_output_choices", "$ai_output_state", "gen_ai.completion"},
		},
	})
}
