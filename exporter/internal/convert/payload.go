package convert

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Some libraries record the whole request and the whole response of a call as
// JSON. The functions of this file find the messages in them, for every
// provider's shape: OpenAI's Chat Completions and Responses, Anthropic, Gemini,
// Bedrock Converse and Titan, LangChain, the GenAI conventions. What PostHog's
// UI can show as it stands stays as it stands.

// requestMessages returns the messages of a request, a list of messages or one
// text, with the system prompt in front; nil where there are none.
func requestMessages(n *jsontree.Node) []jsontree.Node {
	if n.Is(jsontree.Object) && !isMessage(n) {
		for _, name := range []string{"messages", "input", "contents", "prompt", "inputText", "text"} {
			if list := requestMessages(n.Get(name)); len(list) > 0 {
				return withSystem(list, systemPrompt(n))
			}
		}
		return nil
	}
	return messagesOf(n, "user")
}

// systemNames are where requests have a system prompt outside the messages.
var systemNames = []string{"system", "instructions", "systemInstruction", "system_instruction"}

// systemPrompt returns the system prompt that a request has beside its
// messages.
func systemPrompt(request *jsontree.Node) string {
	for _, name := range systemNames {
		if s := promptText(request.Get(name)); s != "" {
			return s
		}
	}
	if config := request.Get("config"); config.Is(jsontree.Object) {
		return systemPrompt(config)
	}
	return ""
}

// promptText returns the texts of a prompt: a text, a list of parts, or an
// object around such a list.
func promptText(n *jsontree.Node) string {
	switch {
	case n == nil || n.Kind == jsontree.Null:
		return ""
	case n.Is(jsontree.String):
		return n.Text
	case n.Get("parts") != nil:
		n = n.Get("parts")
	}
	return joinTexts(n)
}

func withSystem(messages []jsontree.Node, prompt string) []jsontree.Node {
	if prompt == "" || messages[0].Get("role").String() == "system" {
		return messages
	}
	return slices.Insert(slices.Clone(messages), 0, chatMessage("system", prompt))
}

// replies says where a response has its completions and why they ended: a list
// below a name, in each item of which the message lies below another.
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

// responseMessages returns the messages of a response and why the first of them
// ended.
func responseMessages(n *jsontree.Node) (messages []jsontree.Node, reason string) {
	if !n.Is(jsontree.Object) || isMessage(n) {
		return messagesOf(n, "assistant"), endOf(n)
	}
	for _, r := range replies {
		for _, item := range flattened(n.Get(r.list)) {
			reply := &item
			if r.message != "" {
				reply = item.Get(r.message)
			}
			messages = append(messages, messagesOf(reply, "assistant")...)
			if reason == "" {
				reason = item.Get(r.reason).String()
			}
		}
		if len(messages) > 0 {
			return messages, cmp.Or(reason, endOf(n), endOf(&messages[0]))
		}
	}
	for _, name := range []string{"output", "message", "content", "text", "response", "completion"} {
		inner := n.Get(name)
		if list, why := responseMessages(inner.Get("message")); len(list) > 0 {
			return list, cmp.Or(why, endOf(n))
		}
		if list := messagesOf(inner, "assistant"); len(list) > 0 {
			return list, endOf(n)
		}
	}
	return nil, ""
}

// endOf returns why a response or a message ended, if it says so itself.
func endOf(n *jsontree.Node) string {
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

// flattened returns the items of a list, and of lists in the list.
func flattened(n *jsontree.Node) []jsontree.Node {
	if !n.Is(jsontree.Array) {
		return nil
	}
	if !slices.ContainsFunc(n.Items, func(item jsontree.Node) bool { return item.Is(jsontree.Array) }) {
		return n.Items
	}
	var items []jsontree.Node
	for i := range n.Items {
		if n.Items[i].Is(jsontree.Array) {
			items = append(items, n.Items[i].Items...)
		} else {
			items = append(items, n.Items[i])
		}
	}
	return items
}

// messagesOf returns what a text, a message, or a list of either says. What
// names no role has the given one.
func messagesOf(n *jsontree.Node, role string) []jsontree.Node {
	switch {
	case n == nil:
		return nil
	case n.Is(jsontree.String):
		if n.Text == "" {
			return nil
		}
		return []jsontree.Node{chatMessage(role, n.Text)}
	case n.Is(jsontree.Object):
		return oneMessage(n, role)
	case n.Is(jsontree.Array) && areParts(n):
		return []jsontree.Node{jsontree.Obj(
			jsontree.Member{Name: "role", Value: jsontree.Str(role)},
			jsontree.Member{Name: "content", Value: *n},
		)}
	}
	var messages []jsontree.Node
	for _, item := range flattened(n) {
		messages = append(messages, messagesOf(&item, role)...)
	}
	return messages
}

// oneMessage reads an object as a message, or as several where a provider puts
// tool results into one; an object that is no message gives none.
func oneMessage(n *jsontree.Node, role string) []jsontree.Node {
	if m, ok := langChainMessage(n); ok {
		return []jsontree.Node{m}
	}
	if m, ok := responsesItem(n); ok {
		return []jsontree.Node{m}
	}
	if !isMessage(n) {
		return nil
	}
	if own := n.Get("role").String(); own != "" {
		role = roleOf(own)
	}
	if parts := firstList(n, "parts", "content"); isUntyped(parts) {
		return typedMessages(parts, role)
	}
	m := jsontree.Obj(slices.Clone(n.Members)...)
	if m.Get("role") == nil {
		m.Members = slices.Insert(m.Members, 0, jsontree.Member{Name: "role"})
	}
	m.Set("role", jsontree.Str(role))
	if call := m.Get("function_call"); call != nil && len(call.Members) == 0 {
		m.Delete("function_call")
	}
	return []jsontree.Node{m}
}

// isMessage tells messages from other objects.
func isMessage(n *jsontree.Node) bool {
	if n.Get("role").Is(jsontree.String) || n.Get("tool_calls").Is(jsontree.Array) {
		return true
	}
	_, isLangChain := langChainRole(n)
	return isLangChain || isUntyped(n.Get("parts"))
}

// areParts reports whether a list holds the parts of one message: objects that
// name their type, and no role.
func areParts(n *jsontree.Node) bool {
	return len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(part jsontree.Node) bool {
		switch part.Get("type").String() {
		case "text", "output_text", "thinking", "redacted_thinking", "tool_use", "image", "image_url", "refusal":
			return part.Get("role") != nil
		}
		return true
	})
}

func firstList(n *jsontree.Node, names ...string) *jsontree.Node {
	for _, name := range names {
		if list := n.Get(name); list.Is(jsontree.Array) {
			return list
		}
	}
	return nil
}

// roleOf returns the usual name of a role.
func roleOf(role string) string {
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

// partsOfText makes a list again of message content that was written as text:
// an array in which every item names its type. Other text stays.
func partsOfText(content *jsontree.Node) {
	if !content.Is(jsontree.String) {
		return
	}
	list, ok := treeOf(attribute.StringValue(content.Text))
	if ok && list.Is(jsontree.Array) && len(list.Items) > 0 &&
		!slices.ContainsFunc(list.Items, func(part jsontree.Node) bool { return !part.Get("type").Is(jsontree.String) }) {
		*content = list
	}
}
