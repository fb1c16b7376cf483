package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestRecognition is the order of section 8: the first library rules a span,
// others only fill gaps. The event and every key that a library reserves for
// itself are as if the others were not there.
func TestRecognition(t *testing.T) {
	t.Parallel()
	marks := []struct {
		library string
		marks   []string
	}{
		{"pydantic-ai", []string{"pydantic_ai.all_messages", "logfire.msg", "logfire.json_schema", "model_request_parameters"}},
		{"traceloop", []string{"llm.request.type", "traceloop.span.kind", "traceloop.entity.name"}},
		{"vercel-ai", []string{"ai.operationId", "ai.telemetry.functionId", "eve.x"}},
		{"langwatch", []string{"langwatch.x"}},
		{"openinference", []string{"openinference.span.kind"}},
		{"anthropic", []string{"anthropic.x"}},
		{"langfuse", []string{"langfuse.observation.type"}},
	}
	var rows []row
	for i, first := range marks {
		for _, mark := range first.marks {
			all := attrs{mark: "x", "gen_ai.system": "s"}
			lib := map[string]string{"$ai_lib": `"opentelemetry/` + first.library + `"`}
			rows = append(rows, row{name: mark, attrs: attrs{mark: "x", "gen_ai.system": "s"}, want: lib})
			for _, later := range marks[i+1:] {
				for _, other := range later.marks {
					all[other] = "x"
				}
			}
			rows = append(rows, row{name: mark + " before all below", attrs: all, want: lib})
		}
	}
	checkRows(t, append(
		rows,
		row{name: "an empty mark is one", attrs: attrs{"logfire.msg": "", "gen_ai.system": "s"}, want: map[string]string{"$ai_lib": `"opentelemetry/pydantic-ai"`}},
		row{name: "no mark", attrs: attrs{"gen_ai.system": "s"}, want: map[string]string{"$ai_lib": `"opentelemetry"`}, absent: []string{"$ai_framework"}},
		row{
			name: "secrets of Vercel's spans that another library rules", attrs: attrs{
				"traceloop.span.kind": "tool", "ai.operationId": "ai.toolCall", "ai.toolCall.result": "7", "ai.request.headers.authorization": "x", "ai.embedding": "[0.1]",
			},
			want:   map[string]string{"$ai_output_state": "7", "$ai_lib": `"opentelemetry/traceloop"`},
			absent: []string{"ai.request.headers.authorization", "ai.embedding", "ai.operationId", "$ai_framework"},
		},
		row{
			name: "a conversation of Traceloop on the span of another", event: semconv.EventGeneration,
			attrs: attrs{"gen_ai.operation.name": chat, "logfire.msg": "m", "traceloop.association.properties.session_id": "s"},
			want:  map[string]string{"$ai_session_id": `"s"`}, absent: []string{"traceloop.association.properties.session_id"},
		},
	))
}
