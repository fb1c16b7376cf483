package chat

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Messages returns the messages in a text, a message, or a list of either. A
// message without a role gets the given one.
func Messages(n *jsontree.Node, role string) []jsontree.Node {
	switch {
	case n == nil:
		return nil
	case n.Is(jsontree.String):
		if n.Text == "" {
			return nil
		}
		return []jsontree.Node{Message(role, n.Text)}
	case n.Is(jsontree.Object):
		return oneMessage(n, role)
	case n.Is(jsontree.Array) && areParts(n):
		return []jsontree.Node{jsontree.Obj(
			jsontree.Member{Name: "role", Value: jsontree.Str(role)},
			jsontree.Member{Name: "content", Value: *n},
		)}
	}
	var messages []jsontree.Node
	for _, item := range Flattened(n) {
		messages = append(messages, Messages(&item, role)...)
	}
	return messages
}

// oneMessage reads an object as a message, or as several if the provider puts
// tool results into one message. It returns nothing for an object that is not a
// message.
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
		role = Role(own)
	}
	if parts := FirstList(n, "parts", "content"); isUntyped(parts) {
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

// isMessage reports whether an object is a message.
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

// Flattened returns the items of a list, and of lists in the list.
func Flattened(n *jsontree.Node) []jsontree.Node {
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

// FirstList returns the first member of these names that is a list, or nil.
func FirstList(n *jsontree.Node, names ...string) *jsontree.Node {
	for _, name := range names {
		if list := n.Get(name); list.Is(jsontree.Array) {
			return list
		}
	}
	return nil
}

// PartsOfText converts message content that is the JSON text of a list of parts
// back to a list. Every item must name its type. Other text is kept.
func PartsOfText(content *jsontree.Node) {
	if !content.Is(jsontree.String) {
		return
	}
	list, ok := jsontree.ParseContainer(content.Text)
	if ok && list.Is(jsontree.Array) && len(list.Items) > 0 &&
		!slices.ContainsFunc(list.Items, func(part jsontree.Node) bool { return !part.Get("type").Is(jsontree.String) }) {
		*content = list
	}
}

// FirstOfNames returns the first member of these names, or nil.
func FirstOfNames(n *jsontree.Node, names ...string) *jsontree.Node {
	for _, name := range names {
		if v := n.Get(name); v != nil {
			return v
		}
	}
	return nil
}
