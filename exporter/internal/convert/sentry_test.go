package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestSentry(t *testing.T) {
	t.Parallel()
	call := func(calls string) attrs {
		return attrs{"gen_ai.operation.name": "chat", "sentry.op": "gen_ai.chat", "gen_ai.response.tool_calls": calls, "gen_ai.response.text": `[""]`}
	}
	const called = `[{"role":"assistant","content":"",
		"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]`
	checkRows(t, []row{
		{
			name: "several choices",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "sentry.op": "gen_ai.chat", "sentry.origin": "auto.ai.openai",
				"gen_ai.response.text": `["one","two"]`, "gen_ai.response.finish_reasons": `["stop","length"]`,
				"sentry.sdk_meta.gen_ai.input.messages.original_length": 2, "gen_ai.response.streaming": true,
				"gen_ai.request.available_tools": `[{"type":"function","function":{"name":"f"}}]`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":"one"},{"role":"assistant","content":"two"}]`,
				"$ai_stop_reason":    `"stop"`, "$ai_stream": `true`, "$ai_tools": `[{"type":"function","function":{"name":"f"}}]`, "$ai_lib": `"opentelemetry/sentry"`,
			},
			absent: []string{"sentry.op", "sentry.origin", "gen_ai.response.text", "sentry.sdk_meta.gen_ai.input.messages.original_length"},
		},
		{
			name:  "a stream has plain text, which may look like a list",
			attrs: attrs{"gen_ai.operation.name": "chat", "sentry.op": "gen_ai.chat", "gen_ai.response.text": `[1,2]`},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_output_choices": `[{"role":"assistant","content":"[1,2]"}]`},
		},
		{
			name:  "OpenAI's tool calls",
			attrs: call(`[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]`),
			event: semconv.EventGeneration, want: map[string]string{"$ai_output_choices": called},
		},
		{
			name:  "Anthropic's tool calls",
			attrs: call(`[{"type":"tool_use","id":"c1","name":"f","input":{"x":1}}]`),
			event: semconv.EventGeneration, want: map[string]string{"$ai_output_choices": called},
		},
		{
			name:  "LangChain's tool calls",
			attrs: call(`[{"type":"tool_call","id":"c1","name":"f","args":{"x":1}}]`),
			event: semconv.EventGeneration, want: map[string]string{"$ai_output_choices": called},
		},
		{
			name:  "tool calls of the Responses API",
			attrs: call(`[{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"x\":1}"}]`),
			event: semconv.EventGeneration, want: map[string]string{"$ai_output_choices": called},
		},
		{
			name:   "no answer",
			attrs:  attrs{"gen_ai.operation.name": "chat", "sentry.op": "gen_ai.chat"},
			event:  semconv.EventGeneration,
			absent: []string{"$ai_output_choices"},
		},
		{
			name: "an older SDK, which names no operation",
			attrs: attrs{
				"sentry.op": "gen_ai.chat", "gen_ai.request.messages": `[{"role":"user","content":"hi"}]`,
				"gen_ai.usage.input_tokens": 9, "gen_ai.usage.input_tokens.cached": 4, "gen_ai.usage.output_tokens.reasoning": 2,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hi"}]`, "$ai_cache_read_input_tokens": `4`, "$ai_reasoning_tokens": `2`,
				"$ai_cache_reporting_exclusive": `false`,
			},
		},
		{
			name:  "embeddings",
			attrs: attrs{"sentry.op": "gen_ai.embeddings", "gen_ai.embeddings.input": `["a","b"]`, "gen_ai.usage.input_tokens": 2},
			event: semconv.EventEmbedding,
			want:  map[string]string{"$ai_input": `["a","b"]`, "$ai_input_tokens": `2`},
		},
		{
			name:  "a tool",
			attrs: attrs{"sentry.op": "gen_ai.execute_tool", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.tool.input": `{"x":1}`, "gen_ai.tool.output": "done"},
			want:  map[string]string{"$ai_span_name": `"f"`, "$ai_input_state": `{"x":1}`, "$ai_output_state": `"done"`},
		},
		{
			name: "on the spans of Vercel's SDK",
			attrs: attrs{
				"ai.operationId": "ai.generateText.doGenerate", "sentry.op": "gen_ai.generate_content",
				"gen_ai.input.messages": `[{"role":"user","content":"hi"}]`, "ai.response.text": "ok", "gen_ai.response.text": "not this",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib": `"opentelemetry/vercel-ai"`, "$ai_input": `[{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"ok"}]`,
			},
			absent: []string{"gen_ai.response.text", "sentry.op"},
		},
		{
			name:  "a call by the older name of Anthropic's API",
			attrs: attrs{"sentry.op": "gen_ai.messages", "gen_ai.operation.name": "messages", "gen_ai.response.text": "ok"},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_output_choices": `[{"role":"assistant","content":"ok"}]`},
		},
	})
}
