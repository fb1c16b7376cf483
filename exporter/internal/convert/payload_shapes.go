package convert

import (
	"cmp"
	"strings"

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
		m := chatMessage(role, "")
		if content := n.Get("content"); content != nil {
			m.Set("content", plainText(content))
		}
		return m, true
	case "function_call":
		m := chatMessage("assistant", "")
		id := cmp.Or(n.Get("call_id").String(), n.Get("id").String())
		m.Set("tool_calls", jsontree.Arr(toolCall(id, n.Get("name").String(), textOf(n.Get("arguments")))))
		return m, true
	case "function_call_output":
		return toolResult(n.Get("call_id").String(), textOf(n.Get("output"))), true
	case "reasoning":
		m := jsontree.Obj(jsontree.Member{Name: "role", Value: jsontree.Str("assistant")})
		m.Set("content", jsontree.Arr(reasoningPart(joinTexts(n.Get("summary")))))
		return m, n.Get("summary") != nil
	}
	return jsontree.Node{}, false
}

// plainText returns the text of content that has one text part only, else the
// content as it is.
func plainText(content *jsontree.Node) jsontree.Node {
	if len(content.Items) == 1 {
		switch part := content.At(0); part.Get("type").String() {
		case "text", "input_text", "output_text":
			return jsontree.Str(part.Get("text").String())
		}
	}
	return *content
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

// mediaPart returns Genkit's media: an image as chat completions have it, and
// anything else under its type.
func mediaPart(media *jsontree.Node) jsontree.Node {
	url, mime := media.Get("url").Text, media.Get("contentType").String()
	if strings.HasPrefix(mime, "image/") || strings.HasPrefix(url, "data:image/") {
		return jsontree.Obj(
			jsontree.Member{Name: "type", Value: jsontree.Str("image_url")},
			jsontree.Member{Name: "image_url", Value: jsontree.Obj(jsontree.Member{Name: "url", Value: jsontree.Str(url)})},
		)
	}
	return jsontree.Obj(
		jsontree.Member{Name: "type", Value: jsontree.Str("media")},
		jsontree.Member{Name: "media", Value: *media},
	)
}

// toolResult returns a message with what a tool returned.
func toolResult(id, content string) jsontree.Node {
	m := chatMessage("tool", content)
	if id != "" {
		m.Set("tool_call_id", jsontree.Str(id))
	}
	return m
}

// untyped are the members by which the parts of Gemini, Bedrock and Genkit tell
// what they are, as they name no type.
var untyped = []string{
	"text", "functionCall", "functionResponse", "function_call", "function_response", "inlineData", "inline_data", "fileData",
	"toolUse", "toolResult", "reasoningContent", "image", "document",
	"toolRequest", "toolResponse", "media", "reasoning",
}

// isUntyped reports whether a list holds parts of Gemini, Bedrock or Genkit.
func isUntyped(parts *jsontree.Node) bool {
	first := parts.At(0)
	if !first.Is(jsontree.Object) || first.Get("type") != nil {
		return false
	}
	for _, name := range untyped {
		if first.Get(name) != nil {
			return true
		}
	}
	return false
}

// typedMessages returns a message of Gemini, Bedrock or Genkit in the shape of chat
// completions: tool calls beside the content, each tool result on its own.
func typedMessages(parts *jsontree.Node, role string) []jsontree.Node {
	var content, calls, results []jsontree.Node
	for i := range parts.Items {
		part := &parts.Items[i]
		call := firstOfNames(part, "functionCall", "function_call", "toolUse", "toolRequest")
		result := firstOfNames(part, "functionResponse", "function_response", "toolResult", "toolResponse")
		switch {
		case call != nil:
			id := cmp.Or(call.Get("toolUseId").String(), call.Get("id").String(), call.Get("ref").String())
			calls = append(calls, toolCall(id, call.Get("name").String(), textOf(firstOfNames(call, "args", "input"))))
		case result != nil:
			id := cmp.Or(result.Get("toolUseId").String(), result.Get("id").String(), result.Get("ref").String())
			m := toolResult(id, resultText(firstOfNames(result, "response", "content", "output")))
			if name := result.Get("name").String(); name != "" {
				m.Set("name", jsontree.Str(name))
			}
			results = append(results, m)
		case part.Get("reasoningContent") != nil:
			inner := part.Get("reasoningContent")
			content = append(content, reasoningPart(cmp.Or(inner.Get("reasoningText").Get("text").String(), inner.Get("text").String())))
		case part.Get("reasoning").Is(jsontree.String):
			content = append(content, reasoningPart(part.Get("reasoning").Text))
		case part.Get("media").Get("url").Is(jsontree.String):
			content = append(content, mediaPart(part.Get("media")))
		case part.Get("text").Is(jsontree.String) && part.Get("thought").Is(jsontree.Bool) && part.Get("thought").Text == "true":
			content = append(content, reasoningPart(part.Get("text").Text))
		case part.Get("text").Is(jsontree.String):
			content = append(content, textPart(part.Get("text").Text))
		default:
			part.Walk(noBuffers)
			content = append(content, *part)
		}
	}
	if len(content) == 0 && len(calls) == 0 {
		return results
	}
	m := chatMessage(role, "")
	if list := jsontree.Arr(content...); len(content) > 0 {
		m.Set("content", plainText(&list))
	}
	if len(calls) > 0 {
		m.Set("tool_calls", jsontree.Arr(calls...))
	}
	return append([]jsontree.Node{m}, results...)
}

// noBuffers replaces the bytes of a file that Node.js serialised as numbers,
// {"type": "Buffer", "data": [...]}.
func noBuffers(n *jsontree.Node) bool {
	if n.Get("type").String() == "Buffer" && n.Get("data").Is(jsontree.Array) {
		*n = jsontree.Str("[base64 redacted]")
		return false
	}
	return true
}

func firstOfNames(n *jsontree.Node, names ...string) *jsontree.Node {
	for _, name := range names {
		if v := n.Get(name); v != nil {
			return v
		}
	}
	return nil
}

// resultText returns the content of a tool result: the text where it is one
// text, or a list of one, else its JSON.
func resultText(n *jsontree.Node) string {
	if n.Is(jsontree.Array) && len(n.Items) == 1 {
		for _, name := range []string{"text", "json"} {
			if inner := n.At(0).Get(name); inner != nil {
				return textOf(inner)
			}
		}
	}
	return textOf(n)
}

// langChainRoles are the roles of LangChain's message classes and types.
var langChainRoles = map[string]string{
	"HumanMessage": "user", "AIMessage": "assistant", "SystemMessage": "system", "ToolMessage": "tool", "FunctionMessage": "function",
	"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "function",
}

// langChainRole tells a serialised message of LangChain, {"lc": 1, "id": [...,
// "HumanMessage"], "kwargs": {...}} or {"type": "human", ...}, and its role.
func langChainRole(n *jsontree.Node) (string, bool) {
	if id := n.Get("id"); n.Get("lc") != nil && id.Is(jsontree.Array) && n.Get("kwargs").Is(jsontree.Object) {
		class := strings.TrimSuffix(id.At(len(id.Items)-1).String(), "Chunk")
		if class == "ChatMessage" {
			return roleOf(n.Get("kwargs").Get("role").String()), true
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
	m := chatMessage(role, "")
	if content := n.Get("content"); content != nil {
		m.Set("content", plainText(content))
	}
	if id := n.Get("tool_call_id"); id.Is(jsontree.String) {
		m.Set("tool_call_id", *id)
	}
	calls := jsontree.Arr()
	for _, call := range flattened(n.Get("tool_calls")) {
		calls.Items = append(calls.Items, toolCall(call.Get("id").String(), call.Get("name").String(), textOf(call.Get("args"))))
	}
	if own := n.Get("additional_kwargs").Get("tool_calls"); len(calls.Items) == 0 && own.Is(jsontree.Array) {
		calls = *own
	}
	if len(calls.Items) > 0 {
		m.Set("tool_calls", calls)
	}
	if why := endOf(n.Get("response_metadata")); goodReason(why) {
		m.Set("finish_reason", jsontree.Str(why))
	}
	return m, true
}
