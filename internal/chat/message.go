// Package chat converts the messages, tool calls and tool results of all
// providers to the shape of OpenAI's chat completions, which PostHog's UI
// shows. It works on JSON trees and does not depend on attributes or libraries.
package chat

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Message returns a message with a role and a text.
func Message(role, content string) jsontree.Node {
	return jsontree.Obj(
		jsontree.Member{Name: "role", Value: jsontree.Str(role)},
		jsontree.Member{Name: "content", Value: jsontree.Str(content)},
	)
}

// ToolCall returns a tool call in the shape of chat completions, which
// PostHog's UI renders for every provider.
func ToolCall(id, name, arguments string) jsontree.Node {
	n := jsontree.Obj()
	if id != "" {
		n.Set("id", jsontree.Str(id))
	}
	n.Set("type", jsontree.Str("function"))
	n.Set("function", jsontree.Obj(
		jsontree.Member{Name: "name", Value: jsontree.Str(name)},
		jsontree.Member{Name: "arguments", Value: jsontree.Str(arguments)},
	))
	return n
}

// ToolCalls returns the tool calls of any provider in a list as a list in the
// shape of chat completions.
func ToolCalls(list *jsontree.Node) jsontree.Node {
	calls := jsontree.Arr()
	for _, call := range Flattened(list) {
		calls.Items = append(calls.Items, AsToolCall(&call))
	}
	return calls
}

// TextOf returns a string unchanged, and any other node as JSON text.
func TextOf(n *jsontree.Node) string {
	switch {
	case n == nil || n.Kind == jsontree.Null:
		return ""
	case n.Kind == jsontree.String:
		return n.Text
	}
	return n.JSON()
}

// AsToolCall returns a tool call of any provider in the shape of chat
// completions.
func AsToolCall(call *jsontree.Node) jsontree.Node {
	if call.Get("function").Is(jsontree.Object) {
		return *call
	}
	return ToolCall(
		cmp.Or(call.Get("call_id").String(), call.Get("toolCallId").String(), call.Get("id").String()),
		cmp.Or(call.Get("name").String(), call.Get("toolName").String()),
		TextOf(FirstOfNames(call, "arguments", "args", "input")),
	)
}

// Hollow reports whether one of the messages is empty.
func Hollow(messages []jsontree.Node) bool {
	return slices.ContainsFunc(messages, func(m jsontree.Node) bool {
		content := m.Get("content")
		return (content == nil || IsBlank(content)) && m.Get("tool_calls") == nil && m.Get("function_call") == nil && m.Get("parts") == nil
	})
}

func reasoningPart(text string) jsontree.Node {
	return jsontree.Obj(
		jsontree.Member{Name: "type", Value: jsontree.Str("reasoning")},
		jsontree.Member{Name: "text", Value: jsontree.Str(text)},
	)
}

func textPart(text string) jsontree.Node {
	return jsontree.Obj(
		jsontree.Member{Name: "type", Value: jsontree.Str("text")},
		jsontree.Member{Name: "text", Value: jsontree.Str(text)},
	)
}

// toolResult returns a message with what a tool returned.
func toolResult(id, content string) jsontree.Node {
	m := Message("tool", content)
	if id != "" {
		m.Set("tool_call_id", jsontree.Str(id))
	}
	return m
}

// First returns the first message with a role. A plain text counts as a
// message.
func First(messages *jsontree.Node, role string) *jsontree.Node {
	if messages.Is(jsontree.String) {
		return messages
	}
	for i := range messages.Items {
		if m := &messages.Items[i]; m.Get("role").String() == role {
			return m
		}
	}
	return nil
}

// Last is [First] from the end.
func Last(messages *jsontree.Node, role string) *jsontree.Node {
	if messages.Is(jsontree.String) {
		return messages
	}
	for i := len(messages.Items) - 1; i >= 0; i-- {
		if m := &messages.Items[i]; m.Get("role").String() == role {
			return m
		}
	}
	return nil
}

// Role returns the usual name of a role.
func Role(role string) string {
	switch role {
	case "model", "ai", "AI", "CHATBOT":
		return "assistant"
	case "human", "USER":
		return "user"
	case "SYSTEM":
		return "system"
	case "TOOL":
		return "tool"
	}
	return role
}

// IsBlank reports whether a document holds nothing.
func IsBlank(n *jsontree.Node) bool {
	switch n.Kind {
	case jsontree.Null:
		return true
	case jsontree.String:
		return n.Text == ""
	case jsontree.Array:
		return len(n.Items) == 0
	case jsontree.Object:
		return len(n.Members) == 0
	}
	return false
}

// maxReason is the longest stop reason, in characters.
const maxReason = 128

// IsStopReason reports whether a text can be why an answer ended.
func IsStopReason(s string) bool { return s != "" && !Longer(s, maxReason) }

// Longer reports whether a text has more than the given number of characters.
func Longer(text string, characters int) bool {
	return len(text) > characters && utf8.RuneCountInString(text) > characters
}
