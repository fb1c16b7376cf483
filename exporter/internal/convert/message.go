package convert

import (
	"cmp"
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// chatMessage returns a message with a role and a text.
func chatMessage(role, content string) jsontree.Node {
	return jsontree.Obj(
		jsontree.Member{Name: "role", Value: jsontree.Str(role)},
		jsontree.Member{Name: "content", Value: jsontree.Str(content)},
	)
}

// toolCall returns a tool call in the shape of chat completions, which
// PostHog's UI renders for every provider.
func toolCall(id, name, arguments string) jsontree.Node {
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

// chatToolCalls returns the tool calls of any provider in a list as a list in the
// shape of chat completions.
func chatToolCalls(list *jsontree.Node) jsontree.Node {
	calls := jsontree.Arr()
	for _, call := range flattened(list) {
		calls.Items = append(calls.Items, chatToolCall(&call))
	}
	return calls
}

// textOf returns a text as it is, and anything else as its JSON text.
func textOf(n *jsontree.Node) string {
	switch {
	case n == nil || n.Kind == jsontree.Null:
		return ""
	case n.Kind == jsontree.String:
		return n.Text
	}
	return n.JSON()
}

// chatToolCall returns a tool call of any provider in the shape of chat
// completions.
func chatToolCall(call *jsontree.Node) jsontree.Node {
	if call.Get("function").Is(jsontree.Object) {
		return *call
	}
	return toolCall(
		cmp.Or(call.Get("call_id").String(), call.Get("toolCallId").String(), call.Get("id").String()),
		cmp.Or(call.Get("name").String(), call.Get("toolName").String()),
		textOf(firstOfNames(call, "arguments", "args", "input")),
	)
}

// hollow reports whether one of the messages says nothing.
func hollow(messages []jsontree.Node) bool {
	return slices.ContainsFunc(messages, func(m jsontree.Node) bool {
		content := m.Get("content")
		return (content == nil || isBlank(content)) && m.Get("tool_calls") == nil && m.Get("function_call") == nil && m.Get("parts") == nil
	})
}
