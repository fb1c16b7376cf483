package jsontree

import (
	"strconv"
	"strings"
	"unsafe"
)

// Facts is what a scan finds out about a document without decoding it. A fact
// can be true although nothing needs rewriting. It is never false if something
// does, unless names in the document are written with escapes.
type Facts struct {
	Media        bool // perhaps a data URI or a provider's media object
	ToolResponse bool // perhaps a tool_call_response part
	System       bool // perhaps a system message
	// Shape says that there may be a message that PostHog's UI does not show
	// unchanged.
	Shape bool
}

// Scan reports whether text is a JSON object or array, of at most [MaxDepth]
// levels and in valid UTF-8, that can be embedded in a document unchanged.
//
// Most of the data that this module sends is content, so one pass both
// validates it and collects the facts. No library does both, and jsontext,
// which only validates, is half as fast; the tests compare with it.
func Scan(text string) (Facts, bool) {
	if c := firstByte(text); c != '{' && c != '[' {
		return Facts{}, false
	}
	// The scanner only reads.
	s := scanner{b: unsafe.Slice(unsafe.StringData(text), len(text))}
	if !s.document() {
		return Facts{}, false
	}
	s.facts.Shape = s.facts.Shape || s.roles > s.contents+s.parts || s.parts > 0 && s.types > s.known ||
		s.types == 0 && (s.parts > 0 || s.known > 0) // parts without a type
	return s.facts, true
}

// scanner validates a document in one pass. Instead of a stack it has a bit for
// each open level: set for an object.
type scanner struct {
	b       []byte
	i       int
	depth   int
	objects [MaxDepth + 1]bool
	facts   Facts
	// Counts of members that occur in messages.
	roles, contents, parts, types int
	known                         int // types of parts that the UI shows

	exponent bool // the last number had one
}

// document scans values until the outermost one is closed; then only white
// space may remain.
func (s *scanner) document() bool {
	for {
		if !s.value() {
			return false
		}
		for {
			if s.depth == 0 {
				s.space()
				return s.i == len(s.b)
			}
			c := s.next()
			if c == ',' {
				if s.objects[s.depth] && !s.name() {
					return false
				}
				break
			}
			if c != s.closer() {
				return false
			}
			s.depth--
		}
	}
}

// value scans a whole scalar or empty container. Of other containers it scans
// the opening, up to the first value inside.
func (s *scanner) value() bool {
	for {
		switch c := s.next(); c {
		case '{', '[':
			if s.depth++; s.depth > MaxDepth {
				return false
			}
			s.objects[s.depth] = c == '{'
			if s.peek() == s.closer() {
				s.i++
				s.depth--
				return true
			}
			if c == '{' && !s.name() {
				return false
			}
		case '"':
			return s.str()
		case 't':
			return s.word("rue")
		case 'f':
			return s.word("alse")
		case 'n':
			return s.word("ull")
		default:
			s.i--
			return s.number()
		}
	}
}

func (s *scanner) closer() byte {
	if s.objects[s.depth] {
		return '}'
	}
	return ']'
}

// name scans the name of a member and the colon.
func (s *scanner) name() bool { return s.next() == '"' && s.str() && s.next() == ':' }

func (s *scanner) space() {
	for s.i < len(s.b) && s.b[s.i] <= ' ' && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// peek returns the next byte that is not white space, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// next is peek and moves past the byte.
func (s *scanner) next() byte {
	c := s.peek()
	s.i++
	return c
}

func (s *scanner) word(rest string) bool {
	if len(s.b)-s.i < len(rest) || string(s.b[s.i:s.i+len(rest)]) != rest {
		return false
	}
	s.i += len(rest)
	return true
}

// number scans a number according to RFC 8259, section 6. A number beyond the
// range of a float64 is invalid, because PostHog refuses the request.
func (s *scanner) number() bool {
	start := s.i
	if !s.literal() {
		return false
	}
	if s.i-start < 20 && !s.exponent { // the usual case cannot overflow
		return true
	}
	_, err := strconv.ParseFloat(string(s.b[start:s.i]), 64)
	return err == nil
}

func (s *scanner) literal() bool {
	s.exponent = false
	if s.at('-') {
		s.i++
	}
	if s.at('0') {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.at('.') {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.at('e') || s.at('E') {
		s.exponent = true
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

// note counts one string, a name or a value.
func (s *scanner) note(text []byte) {
	f := &s.facts
	if len(text) > len("tool_call_response") {
		f.Media = f.Media || strings.HasPrefix(string(text[:5]), "data:")
		return
	}
	switch string(text) {
	case "blob", "base64", "b64_json", "inline_data", "inlineData", "input_audio", "file_data", "source_type", "binary_content",
		"media_type", "mediaType", "mime_type", "mimeType", "contentType", "image", "bytes", "Buffer", "0": // "0" of a list of bytes as an object
		f.Media, f.Shape = true, f.Shape || string(text) == "blob"
	case "tool_call_response":
		f.ToolResponse = true
		s.known++
	case "text", "tool_call":
		s.known++
	case "system":
		f.System = true
	case "role":
		s.roles++
	case "content":
		s.contents++
	case "parts":
		s.parts++
	case "type":
		s.types++
	case "tool_calls", "tool-call", "tool-result", "toolCallId", "reasoning", "uri", "file", "data", "args", "parameters", "function_call", "functionCall", "functionResponse", "toolUse", "toolResult", "toolRequest", "output_text", "input_text":
		f.Shape = true
	}
}
