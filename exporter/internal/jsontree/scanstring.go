package jsontree

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

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
