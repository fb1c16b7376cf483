package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestTanStack(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "one call, told in three places",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "tanstack.ai.iteration": 0, "gen_ai.input.messages": `[{"role":"user","content":"hi"}]`,
				"langfuse.observation.input":  `[{"role":"user","content":"hi"}]`,
				"langfuse.observation.output": `[{"role":"assistant","content":"ok"}]`,
			},
			events: []sdktrace.Event{
				messageEvent("gen_ai.user.message", attribute.String("content", "hi")),
				messageEvent("gen_ai.choice", attribute.String("content", "ok")),
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hi"}]`, "$ai_output_choices": `[{"role":"assistant","content":"ok"}]`,
				"$ai_lib": `"opentelemetry/tanstack"`,
			},
			absent: []string{"langfuse.observation.input", "langfuse.observation.output", "$ai_input_state"},
		},
		{
			name: "the span around the iterations is no call",
			attrs: attrs{
				"tanstack.ai.iterations": 2, "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1562,
				"langfuse.observation.input":  `[{"role":"system","content":"s"},{"role":"user","content":"hi"}]`,
				"langfuse.observation.output": `[{"role":"assistant","content":"ok"}]`,
				"langfuse.trace.input":        `[{"role":"user","content":"hi"}]`,
				"langfuse.trace.output":       `[{"role":"assistant","content":"ok"}]`,
			},
			want: map[string]string{
				"$ai_input_state": `{"role":"user","content":"hi"}`, "$ai_output_state": `{"role":"assistant","content":"ok"}`,
				"$ai_input_tokens": `1562`,
			},
			absent: []string{"langfuse.observation.input", "langfuse.trace.input", "langfuse.trace.output"},
		},
		{
			name: "a tool",
			span: "execute_tool f",
			attrs: attrs{
				"gen_ai.tool.name": "f", "tanstack.ai.tool.outcome": "success",
				"gen_ai.input.messages": `[{"role":"tool","content":"{\"x\":1}"}]`, "gen_ai.output.messages": `[{"role":"tool","content":"done"}]`,
			},
			want: map[string]string{
				"$ai_span_name": `"f"`, "$ai_input_state": `{"x":1}`, "$ai_output_state": `"done"`, "tanstack.ai.tool.outcome": `"success"`,
			},
			absent: []string{"$ai_input", "$ai_output_choices", "gen_ai.tool.name"},
		},
		{
			name:   "a tool without content",
			attrs:  attrs{"gen_ai.tool.name": "f", "tanstack.ai.tool.outcome": "success"},
			want:   map[string]string{"$ai_span_name": `"f"`},
			absent: []string{"$ai_input_state", "$ai_output_state"},
		},
	})
}
