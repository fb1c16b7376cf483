package chat

import (
	"cmp"
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Show converts messages to shapes that PostHog's UI shows, and reports whether
// it changed anything. If the UI does not understand one message, it shows the
// whole list as raw JSON. Check is the counterpart: it finds messages that the
// UI would not show.
func Show(messages *jsontree.Node) (changed bool) {
	if messages.Is(jsontree.Object) {
		return showMessage(messages)
	}
	if slices.ContainsFunc(messages.Items, func(m jsontree.Node) bool { return isUntyped(untypedParts(&m)) }) {
		var list []jsontree.Node // of Gemini or Bedrock: one may become several
		for i := range messages.Items {
			if m := &messages.Items[i]; isUntyped(untypedParts(m)) {
				list = append(list, typedMessages(untypedParts(m), Role(m.Get("role").String()))...)
			} else {
				list = append(list, *m)
			}
		}
		messages.Items, changed = list, true
	}
	for i := range messages.Items {
		changed = showMessage(&messages.Items[i]) || changed
	}
	return changed
}

func untypedParts(m *jsontree.Node) *jsontree.Node {
	if !m.Get("role").Is(jsontree.String) {
		return nil
	}
	return FirstList(m, "parts", "content")
}

func showMessage(m *jsontree.Node) (changed bool) {
	if !m.Get("role").Is(jsontree.String) {
		return false
	}
	changed = callOfFunction(m)
	calls := m.Get("tool_calls")
	if calls.Is(jsontree.Array) {
		for i := range calls.Items {
			changed = showCall(&calls.Items[i]) || changed
		}
		changed = joinFragments(calls) || changed
	}
	if parts := m.Get("parts"); parts.Is(jsontree.Array) {
		return showParts(m, parts) || changed
	}
	if content := m.Get("content"); content.Is(jsontree.Array) {
		changed = showContent(m, content) || changed
	} else if content.Is(jsontree.Object) {
		m.Set("content", jsontree.Str(content.JSON()))
		changed = true
	}
	if m.Get("content") == nil && m.Get("type") == nil {
		setFirst(m, "content", jsontree.Node{})
		changed = true
	}
	return changed
}

// callOfFunction makes a tool call of the one that OpenAI's chat completions had
// before there were several.
func callOfFunction(m *jsontree.Node) bool {
	call := m.Get("function_call")
	if call.Get("name").String() == "" || m.Get("tool_calls").At(0) != nil {
		return false
	}
	calls := jsontree.Arr(ToolCall("", call.Get("name").String(), TextOf(call.Get("arguments"))))
	m.Delete("function_call")
	m.Set("tool_calls", calls)
	return true
}

// setFirst sets a member directly after the role.
func setFirst(m *jsontree.Node, name string, value jsontree.Node) {
	at := slices.IndexFunc(m.Members, func(m jsontree.Member) bool { return m.Name == "role" })
	m.Members = slices.Insert(m.Members, at+1, jsontree.Member{Name: name, Value: value})
}

// joinFragments joins the pieces of a streamed tool call, of which only the
// first has a name. A call without any name gets one, because the UI would drop
// it.
func joinFragments(calls *jsontree.Node) (changed bool) {
	whole := calls.Items[:0]
	for _, call := range calls.Items {
		function := call.Get("function")
		if function.Get("name").String() != "" || !function.Is(jsontree.Object) {
			whole = append(whole, call)
			continue
		}
		changed = true
		if id := call.Get("id").String(); len(whole) > 0 && (id == "" || id == whole[len(whole)-1].Get("id").String()) {
			if arguments := whole[len(whole)-1].Path("function.arguments"); arguments.Is(jsontree.String) {
				arguments.Text += function.Get("arguments").String()
			}
			continue
		}
		function.Set("name", jsontree.Str("(unnamed)"))
		whole = append(whole, call)
	}
	calls.Items = whole
	return changed
}

// showCall converts a tool call to the shape of chat completions.
func showCall(call *jsontree.Node) bool {
	function := call.Get("function")
	if function.Is(jsontree.Object) {
		if call.Get("type").String() == "function" && !function.Get("arguments").Is(jsontree.Object) {
			return false
		}
		*call = ToolCall(call.Get("id").String(), function.Get("name").String(), TextOf(function.Get("arguments")))
		return true
	}
	if !call.Is(jsontree.Object) {
		return false
	}
	*call = AsToolCall(call)
	return true
}

// showParts converts the parts of the GenAI conventions. The UI knows three
// types of them; a message with other types becomes Anthropic blocks.
func showParts(m, parts *jsontree.Node) (changed bool) {
	if calls := m.Get("tool_calls"); calls.Is(jsontree.Array) { // the UI reads either of the two
		for i := range calls.Items {
			parts.Items = append(parts.Items, partOfCall(&calls.Items[i]))
		}
		m.Delete("tool_calls")
		parts, changed = m.Get("parts"), true
	}
	for i := range parts.Items {
		changed = withResult(&parts.Items[i]) || changed
	}
	if !slices.ContainsFunc(parts.Items, func(p jsontree.Node) bool { return hasBlock(&p) }) {
		return changed
	}
	blocks := jsontree.Arr()
	for i := range parts.Items {
		blocks.Items = append(blocks.Items, block(&parts.Items[i]))
	}
	m.Delete("parts")
	m.Delete("content")
	setFirst(m, "content", blocks)
	return true
}

// hasBlock reports whether the UI shows a part of the GenAI conventions only as
// an Anthropic block.
func hasBlock(p *jsontree.Node) bool {
	switch p.Get("type").String() {
	case "", "text", "tool_call", "tool_call_response":
		return false
	}
	return true
}

// withResult sets the field of a tool result that PostHog's UI reads: result,
// in place of the convention's response.
func withResult(part *jsontree.Node) bool {
	response := part.Get("response")
	if response == nil || part.Get("result") != nil || part.Get("type").String() != "tool_call_response" {
		return false
	}
	part.Set("result", *response)
	return true
}

// showContent shows a list of content parts.
func showContent(m, content *jsontree.Node) (changed bool) {
	calls := m.Get("tool_calls")
	hasCalls := calls.Is(jsontree.Array) && len(calls.Items) > 0
	for i := range content.Items {
		changed = showItem(&content.Items[i]) || changed
	}
	switch {
	case !hasCalls:
		return changed
	case onlyTexts(content):
		*content = jsontree.Str(JoinTexts(content))
	default: // beside a list the UI drops the calls
		for i := range calls.Items {
			content.Items = append(content.Items, blockOfCall(&calls.Items[i]))
		}
		m.Delete("tool_calls")
	}
	return true
}

func onlyTexts(content *jsontree.Node) bool {
	return !slices.ContainsFunc(content.Items, func(p jsontree.Node) bool {
		return !p.Is(jsontree.String) && partText(&p) == "" && !(p.Get("type").String() == "text" && p.Get("text").Is(jsontree.String))
	})
}

// showItem shows one content part.
func showItem(p *jsontree.Node) bool {
	switch p.Get("type").String() {
	case "reasoning":
		*p = block(p)
	case "thinking":
		return renameMember(p, "text", "thinking")
	case "tool-call": // of the AI SDK; version 4 has other names for what the UI reads
		return renameMember(p, "args", "input")
	case "tool-result":
		return renameMember(p, "result", "output")
	case "input_text", "output_text":
		*p = textPart(p.Get("text").String())
	case "image":
		if p.Get("source") != nil {
			return false
		}
		*p = imageBlock(p)
	case "file", "media", "blob", "uri", "document":
		if p.Get("source") != nil || p.Get("file") != nil {
			return false
		}
		*p = block(p)
	case "":
		if !p.Is(jsontree.Object) {
			return false
		}
		*p = textPart(cmp.Or(p.Get("text").String(), p.JSON()))
	default:
		return false
	}
	return true
}

func renameMember(n *jsontree.Node, from, to string) bool {
	if n.Get(to) != nil || n.Get(from) == nil {
		return false
	}
	for i := range n.Members {
		if n.Members[i].Name == from {
			n.Members[i].Name = to
		}
	}
	return true
}
