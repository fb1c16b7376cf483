package redact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// carrier is a shape in which providers and frameworks write binary data. The
// table lists all known shapes. Data URIs, which most providers also accept,
// need no entry, and a URL in a carrier is kept.
type carrier struct {
	where func(o object) bool
	data  []string // the members that can hold the data; a dot leads into a member
	// declared says that the shape alone proves that the data is binary.
	// Otherwise a string must look like base64, because the names are also used
	// for other values.
	declared bool
}

var carriers = []carrier{
	// Semantic conventions and pydantic-ai: {type: blob, mime_type, content}.
	{typeIs("blob", "binary"), []string{"content", "data"}, true},
	// Anthropic: {type: image, source: {type: base64, media_type, data}}.
	{typeIs("base64"), []string{"data"}, true},
	// LangChain: {type: image, source_type: base64, data, mime_type}.
	{func(o object) bool { return o.Get("source_type").String() == "base64" }, []string{"data"}, true},
	// Gemini: {inline_data: {mime_type, data}}.
	{under("inline_data", "inlineData"), []string{"data"}, true},
	// OpenAI: {type: input_audio, input_audio: {data, format}}.
	{under("input_audio"), []string{"data"}, true},
	// OpenAI files, {file: {file_data}} and {type: input_file, file_data}, and made images.
	{anywhere, []string{"file_data", "b64_json"}, true},
	// Bedrock: {image: {format, source: {bytes}}}.
	{anywhere, []string{"source.bytes"}, true},
	// Vercel, LangChain, MCP, pydantic-ai: all name a mime type.
	{func(o object) bool { return o.mime() != "" }, []string{"data", "image", "base64", "base64Data", "blob", "bytes", "binary_content", "uint8Array"}, false},
	// Vercel and MCP without one.
	{typeIs("image", "audio", "video", "file", "media"), []string{"data", "image", "base64"}, false},
	// OpenAI's spoken answers: {audio: {id, data, transcript}}.
	{under("audio"), []string{"data"}, false},
}

// object is an Object node and the name of its member.
type object struct {
	*jsontree.Node
	name string
}

func anywhere(object) bool { return true }

func typeIs(types ...string) func(object) bool {
	return func(o object) bool { return slices.Contains(types, o.Get("type").String()) }
}

func under(names ...string) func(object) bool {
	return func(o object) bool { return slices.Contains(names, o.name) }
}

// mime returns the mime type in the object, or "".
func (o object) mime() string {
	for _, name := range [...]string{"mime_type", "mimeType", "media_type", "mediaType", "contentType"} {
		if m := mimeType(o.Get(name).String()); m != "" {
			return m
		}
	}
	kind := strings.TrimPrefix(o.name, "input_")
	if kind == "image" || kind == "audio" || kind == "video" {
		return mimeType(kind + "/" + o.Get("format").String())
	}
	return ""
}

// redact replaces the data of every carrier that o matches.
func (o object) redact() (changed bool) {
	for i := range carriers {
		c := &carriers[i]
		if !c.where(o) {
			continue
		}
		for _, path := range c.data {
			n := o.Node
			for name := range strings.SplitSeq(path, ".") {
				n = n.Get(name)
			}
			if n != nil && replaceData(n, o.mime(), c.declared) {
				changed = true
			}
		}
	}
	return changed
}

// replaceData replaces a node in a carrier by a note if it is data.
func replaceData(n *jsontree.Node, mime string, declared bool) bool {
	switch {
	case n.Kind != jsontree.String:
		if !isBytes(n, 1) {
			return false
		}
	case n.Text == "", isNote(n.Text), isURL(n.Text):
		return false
	default:
		if uri, ok := strings.CutPrefix(n.Text, "data:"); ok {
			head, _, ok := strings.Cut(uri, base64Mark)
			if !ok {
				return false // percent-encoded text
			}
			if kind, _, _ := strings.Cut(head, ";"); mimeType(kind) != "" {
				mime = kind
			}
		} else if !declared && !plausible(n.Text, mime) {
			return false
		}
	}
	*n = jsontree.Str(note(mime))
	return true
}

// isURL reports whether s starts with a scheme and "://".
func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s[:min(len(s), 32)], "://")
	return ok && isToken(scheme)
}

// plausible reports whether s can be base64 of this mime type: it has only
// base64 characters and, if it is short, is not a word.
func plausible(s, mime string) bool {
	end, chars := readLine(s, 0, standard|urlSafe)
	for next, ok := skipBreak(s, end); ok; next, ok = skipBreak(s, end) {
		e, n := readLine(s, next, standard|urlSafe)
		end, chars = e, chars+n
	}
	rest, _ := skipPadding(s, end)
	if chars == 0 || rest < len(s) {
		return false
	}
	return chars >= minLine || rest > end || isBinary(mime) || chars%4 == 0 && !isWord(s[:end])
}

// isBinary reports whether content of this mime type is never written as text.
func isBinary(mime string) bool {
	kind, _, _ := strings.Cut(mime, "/")
	switch kind {
	case "image", "audio", "video":
		return true
	}
	return mime == "application/pdf" || mime == "application/octet-stream"
}

// isBytes reports whether n is how JavaScript and others write at least atLeast
// bytes: [137, 80], {"type": "Buffer", "data": [137, 80]}, {"0": 137, "1": 80}.
func isBytes(n *jsontree.Node, atLeast int) bool {
	switch n.Kind {
	case jsontree.Array:
		for i := range n.Items {
			if !isByte(&n.Items[i]) {
				return false
			}
		}
		return len(n.Items) >= atLeast
	case jsontree.Object:
		if isBuffer(n) {
			return true
		}
		for i := range n.Members {
			if m := &n.Members[i]; m.Name != strconv.Itoa(i) || !isByte(&m.Value) {
				return false
			}
		}
		return len(n.Members) >= atLeast
	}
	return false
}

func isBuffer(n *jsontree.Node) bool {
	data := n.Get("data")
	return data.Is(jsontree.Array) && n.Get("type").String() == "Buffer" && isBytes(data, 1)
}

func isByte(n *jsontree.Node) bool {
	if n.Kind != jsontree.Number {
		return false
	}
	_, err := strconv.ParseUint(n.Text, 10, 8)
	return err == nil
}
