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
	})
}
