package chat

import (
	"cmp"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

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

// value returns the value of a JSON text, and any other node unchanged.
func value(n *jsontree.Node) jsontree.Node {
	if n == nil {
		return jsontree.Node{}
	}
	if inner, ok := jsontree.ParseContainer(n.String()); ok {
		return inner
	}
	return *n
}

// block converts a part to a content block of Anthropic, because the UI shows
// more types of these than of any other provider's.
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
	case "server_tool_call":
		b := typed("tool_use", "name", jsontree.Str(p.Get("name").String()))
		if id := p.Get("id"); id.Is(jsontree.String) {
			b.Set("id", *id)
		}
		b.Set("input", value(p.Get(kind)))
		return b
	case "server_tool_call_response":
		b := typed("tool_result", "tool_use_id", jsontree.Str(p.Get("id").String()))
		b.Set("content", jsontree.Str(TextOf(p.Get(kind))))
		return b
	case "tool_call_response":
		b := typed("tool_result", "tool_use_id", jsontree.Str(p.Get("id").String()))
		b.Set("content", jsontree.Str(TextOf(FirstOfNames(p, "response", "result"))))
		return b
	case "blob", "uri", "file", "image", "media":
		return imageBlock(p)
	default:
		return textPart(cmp.Or(partText(p), p.JSON()))
	}
}

func blockOfCall(call *jsontree.Node) jsontree.Node {
	part := partOfCall(call)
	return block(&part)
}

// imageBlock converts an image or another file, with its address or its type.
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
