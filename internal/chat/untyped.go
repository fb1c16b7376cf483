package chat

import (
	"cmp"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// untyped are the members that identify the parts of Gemini, Bedrock and
// Genkit, which have no type member.
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
		call := FirstOfNames(part, "functionCall", "function_call", "toolUse", "toolRequest")
		result := FirstOfNames(part, "functionResponse", "function_response", "toolResult", "toolResponse")
		switch {
		case call != nil:
			id := cmp.Or(call.Get("toolUseId").String(), call.Get("id").String(), call.Get("ref").String())
			calls = append(calls, ToolCall(id, call.Get("name").String(), TextOf(FirstOfNames(call, "args", "input"))))
		case result != nil:
			id := cmp.Or(result.Get("toolUseId").String(), result.Get("id").String(), result.Get("ref").String())
			m := toolResult(id, resultText(FirstOfNames(result, "response", "content", "output")))
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
		case fileIn(part) != nil:
			content = append(content, imageBlock(fileIn(part)))
		default:
			part.Walk(noBuffers)
			content = append(content, *part)
		}
	}
	if len(content) == 0 && len(calls) == 0 {
		return results
	}
	m := Message(role, "")
	if list := jsontree.Arr(content...); len(content) > 0 {
		m.Set("content", plainText(&list))
	}
	if len(calls) > 0 {
		m.Set("tool_calls", jsontree.Arr(calls...))
	}
	return append([]jsontree.Node{m}, results...)
}

// fileIn returns the file in a part of Gemini or Bedrock, with what it holds under
// the names of the GenAI conventions, or nil.
func fileIn(part *jsontree.Node) *jsontree.Node {
	file := FirstOfNames(part, "inlineData", "inline_data", "fileData", "file_data", "image", "document")
	format, source := file.Get("format").String(), file.Get("source")
	mime := cmp.Or(file.Get("mimeType").String(), file.Get("mime_type").String())
	data := cmp.Or(file.Get("data").String(), source.Get("bytes").String())
	uri := cmp.Or(file.Get("fileUri").String(), file.Get("file_uri").String(), source.Path("s3Location.uri").String())
	if part.Get("image") != nil && format != "" {
		mime = "image/" + format
	} else if format != "" {
		mime = "application/" + format
	}
	if data == "" && uri == "" {
		return nil
	}
	f := jsontree.Obj(jsontree.Member{Name: "mime_type", Value: jsontree.Str(mime)})
	f.Set("data", jsontree.Str(data))
	f.Set("uri", jsontree.Str(uri))
	return &f
}

// mediaPart converts Genkit's media: an image to the shape of chat completions,
// other media to a part with their type.
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

// noBuffers replaces the bytes of a file that Node.js serialised as numbers:
// {"type": "Buffer", "data": [...]}.
func noBuffers(n *jsontree.Node) bool {
	if n.Get("type").String() == "Buffer" && n.Get("data").Is(jsontree.Array) {
		*n = jsontree.Str("[base64 redacted]")
		return false
	}
	return true
}

// resultText returns the content of a tool result: the text if it is one text
// or a list of one text, else its JSON.
func resultText(n *jsontree.Node) string {
	if n.Is(jsontree.Array) && len(n.Items) == 1 {
		for _, name := range []string{"text", "json"} {
			if inner := n.At(0).Get(name); inner != nil {
				return TextOf(inner)
			}
		}
	}
	return TextOf(n)
}
