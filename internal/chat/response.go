package chat

import (
	"cmp"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// replies says where a response has its completions and their stop reasons: the
// name of a list, and the names of message and reason in each item.
var replies = []struct{ list, message, reason string }{
	{"choices", "message", "finish_reason"},
	{"choices", "delta", "finish_reason"},
	{"choices", "text", "finish_reason"},
	{"candidates", "content", "finishReason"},
	{"candidates", "message", "finishReason"},
	{"results", "outputText", "completionReason"},
	{"generations", "message", "finish_reason"},
	{"generations", "text", "finish_reason"},
	{"output", "", ""},
	{"messages", "", ""},
}

// FromResponse returns the messages of a response and the stop reason of the
// first.
func FromResponse(n *jsontree.Node) (messages []jsontree.Node, reason string) {
	if !n.Is(jsontree.Object) || isMessage(n) {
		return Messages(n, "assistant"), StopReason(n)
	}
	for _, r := range replies {
		for _, item := range Flattened(n.Get(r.list)) {
			reply := &item
			if r.message != "" {
				reply = item.Get(r.message)
			}
			messages = append(messages, Messages(reply, "assistant")...)
			if reason == "" {
				reason = item.Get(r.reason).String()
			}
		}
		if len(messages) > 0 {
			return messages, cmp.Or(reason, StopReason(n), StopReason(&messages[0]))
		}
	}
	for _, name := range []string{"output", "message", "content", "text", "response", "completion"} {
		inner := n.Get(name)
		if list, why := FromResponse(inner.Get("message")); len(list) > 0 {
			return list, cmp.Or(why, StopReason(n))
		}
		if list := Messages(inner, "assistant"); len(list) > 0 {
			return list, StopReason(n)
		}
	}
	return nil, ""
}

// StopReason returns the stop reason of a response or a message, if it has one.
func StopReason(n *jsontree.Node) string {
	for _, name := range []string{"finish_reason", "finishReason", "stop_reason", "stopReason"} {
		if s := n.Get(name).String(); s != "" {
			return s
		}
	}
	if s := n.Get("incomplete_details").Get("reason").String(); s != "" {
		return s
	}
	if n.Get("object").String() == "response" { // of the Responses API
		return n.Get("status").String()
	}
	return ""
}
