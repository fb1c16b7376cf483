package posthoglogs

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// elided is what some instrumentations write in place of content.
const elided = "<elided>"

// contentEvents are the names of records that hold content.
var contentEvents = map[string]bool{
	semconv.EventInferenceDetails: true,
	semconv.EventSystemMessage:    true,
	semconv.EventUserMessage:      true,
	semconv.EventAssistantMessage: true,
	semconv.EventToolMessage:      true,
	semconv.EventChoice:           true,
}

// eventName of a record: its own field, or the attribute of older conventions.
func eventName(r plog.LogRecord) string {
	if name := r.EventName(); name != "" {
		return name
	}
	if v, ok := r.Attributes().Get(string(semconv.EventNameKey)); ok {
		return v.AsString()
	}
	return ""
}

func timeOf(r plog.LogRecord) pcommon.Timestamp {
	if r.Timestamp() != 0 {
		return r.Timestamp()
	}
	return r.ObservedTimestamp()
}

// contentOf makes of a record the span events that the conversion to PostHog's
// events reads, none when the record has no content.
func contentOf(r plog.LogRecord, name string) []ptrace.SpanEvent {
	e := ptrace.NewSpanEvent()
	e.SetName(name)
	e.SetTimestamp(timeOf(r))
	r.Attributes().CopyTo(e.Attributes())
	e.Attributes().Remove(string(semconv.EventNameKey))
	if name == semconv.EventInferenceDetails {
		return []ptrace.SpanEvent{e}
	}
	if r.Body().Type() != pcommon.ValueTypeMap {
		if r.Body().Type() == pcommon.ValueTypeStr && r.Body().Str() != "" && r.Body().Str() != elided {
			e.Attributes().PutStr("content", r.Body().Str())
			return []ptrace.SpanEvent{e}
		}
		return nil
	}
	for key, v := range r.Body().Map().All() {
		if v.Type() == pcommon.ValueTypeStr && v.Str() == elided || v.Type() == pcommon.ValueTypeEmpty {
			continue
		}
		if key == "id" && name == semconv.EventToolMessage {
			key = "tool_call_id" // as the chat messages that PostHog shows call it
		}
		v.CopyTo(e.Attributes().PutEmpty(key))
	}
	if content, ok := e.Attributes().Get("content"); ok && isGemini(content) {
		return fromGemini(e, content.Map())
	}
	if e.Attributes().Len() == 0 {
		return nil
	}
	return []ptrace.SpanEvent{e}
}

// isAnswer reports whether a content event is an answer of the model, so that
// nothing more is to come but further choices.
func isAnswer(e ptrace.SpanEvent) bool {
	if e.Name() == semconv.EventChoice {
		return true
	}
	_, ok := e.Attributes().Get(string(semconv.GenAIOutputMessagesKey))
	return ok
}

// callPrefixes begin the attributes that hold the content of a call on its span.
var callPrefixes = []string{
	string(semconv.GenAIInputMessagesKey), string(semconv.GenAIOutputMessagesKey),
	"gen_ai.prompt", "gen_ai.completion", "llm.prompts", "llm.completions", "llm.input_messages", "llm.output_messages",
	"input.value", "output.value", "ai.prompt", "ai.response", "langfuse.observation.", "langwatch.input", "langwatch.output",
	"braintrust.input_json", "genkit:input", "gcp.vertex.agent.llm_request", "events",
}

// wantsContent reports whether a span is an LLM call that has no content itself,
// so that log records may have it.
func wantsContent(s ptrace.Span) bool {
	operation, ok := s.Attributes().Get(string(semconv.GenAIOperationNameKey))
	if !ok {
		return false
	}
	switch operation.AsString() {
	case semconv.OperationChat, semconv.OperationGenerateContent, semconv.OperationTextCompletion:
	default:
		return false
	}
	for key := range s.Attributes().All() {
		for _, prefix := range callPrefixes {
			if strings.HasPrefix(key, prefix) {
				return false
			}
		}
	}
	for _, e := range s.Events().All() {
		if contentEvents[e.Name()] {
			return false
		}
	}
	return true
}
