package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestLaminar(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a call by the conventions",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "lmnr.span.path": []string{"wren", "chat"},
				"lmnr.span.ids_path": []string{"0"}, "lmnr.span.sdk_version": "0.8", "lmnr.internal.tracing_level": "all",
				"lmnr.association.properties.session_id": "chat-1", "lmnr.association.properties.user_id": "u-1",
				"lmnr.association.properties.metadata.tenant": "t",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib":        `"opentelemetry/laminar"`,
				"$ai_session_id": `"chat-1"`,
				"lmnr.association.properties.metadata.tenant": `"t"`,
			},
			absent: []string{"lmnr.span.path", "lmnr.span.ids_path", "lmnr.internal.tracing_level", "lmnr.association.properties.user_id", "$process_person_profile"},
		},
		{
			name: "a call that somebody traced by hand",
			attrs: attrs{
				"lmnr.span.type": "LLM", "gen_ai.request.model": "m", "lmnr.span.input": `[{"role":"user","content":"hey"}]`,
				"lmnr.span.output": `{"choices":[{"message":{"role":"assistant","content":"ho"},"finish_reason":"stop"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":          `[{"role":"user","content":"hey"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"ho"}]`,
				"$ai_stop_reason":    `"stop"`,
			},
			absent: []string{"lmnr.span.input", "lmnr.span.output"},
		},
		{
			name:  "a tool",
			span:  "search_trains",
			attrs: attrs{"lmnr.span.type": "TOOL", "lmnr.span.input": `{"to":"Ghent"}`, "lmnr.span.output": `"32 min"`},
			want: map[string]string{
				"$ai_span_name":    `"search_trains"`,
				"$ai_input_state":  `{"to":"Ghent"}`,
				"$ai_output_state": `"32 min"`,
			},
		},
		{
			name:  "a function that was observed, at the root",
			root:  true,
			attrs: attrs{"lmnr.span.type": "DEFAULT", "lmnr.span.input": attrs{"q": "why"}, "lmnr.span.output": "because"},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state":  `{"q":"why"}`,
				"$ai_output_state": `"because"`,
			},
		},
		{
			name:  "an embedding keeps its vectors",
			attrs: attrs{"lmnr.span.type": "EMBEDDING", "lmnr.span.input": `["a","b"]`, "lmnr.span.output": `[[0.1],[0.2]]`},
			event: semconv.EventEmbedding,
			want: map[string]string{
				"$ai_input": `["a","b"]`,
			},
			absent: []string{"$ai_output_choices", "$ai_output_state", "lmnr.span.output"},
		},
		{
			name: "beside the older conventions of OpenLLMetry",
			attrs: attrs{
				"llm.request.type": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hey",
				"lmnr.span.path": []string{"chat"}, "lmnr.association.properties.session_id": "chat-1",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib":        `"opentelemetry/traceloop"`,
				"$ai_input":      `[{"role":"user","content":"hey"}]`,
				"$ai_session_id": `"chat-1"`,
			},
			absent: []string{"lmnr.span.path"},
		},
		{
			name: "messages that are flattened, each value as JSON",
			attrs: attrs{
				"lmnr.span.type": "LLM", "gen_ai.request.model": "m", "llm.usage.total_tokens": 9,
				"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": `"Be brief."`,
				"gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": `[{"type":"text","text":"click"}]`,
				"llm.request.functions.0.name":                "click",
				"gen_ai.completion.0.role":                    "assistant",
				"gen_ai.completion.0.content":                 `"I click."`,
				"gen_ai.completion.0.finish_reason":           "tool_calls",
				"gen_ai.completion.0.message.tool_calls.0.id": "c1", "gen_ai.completion.0.message.tool_calls.0.name": "click",
				"gen_ai.completion.0.message.tool_calls.0.arguments": `"{\"x\":1}"`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"click"}]}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"I click.","finish_reason":"tool_calls",
					"tool_calls":[{"id":"c1","type":"function","function":{"name":"click","arguments":"{\"x\":1}"}}]}]`,
				"$ai_tools": `[{"type":"function","function":{"name":"click"}}]`, "$ai_stop_reason": `"tool_calls"`,
			},
			absent: []string{
				"gen_ai.prompt.1.content", "gen_ai.completion.0.content", "gen_ai.completion.0.message.tool_calls.0.id",
				"llm.request.functions.0.name", "llm.usage.total_tokens",
			},
		},
		{
			name:  "a call of OpenAI's agents",
			attrs: attrs{"lmnr.span.type": "LLM", "gen_ai.usage.output_tokens": 9, "gen_ai.usage.reasoning_output_tokens": 7, "gen_ai.response.finish_reason": "stop"},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_reasoning_tokens": `7`, "$ai_stop_reason": `"stop"`},
		},
		{
			name: "embeddings through Vercel's SDK",
			attrs: attrs{
				"lmnr.span.type": "LLM", "ai.operation": "ai.embedMany", "gen_ai.request.model": "m",
				"lmnr.span.input": `["a","b"]`, "gen_ai.usage.input_tokens": 4,
			},
			event: semconv.EventEmbedding,
			want:  map[string]string{"$ai_input": `["a","b"]`, "$ai_input_tokens": `4`},
		},
		{
			name:  "a ranking through Vercel's SDK",
			attrs: attrs{"lmnr.span.type": "LLM", "ai.operation": "ai.rerank", "lmnr.span.output": `[{"index":1,"score":0.5}]`},
			want:  map[string]string{"$ai_output_state": `[{"index":1,"score":0.5}]`},
		},
	})
}
