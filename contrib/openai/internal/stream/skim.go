package stream

import (
	"bytes"
	"unicode/utf8"
)

// Skimmer keeps a JSON document in bounded memory while it is read piece by
// piece. It cuts long strings, which are base64 most likely, and writes null for
// the value of each member with the name to skip, so that the token usage behind
// megabytes of images or vectors can still be read.
type Skimmer struct {
	limits Limits
	skip   string // empty: nothing is skipped

	kept     []byte
	overflow bool // the document did not fit
	cut      bool // a string was cut

	depth int // of objects and arrays

	inString bool
	start    int  // of the string in kept
	length   int  // of what was kept of the string
	cutting  bool // the rest of the string is dropped
	escape   int  // how many bytes of an escape sequence follow

	named    bool // the string before was skip
	skipping bool // the value of that member is dropped
	floor    int  // the depth of that member
}

// Limits are in bytes.
type Limits struct {
	// String limits each string of a document.
	String int
	// Document limits what is kept of a document as a whole.
	Document int
}

// NewSkimmer returns a Skimmer for documents in which members named skip do not
// matter. An empty skip keeps all.
func NewSkimmer(limits Limits, skip string) Skimmer {
	return Skimmer{limits: limits, skip: skip}
}

// Document returns what was kept. It is false when the document did not fit, and
// then nothing is kept.
func (s *Skimmer) Document() ([]byte, bool) { return s.kept, !s.overflow }

// Lost reports whether a string was cut or the document did not fit.
func (s *Skimmer) Lost() bool { return s.cut || s.overflow }

// Reset makes s ready for the next document. What Document returned is no longer
// valid.
func (s *Skimmer) Reset() {
	kept := s.kept[:0]
	if cap(kept) > 64<<10 { // one large event must not cost memory for the whole stream
		kept = nil
	}
	*s = Skimmer{limits: s.limits, skip: s.skip, kept: kept}
}

// Write takes the next piece of the document.
func (s *Skimmer) Write(b []byte) {
	for len(b) > 0 {
		if s.inString {
			b = s.text(b)
		} else {
			b = s.structure(b)
		}
	}
}

// structure takes what is outside of strings, and returns what is left.
func (s *Skimmer) structure(b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if s.skipping && s.depth > s.floor { // megabytes of numbers
			n := bytes.IndexAny(b[i:], `"{}[]`)
			if n < 0 {
				return nil
			}
			i += n
		}
		c := b[i]
		if s.skipping && s.depth == s.floor && (c == ',' || c == '}') {
			s.skipping = false
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			s.keep(b[i : i+1])
			continue
		case '"':
			s.keep(b[i : i+1])
			s.inString, s.start, s.length = true, len(s.kept), 0
			return b[i+1:]
		case '{', '[':
			s.depth++
		case '}', ']':
			s.depth--
		case ':':
			if s.named {
				s.keep([]byte(":null"))
				s.skipping, s.floor = true, s.depth
			}
		}
		s.named = false
		s.keep(b[i : i+1])
	}
	return nil
}

// text takes what is inside of a string, and returns what is left.
func (s *Skimmer) text(b []byte) []byte {
	n := 1
	switch {
	case s.escape > 0:
		if s.escape--; b[0] == 'u' {
			s.escape = 4
		}
		if !s.cutting { // an escape sequence is kept whole or not at all
			s.keep(b[:1])
		}
	case b[0] == '\\':
		s.escape = 1
		s.keepText(b[:1])
	case b[0] == '"':
		s.named = s.skip != "" && !s.skipping && !s.overflow && string(s.kept[s.start:]) == s.skip
		s.inString, s.cutting = false, false
		s.keep(b[:1])
	default:
		if n = bytes.IndexAny(b, `"\`); n < 0 {
			n = len(b)
		}
		s.keepText(b[:n])
	}
	return b[n:]
}

func (s *Skimmer) keepText(b []byte) {
	if s.cutting || s.skipping {
		return
	}
	if n := s.limits.String - s.length; len(b) > n {
		for n > 0 && !utf8.RuneStart(b[n]) {
			n--
		}
		if n == 0 && !utf8.RuneStart(b[0]) {
			s.dropHalfRune()
		}
		b = b[:n]
		s.cutting, s.cut = true, true
	}
	s.length += len(b)
	s.keep(b)
}

// dropHalfRune takes off the beginning of a character whose end is cut off.
func (s *Skimmer) dropHalfRune() {
	for n := len(s.kept); n > s.start && !s.overflow; n-- {
		last := s.kept[n-1]
		s.kept = s.kept[:n-1]
		if utf8.RuneStart(last) {
			return
		}
	}
}

func (s *Skimmer) keep(b []byte) {
	if s.skipping || s.overflow {
		return
	}
	if len(s.kept)+len(b) > s.limits.Document {
		s.kept, s.overflow = nil, true
		return
	}
	s.kept = append(s.kept, b...)
}
