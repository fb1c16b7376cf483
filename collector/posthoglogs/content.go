package posthoglogs

import (
	"encoding/json"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// elided is what some instrumentations write in place of content.
const elided = "<elided>"

// contentEvents are the names of records that hold content.
var contentEvents = map[string]bool{
	semconv.GenAIEventInferenceDetails: true,
	semconv.GenAIEventSystemMessage:    true,
	semconv.GenAIEventUserMessage:      true,
	semconv.GenAIEventAssistantMessage: true,
	semconv.GenAIEventToolMessage:      true,
	semconv.GenAIEventChoice:           true,
}

// eventName of a record: its own field, or the attribute of older conventions.
func eventName(r plog.LogRecord) string {
	if name := r.EventName(); name != "" {
		return name
	}
	if v, ok := r.Attributes().Get(string(names.EventNameKey)); ok {
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
	e.Attributes().Remove(string(names.EventNameKey))
	body, isMap := bodyOf(r)
	if name == semconv.GenAIEventInferenceDetails {
		for key, v := range body.All() {
			if _, set := e.Attributes().Get(key); !set {
				v.CopyTo(e.Attributes().PutEmpty(key))
			}
		}
		return []ptrace.SpanEvent{e}
	}
	if !isMap {
		if r.Body().Type() == pcommon.ValueTypeStr && r.Body().Str() != "" && r.Body().Str() != elided {
			e.Attributes().PutStr("content", r.Body().Str())
			return []ptrace.SpanEvent{e}
		}
		return nil
	}
	for key, v := range body.All() {
		if v.Type() == pcommon.ValueTypeStr && v.Str() == elided || v.Type() == pcommon.ValueTypeEmpty {
			continue
		}
		if key == "id" && name == semconv.GenAIEventToolMessage {
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

// bodyKeys are members of bodies that hold content: text that is JSON of something
// else is the content itself.
var bodyKeys = []string{
	"content", "message", "tool_calls", "finish_reason",
	string(semconv.GenAIInputMessagesKey), string(semconv.GenAIOutputMessagesKey),
}

// bodyOf returns the body as a map, which it may be as JSON, too.
func bodyOf(r plog.LogRecord) (body pcommon.Map, ok bool) {
	body = pcommon.NewMap()
	switch r.Body().Type() {
	case pcommon.ValueTypeMap:
		return r.Body().Map(), true
	case pcommon.ValueTypeStr:
		var raw map[string]any
		if !strings.HasPrefix(r.Body().Str(), "{") || json.Unmarshal([]byte(r.Body().Str()), &raw) != nil {
			return body, false
		}
		for _, key := range bodyKeys {
			if _, ok := raw[key]; ok {
				return body, body.FromRaw(raw) == nil
			}
		}
	}
	return body, false
}

// callKeys hold the content of a call on its span; after callPrefixes comes the
// index of a message.
var (
	callKeys = []string{
		string(semconv.GenAIInputMessagesKey), string(semconv.GenAIOutputMessagesKey), string(names.EventsKey),
		"gen_ai.prompt", "gen_ai.completion", "input.value", "output.value", "ai.prompt", "langwatch.input", "langwatch.output",
		"langfuse.observation.input", "langfuse.observation.output", "braintrust.input_json", "genkit:input", "gcp.vertex.agent.llm_request",
		"ai.prompt.messages", "ai.response.text", "ai.response.toolCalls", "ai.response.object",
	}
	callPrefixes = []string{
		"gen_ai.prompt.", "gen_ai.completion.", "llm.prompts.", "llm.completions.", "llm.input_messages.", "llm.output_messages.",
	}
)

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
		if holdsContent(key) {
			return false
		}
	}
	for _, e := range s.Events().All() {
		if contentEvents[e.Name()] {
			return false
		}
	}
	return true
}

func holdsContent(key string) bool {
	if slices.Contains(callKeys, key) {
		return true
	}
	for _, prefix := range callPrefixes {
		if index, ok := strings.CutPrefix(key, prefix); ok && index != "" && index[0] >= '0' && index[0] <= '9' {
			return true
		}
	}
	return false
}
