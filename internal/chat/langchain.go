package chat

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// langChainRoles are the roles of LangChain's message classes and types.
var langChainRoles = map[string]string{
	"HumanMessage": "user", "AIMessage": "assistant", "SystemMessage": "system", "ToolMessage": "tool", "FunctionMessage": "function",
	"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "function",
}

// langChainRole recognises a serialised LangChain message, {"lc": 1, "id":
// [..., "HumanMessage"], "kwargs": {...}} or {"type": "human", ...}, and
// returns its role.
func langChainRole(n *jsontree.Node) (string, bool) {
	if id := n.Get("id"); n.Get("lc") != nil && id.Is(jsontree.Array) && n.Get("kwargs").Is(jsontree.Object) {
		class := strings.TrimSuffix(id.At(len(id.Items)-1).String(), "Chunk")
		if class == "ChatMessage" {
			return Role(n.Get("kwargs").Get("role").String()), true
		}
		role, ok := langChainRoles[class]
		return role, ok
	}
	if n.Get("role") != nil || n.Get("content") == nil && n.Get("data").Get("content") == nil {
		return "", false
	}
	role, ok := langChainRoles[strings.TrimSuffix(n.Get("type").String(), "MessageChunk")]
	return role, ok
}

// langChainMessage reads a serialised message of LangChain.
func langChainMessage(n *jsontree.Node) (jsontree.Node, bool) {
	role, ok := langChainRole(n)
	if !ok {
		return jsontree.Node{}, false
	}
	for _, name := range []string{"kwargs", "data"} {
		if inner := n.Get(name); inner.Is(jsontree.Object) {
			n = inner
		}
	}
	m := Message(role, "")
	if content := n.Get("content"); content != nil {
		m.Set("content", plainText(content))
	}
	if id := n.Get("tool_call_id"); id.Is(jsontree.String) {
		m.Set("tool_call_id", *id)
	}
	calls := jsontree.Arr()
	for _, call := range Flattened(n.Get("tool_calls")) {
		calls.Items = append(calls.Items, ToolCall(call.Get("id").String(), call.Get("name").String(), TextOf(call.Get("args"))))
	}
	if own := n.Get("additional_kwargs").Get("tool_calls"); len(calls.Items) == 0 && own.Is(jsontree.Array) {
		calls = *own
	}
	if len(calls.Items) > 0 {
		m.Set("tool_calls", calls)
	}
	if why := StopReason(n.Get("response_metadata")); IsStopReason(why) {
		m.Set("finish_reason", jsontree.Str(why))
	}
	return m, true
}

// Readable replaces serialised LangChain messages by plain ones. If a tool's
// result is such a message, its content replaces it.
func Readable(n *jsontree.Node) *jsontree.Node {
	if m, ok := langChainMessage(n); ok && n.Get("lc") != nil {
		if m.Get("role").String() == "tool" {
			return m.Get("content")
		}
		return &m
	}
	n.Walk(func(inner *jsontree.Node) bool {
		if inner.Get("lc") != nil {
			if m, ok := langChainMessage(inner); ok {
				*inner = m
				return false
			}
		}
		return true
	})
	return n
}
