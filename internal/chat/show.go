package chat

import (
	"cmp"
	"slices"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Show brings messages into shapes that PostHog's UI shows, and reports whether
// anything had to change. A message that the UI does not understand makes the
// whole list appear as raw JSON. Check is the other half: it finds what the UI
// would not show.
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

// setFirst sets a member right behind the role.
func setFirst(m *jsontree.Node, name string, value jsontree.Node) {
	at := slices.IndexFunc(m.Members, func(m jsontree.Member) bool { return m.Name == "role" })
	m.Members = slices.Insert(m.Members, at+1, jsontree.Member{Name: name, Value: value})
}

// joinFragments puts the pieces of a streamed tool call together: only the first
// has a name. A call that has no name at all gets one, since the UI drops it else.
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

// showCall gives a tool call the shape of chat completions.
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

// showParts shows the parts of the GenAI conventions. The UI knows three types of
// them; a message with others becomes blocks, as Anthropic's.
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
		return changed // what nobody knows stays as it is
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

// hasBlock reports whether the UI shows a part of the GenAI conventions only as a
// block.
func hasBlock(p *jsontree.Node) bool {
	switch p.Get("type").String() {
	case "reasoning", "thinking", "blob", "uri", "file", "image", "media":
		return true
	}
	return false
}

func partOfCall(call *jsontree.Node) jsontree.Node {
	function := call.Get("function")
	part := jsontree.Obj(jsontree.Member{Name: "type", Value: jsontree.Str("tool_call")})
	if id := call.Get("id"); id.Is(jsontree.String) {
		part.Set("id", *id)
	}
	part.Set("name", jsontree.Str(function.Get("name").String()))
	part.Set("arguments", value(function.Get("arguments")))
	return part
}

// value returns what a JSON text holds, and anything else as it is.
func value(n *jsontree.Node) jsontree.Node {
	if n == nil {
		return jsontree.Node{}
	}
	if inner, ok := jsontree.ParseContainer(n.String()); ok {
		return inner
	}
	return *n
}

// withResult gives a tool result the field that PostHog's UI reads: result, where
// the convention writes response.
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

// block writes a part as a content block of Anthropic, of which the UI shows more
// types than of any other.
func block(p *jsontree.Node) jsontree.Node {
	switch kind := p.Get("type").String(); kind {
	case "text":
		return textPart(cmp.Or(p.Get("content").String(), p.Get("text").String()))
	case "reasoning", "thinking":
		text := cmp.Or(p.Get("content").String(), p.Get("text").String(), p.Get("thinking").String(), JoinTexts(p.Get("summary")))
		return typed("thinking", "thinking", jsontree.Str(text))
	case "tool_call":
		b := typed("tool_use", "name", jsontree.Str(p.Get("name").String()))
		if id := p.Get("id"); id.Is(jsontree.String) {
			b.Set("id", *id)
		}
		b.Set("input", value(p.Get("arguments")))
		return b
	case "tool_call_response":
		b := typed("tool_result", "tool_use_id", jsontree.Str(p.Get("id").String()))
		b.Set("content", jsontree.Str(TextOf(FirstOfNames(p, "response", "result"))))
		return b
	case "blob", "uri", "file", "image", "media":
		return imageBlock(p)
	default:
		return textPart(p.JSON())
	}
}

func blockOfCall(call *jsontree.Node) jsontree.Node {
	part := partOfCall(call)
	return block(&part)
}

// imageBlock writes an image, or another file, with where it is or what it was.
func imageBlock(p *jsontree.Node) jsontree.Node {
	mime := cmp.Or(p.Get("mime_type").String(), p.Get("mediaType").String(), p.Get("mimeType").String(), p.Get("media_type").String(),
		p.Path("media.contentType").String())
	url := cmp.Or(p.Get("uri").String(), p.Get("url").String(), p.Path("media.url").String(), p.Path("image_url.url").String())
	var data string
	for _, name := range []string{"content", "data", "image", "file"} {
		data = cmp.Or(data, p.Get(name).String())
	}
	kind := "document"
	if strings.HasPrefix(mime, "image/") || mime == "" && (p.Get("modality").String() == "image" || p.Get("type").String() == "image") {
		kind = "image"
	}
	source := typed("base64", "media_type", jsontree.Str(mime))
	switch {
	case url != "" || strings.HasPrefix(data, "http"):
		source = typed("url", "url", jsontree.Str(cmp.Or(url, data)))
	default:
		source.Set("data", jsontree.Str(cmp.Or(data, p.Get("file_id").String())))
	}
	return typed(kind, "source", source)
}

func typed(kind, name string, value jsontree.Node) jsontree.Node {
	return jsontree.Obj(jsontree.Member{Name: "type", Value: jsontree.Str(kind)}, jsontree.Member{Name: name, Value: value})
}

// ShowTools brings the tools of a request into a shape that the UI shows.
func ShowTools(tools *jsontree.Node) (changed bool) {
	for i := range tools.Items {
		changed = showTool(&tools.Items[i]) || changed
	}
	return changed
}

func showTool(tool *jsontree.Node) (changed bool) {
	if tool.Is(jsontree.String) { // a name is all that is recorded
		*tool = jsontree.Obj(jsontree.Member{Name: "name", Value: *tool})
	}
	if spec := tool.Get("toolSpec"); spec.Is(jsontree.Object) { // of Bedrock
		*tool = *spec
	}
	function := tool.Get("function")
	if !function.Is(jsontree.Object) {
		if tool.Get("name") == nil || tool.Get("input_schema") != nil && tool.Get("input_schema").Is(jsontree.Object) {
			return false
		}
		inner := jsontree.Obj()
		for _, name := range []string{"name", "description"} {
			if v := tool.Get(name); v != nil {
				inner.Set(name, *v)
			}
		}
		if v := FirstOfNames(tool, "parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema", "json_schema", "arguments"); v != nil {
			inner.Set("parameters", value(unwrapSchema(v)))
		}
		*tool = typed("function", "function", inner)
		return true
	}
	if tool.Get("type").String() != "function" {
		*tool = typed("function", "function", *function)
		function, changed = tool.Get("function"), true
	}
	if v := function.Get("parameters"); v.Is(jsontree.String) {
		function.Set("parameters", value(v))
		changed = true
	}
	return changed
}

// unwrapSchema returns the schema in a wrapper.
func unwrapSchema(n *jsontree.Node) *jsontree.Node {
	for _, name := range []string{"jsonSchema", "json"} { // of the AI SDK and of Bedrock
		if inner := n.Get(name); inner.Is(jsontree.Object) {
			return inner
		}
	}
	return n
}
