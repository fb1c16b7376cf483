package jsontree

import (
	"strings"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// Facts are what a scan of a document tells about its inside, without decoding
// it. A fact can be true although nothing needs rewriting; it is never false
// when something does.
type Facts struct {
	Media        bool // perhaps a data URI or a provider's media object
	ToolResponse bool // perhaps a tool_call_response part
	FinishReason bool // perhaps a finish_reason member
	System       bool // perhaps a system message
}

// Scan reports whether text is a JSON object or array, of at most [MaxDepth]
// levels, that can be embedded in a document as it stands.
func Scan(text string) (Facts, bool) {
	if c := firstByte(text); c != '{' && c != '[' {
		return Facts{}, false
	}
	if !valid(text) {
		return Facts{}, false
	}
	var f Facts
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth++; depth > MaxDepth {
				return Facts{}, false
			}
		case '}', ']':
			depth--
		case '"':
			end := stringEnd(text, i+1)
			f.note(text[i+1 : end])
			i = end
		}
	}
	return f, true
}

// note looks at one string, be it a member name or a value.
func (f *Facts) note(s string) {
	if len(s) > len("tool_call_response") {
		f.Media = f.Media || strings.HasPrefix(s, "data:")
		return
	}
	switch s {
	case "blob", "base64", "inline_data", "inlineData", "input_audio", "file_data", "media_type", "mime_type", "mimeType":
		f.Media = true
	case "tool_call_response":
		f.ToolResponse = true
	case "finish_reason":
		f.FinishReason = true
	case "system":
		f.System = true
	}
}

// stringEnd returns the index of the quote that ends the string whose first
// byte is at start. The document is known to be valid.
func stringEnd(text string, start int) int {
	for i := start; ; {
		quote := i + strings.IndexByte(text[i:], '"')
		escapes := 0
		for quote-1-escapes >= start && text[quote-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return quote
		}
		i = quote + 1
	}
}

// valid reports whether text is valid JSON in valid UTF-8.
func valid(text string) bool {
	// IsValid only reads, and copying the text would double the work.
	raw := unsafe.Slice(unsafe.StringData(text), len(text))
	return jsontext.Value(raw).IsValid(jsontext.AllowDuplicateNames(true))
}
