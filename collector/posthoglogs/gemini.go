package posthoglogs

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Google's ADK for Go logs messages in the shape of the Gemini API, and the turns
// of the model and the results of tools under the name of user messages.

func isGemini(content pcommon.Value) bool {
	if content.Type() != pcommon.ValueTypeMap {
		return false
	}
	parts, ok := content.Map().Get("parts")
	return ok && parts.Type() == pcommon.ValueTypeSlice
}

// fromGemini makes chat messages of the content of e: one of texts and tool calls,
// and one for each result of a tool.
func fromGemini(e ptrace.SpanEvent, content pcommon.Map) []ptrace.SpanEvent {
	parts, _ := content.Get("parts")
	var texts []string
	calls := pcommon.NewSlice()
	var events []ptrace.SpanEvent
	for _, part := range parts.Slice().All() {
		if part.Type() != pcommon.ValueTypeMap {
			continue
		}
		for key, v := range part.Map().All() {
			switch {
			case key == "text":
				texts = append(texts, v.AsString())
			case key == "functionCall" && v.Type() == pcommon.ValueTypeMap:
				putCall(calls.AppendEmpty().SetEmptyMap(), v.Map())
			case key == "functionResponse" && v.Type() == pcommon.ValueTypeMap:
				events = append(events, toolResult(e, v.Map()))
			}
		}
	}
	if len(texts) == 0 && calls.Len() == 0 {
		return events
	}
	message := ptrace.NewSpanEvent()
	e.CopyTo(message)
	attrs := message.Attributes()
	attrs.Remove("content")
	role, _ := content.Get("role")
	if message.Name() != semconv.GenAIEventChoice && role.AsString() == "model" {
		message.SetName(semconv.GenAIEventAssistantMessage)
	}
	if len(texts) > 0 {
		attrs.PutStr("content", strings.Join(texts, "\n\n"))
	}
	if calls.Len() > 0 {
		calls.CopyTo(attrs.PutEmptySlice("tool_calls"))
	}
	return append(events, message)
}

func putCall(to, call pcommon.Map) {
	to.PutStr("type", "function")
	if id, ok := call.Get("id"); ok {
		id.CopyTo(to.PutEmpty("id"))
	}
	function := to.PutEmptyMap("function")
	if name, ok := call.Get("name"); ok {
		name.CopyTo(function.PutEmpty("name"))
	}
	if args, ok := call.Get("args"); ok {
		args.CopyTo(function.PutEmpty("arguments"))
	}
}

func toolResult(e ptrace.SpanEvent, response pcommon.Map) ptrace.SpanEvent {
	result := ptrace.NewSpanEvent()
	e.CopyTo(result)
	result.SetName(semconv.GenAIEventToolMessage)
	result.Attributes().Remove("content")
	if v, ok := response.Get("response"); ok {
		result.Attributes().PutStr("content", v.AsString())
	}
	if id, ok := response.Get("id"); ok {
		result.Attributes().PutStr("tool_call_id", id.AsString())
	}
	return result
}
