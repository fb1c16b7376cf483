package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestMastra(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a call of the exporter, with its answer only",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "mastra.span.type": "model_inference", "mastra.metadata.sessionId": "chat-1",
				"gen_ai.output.messages":         `[{"role":"assistant","parts":[{"type":"text","content":"ok"}]}]`,
				"gen_ai.response.finish_reasons": `["stop"]`, "gen_ai.conversation.id": "other",
				"mastra.completion_start_time": "2024-01-01T00:00:00.5Z", "mastra.metadata.tenant": "nordlicht",
				"mastra.metadata.headers": `{"set-cookie":"secret"}`, "mastra.metadata.body": `{"choices":[]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_stop_reason": `"stop"`, "$ai_time_to_first_token": `0.5`, "mastra.metadata.tenant": `"nordlicht"`,
				"$ai_lib": `"opentelemetry/mastra"`, "$ai_session_id": `"chat-1"`, "gen_ai.conversation.id": `"other"`,
			},
			absent: []string{"$ai_is_error", "mastra.metadata.headers", "mastra.metadata.body", "mastra.span.type", "mastra.completion_start_time"},
		},
		{
			name:  "the session comes before the thread",
			attrs: attrs{"gen_ai.operation.name": "model_step", "mastra.metadata.sessionId": "chat-1", "mastra.metadata.threadId": "thread-1"},
			want:  map[string]string{"$ai_session_id": `"chat-1"`},
		},
		{
			name: "a call that failed with the status OK",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "mastra.span.type": "model_inference", "gen_ai.response.finish_reasons": `["error"]`,
			},
			status: sdktrace.Status{Code: codes.Ok},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_is_error": `true`, "$ai_stop_reason": `"error"`},
		},
		{
			name: "content of Mastra's own, on a call",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "mastra.span.type": "model_generation",
				"mastra.model_generation.input":  `{"messages":[{"role":"user","content":"hi"}]}`,
				"mastra.model_generation.output": `{"text":"","toolCalls":[{"toolCallId":"c1","toolName":"f","args":{"x":1}}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"",
					"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]`,
			},
		},
		{
			name: "a workflow",
			root: true,
			attrs: attrs{
				"gen_ai.operation.name": "invoke_workflow", "mastra.span.type": "workflow_run", "mastra.workflow_run.status": "success",
				"mastra.workflow_run.input": `{"q":1}`, "mastra.workflow_run.output": "done",
			},
			event:  semconv.EventTrace,
			want:   map[string]string{"$ai_input_state": `{"q":1}`, "$ai_output_state": `"done"`, "mastra.workflow_run.status": `"success"`},
			absent: []string{"mastra.workflow_run.input", "mastra.workflow_run.output"},
		},
		{
			name: "a call of the exporter before 1.0",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "mastra.span.type": "model_generation",
				"input": `{"messages":[{"role":"user","content":"hi"}]}`, "gen_ai.prompt": `{"messages":[{"role":"user","content":"hi"}]}`,
				"output": `{"text":"","toolCalls":[{"toolCallId":"c1","toolName":"f","args":{"x":1}}]}`, "gen_ai.completion": `{"text":""}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hi"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"",
					"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]`,
			},
			absent: []string{"input", "output", "gen_ai.prompt", "gen_ai.completion"},
		},
		{
			name: "a tool of the exporter before 1.0",
			attrs: attrs{
				"gen_ai.operation.name": "tool.execute", "mastra.span.type": "tool_call", "gen_ai.tool.name": "f",
				"input": `{"a":1}`, "gen_ai.tool.input": `{"a":1}`, "output": `[2]`, "gen_ai.tool.output": `[2]`,
			},
			want:   map[string]string{"$ai_span_name": `"f"`, "$ai_input_state": `{"a":1}`, "$ai_output_state": `[2]`},
			absent: []string{"input", "output", "gen_ai.tool.input", "gen_ai.tool.output", "gen_ai.tool.name"},
		},
		{
			name:  "input on a span that is not Mastra's",
			attrs: attrs{"gen_ai.operation.name": "chat", "mastra.metadata.runId": "r", "input": "mine"},
			event: semconv.EventGeneration,
			want:  map[string]string{"input": `"mine"`},
		},
	})
}
