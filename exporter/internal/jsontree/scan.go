package jsontree

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Facts are what a scan of a document tells about its inside, without decoding
// it. A fact can be true although nothing needs rewriting; it is not false when
// something does, unless the names in the document are spelt with escapes.
type Facts struct {
	Media        bool // perhaps a data URI or a provider's media object
	ToolResponse bool // perhaps a tool_call_response part
	FinishReason bool // perhaps a finish_reason member
	System       bool // perhaps a system message
}

// Scan reports whether text is a JSON object or array, of at most [MaxDepth]
// levels and in valid UTF-8, that can be embedded in a document as it stands.
//
// Content is most of what this module sends, and it comes here once: one pass
// validates it and collects the facts. No library does both, and those that
// only validate need a pass of their own at a quarter of the speed.
func Scan(text string) (Facts, bool) {
	if c := firstByte(text); c != '{' && c != '[' {
		return Facts{}, false
	}
	// The scanner only reads.
	s := scanner{b: unsafe.Slice(unsafe.StringData(text), len(text))}
	if !s.document() {
		return Facts{}, false
	}
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

	exponent bool // the last number had one
}

// document scans a value and what follows it, over and over, until the
// outermost value is closed; then only space may remain.
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

// value scans a scalar or an empty container whole, and of others the opening,
// up to the first value inside.
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
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// peek returns the next byte that is no space, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// next is peek, and goes past the byte.
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

// number scans a number as RFC 8259, section 6, has it. One beyond the range of
// a float64 is none: PostHog refuses the request.
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

// str scans a string from behind its opening quote. It goes from quote to quote
// and from backslash to backslash, which the standard library finds faster than
// any loop here, and then looks at all bytes once for control characters.
func (s *scanner) str() bool {
	start := s.i
	for {
		n := bytes.IndexByte(s.b[s.i:], '"')
		if n < 0 {
			return false
		}
		quote := s.i + n
		for s.i <= quote {
			n := bytes.IndexByte(s.b[s.i:quote], '\\')
			if n < 0 {
				text := s.b[start:quote]
				s.i = quote + 1
				s.note(text)
				return isText(text)
			}
			s.i += n
			if !s.escape() {
				return false
			}
		}
	}
}

// escape scans an escape. Half a surrogate pair is none: decoders differ over
// it, and PostHog's refuses the request.
func (s *scanner) escape() bool {
	if s.i+1 >= len(s.b) {
		return false
	}
	s.i += 2
	switch s.b[s.i-1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		r, ok := s.hex()
		if !ok || !utf16.IsSurrogate(r) {
			return ok
		}
		if !s.word(`\u`) {
			return false
		}
		low, ok := s.hex()
		return ok && utf16.DecodeRune(r, low) != utf8.RuneError
	}
	return false
}

// hex scans the four digits of a \u escape.
func (s *scanner) hex() (rune, bool) {
	var r rune
	for range 4 {
		if s.i >= len(s.b) {
			return 0, false
		}
		c := s.b[s.i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
		s.i++
	}
	return r, true
}

// Masks for eight bytes at a time.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// isText reports whether the inside of a string, whose escapes are known to be
// right, has no control character and is valid UTF-8.
func isText(b []byte) bool {
	var controls, all uint64
	rest := b
	for ; len(rest) >= 32; rest = rest[32:] {
		for i := range 4 {
			x := binary.LittleEndian.Uint64(rest[8*i:])
			// The high bit of a byte is set where the byte is below 0x20, or, by a
			// borrow, also above such a byte, which makes no difference here.
			controls |= (x - 0x20*ones) &^ x
			all |= x
		}
	}
	for _, c := range rest {
		if c < 0x20 {
			return false
		}
		all |= uint64(c)
	}
	return controls&highs == 0 && (all&highs == 0 || utf8.Valid(b))
}

// note looks at one string, be it a name or a value.
func (s *scanner) note(text []byte) {
	f := &s.facts
	if len(text) > len("tool_call_response") {
		f.Media = f.Media || strings.HasPrefix(string(text[:5]), "data:")
		return
	}
	switch string(text) {
	case "blob", "base64", "b64_json", "inline_data", "inlineData", "input_audio", "file_data", "source_type", "binary_content",
		"media_type", "mediaType", "mime_type", "mimeType", "contentType", "image", "bytes", "Buffer", "0": // "0" of a list of bytes as an object
		f.Media = true
	case "tool_call_response":
		f.ToolResponse = true
	case "finish_reason":
		f.FinishReason = true
	case "system":
		f.System = true
	}
}
