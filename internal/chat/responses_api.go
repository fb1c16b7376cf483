package chat

import (
	"cmp"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// responsesItem reads an item of OpenAI's Responses API.
func responsesItem(n *jsontree.Node) (jsontree.Node, bool) {
	switch n.Get("type").String() {
	case "message":
		role := n.Get("role").String()
		if role == "" {
			return jsontree.Node{}, false
		}
		m := Message(role, "")
		if content := n.Get("content"); content != nil {
			m.Set("content", plainText(content))
		}
		return m, true
	case "function_call":
		m := Message("assistant", "")
		id := cmp.Or(n.Get("call_id").String(), n.Get("id").String())
		m.Set("tool_calls", jsontree.Arr(ToolCall(id, n.Get("name").String(), TextOf(n.Get("arguments")))))
		return m, true
	case "function_call_output":
		return toolResult(n.Get("call_id").String(), TextOf(n.Get("output"))), true
	case "reasoning":
		m := jsontree.Obj(jsontree.Member{Name: "role", Value: jsontree.Str("assistant")})
		m.Set("content", jsontree.Arr(reasoningPart(JoinTexts(n.Get("summary")))))
		return m, n.Get("summary") != nil
	}
	return jsontree.Node{}, false
}

// plainText returns the text of content with a single text part, else the
// content unchanged.
func plainText(content *jsontree.Node) jsontree.Node {
	if len(content.Items) == 1 {
		switch part := content.At(0); part.Get("type").String() {
		case "text", "input_text", "output_text":
			return jsontree.Str(part.Get("text").String())
		}
	}
	return *content
}
