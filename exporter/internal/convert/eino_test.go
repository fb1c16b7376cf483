package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestEino(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "zero parameters were not given",
			attrs: attrs{
				"gen_ai.span.kind": "chatmodel", "gen_ai.system": "eino", "runinfo.type": "Ark", "gen_ai.request.model": "m",
				"gen_ai.request.temperature": 0.0, "gen_ai.request.max_tokens": 0, "gen_ai.request.top_p": 0.9, "gen_ai.request.stop": []string{},
				"gen_ai.response.finish_reason": "stop", "gen_ai.is_streaming": true, "gen_ai.session.id": "chat-1", "gen_ai.user.id": "u-1",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib":              `"opentelemetry/eino"`,
				"$ai_provider":         `"ark"`,
				"$ai_framework":        `"eino"`,
				"$ai_model":            `"m"`,
				"$ai_model_parameters": `{"top_p":0.9}`,
				"$ai_stop_reason":      `"stop"`,
				"$ai_stream":           `true`,
				"$ai_session_id":       `"chat-1"`,
			},
			absent: []string{"$ai_temperature", "$ai_max_tokens", "gen_ai.request.top_p", "gen_ai.request.stop", "gen_ai.user.id"},
		},
		{
			name: "a completion that is whole messages as JSON",
			attrs: attrs{
				"gen_ai.span.kind": "ChatModel", "gen_ai.system": "eino",
				"gen_ai.prompt.7.role": "user", "gen_ai.prompt.7.content": "hey",
				"gen_ai.completion.0.content": `[{"role":"assistant","content":"","tool_calls":[{"id":"call-1","type":"function",` +
					`"function":{"name":"f","arguments":"{}"}}],"response_meta":{"finish_reason":"tool_calls","usage":{"prompt_tokens":10,` +
					`"completion_tokens":2,"prompt_token_details":{"cached_tokens":4}}},"extra":{"openai-request-id":"x"}}]`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hey"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"","tool_calls":[{"id":"call-1","type":"function",` +
					`"function":{"name":"f","arguments":"{}"}}],"finish_reason":"tool_calls"}]`,
				"$ai_stop_reason":             `"tool_calls"`,
				"$ai_cache_read_input_tokens": `4`,
				"$ai_input_tokens":            `10`,
				"$ai_provider":                `"eino"`,
			},
		},
		{
			name: "an answer that only looks like messages",
			attrs: attrs{
				"gen_ai.span.kind": "chatmodel", "gen_ai.completion.0.role": "assistant",
				"gen_ai.completion.0.content": `[{"role":"user","content":"an example"}]`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":"[{\"role\":\"user\",\"content\":\"an example\"}]"}]`,
			},
		},
		{
			name: "a tool is no call",
			span: "get_weather",
			attrs: attrs{
				"gen_ai.span.kind": "tool", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": `"{\"city\":\"Bern\"}"`,
				"gen_ai.completion.0.content": `"sunny"`,
			},
			want: map[string]string{
				"$ai_input_state":  `{"city":"Bern"}`,
				"$ai_output_state": `"sunny"`,
			},
			absent: []string{"$ai_input", "$ai_output_choices"},
		},
		{
			name: "a graph at the root",
			root: true,
			attrs: attrs{
				"gen_ai.span.kind": "workflow", "gen_ai.input": `[{"role":"user","content":"hey"}]`, "gen_ai.output": `{"answer":"ho"}`,
				"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hey",
			},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state":  `[{"role":"user","content":"hey"}]`,
				"$ai_output_state": `{"answer":"ho"}`,
			},
			absent: []string{"gen_ai.input", "gen_ai.prompt.0.content"},
		},
		{
			name: "several messages of a component are its state",
			attrs: attrs{
				"gen_ai.span.kind": "lambda", "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "a",
				"gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "b",
			},
			want: map[string]string{
				"$ai_input_state": `[{"role":"system","content":"a"},{"role":"user","content":"b"}]`,
			},
		},
		{
			name: "an embedding sends its texts and no vectors",
			attrs: attrs{
				"gen_ai.span.kind": "embedding", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "text",
				"gen_ai.completion.0.content": `{"Embeddings":[[0.1,0.2]]}`, "gen_ai.output": `[[0.1,0.2]]`,
			},
			event: semconv.EventEmbedding,
			want: map[string]string{
				"$ai_input": `"text"`,
			},
			absent: []string{"$ai_output_choices", "gen_ai.completion.0.content", "gen_ai.output"},
		},
		{
			name: "others who name the kind of a component",
			attrs: attrs{
				"gen_ai.span.kind": "LLM", "gen_ai.provider.name": "dashscope", "gen_ai.request.temperature": 0.0,
				"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hey",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib": `"opentelemetry"`, "$ai_temperature": "0", "$ai_provider": `"dashscope"`, "$ai_input": `[{"role":"user","content":"hey"}]`,
			},
			absent: []string{"$ai_framework"},
		},
	})
}
