package jsontree

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// str scans a string after its opening quote, from one special byte to the
// next.
func (s *scanner) str() bool {
	start, all := s.i, uint64(0)
	for {
		s.i, all = plain(s.b, s.i, all)
		if s.i == len(s.b) {
			return false
		}
		switch s.b[s.i] {
		case '"':
			text := s.b[start:s.i]
			s.i++
			s.note(text)
			return all&highs == 0 || utf8.Valid(text)
		case '\\':
			if !s.escape() {
				return false
			}
		default:
			return false
		}
	}
}

// plain returns the index of the first quote, backslash or control character
// from i on, or the length. It also returns all, ORed with the bytes that it
// read.
func plain(b []byte, i int, all uint64) (int, uint64) {
	for ; i+16 <= len(b); i += 16 {
		c := b[i : i+16]
		x, y := load(c), load(c[8:])
		all |= x | y
		if at := special(x); at != 0 {
			return i + bits.TrailingZeros64(at)/8, all
		}
		if at := special(y); at != 0 {
			return i + 8 + bits.TrailingZeros64(at)/8, all
		}
	}
	for ; i < len(b) && b[i] >= 0x20 && b[i] != '"' && b[i] != '\\'; i++ {
		all |= uint64(b[i])
	}
	return i, all
}

func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// special sets the high bit of each byte of x that is a quote, a backslash or a
// control character, or, by a borrow, of a byte behind one.
func special(x uint64) uint64 {
	return ((x - 0x20*ones) | (x ^ '"'*ones - ones) | (x ^ '\\'*ones - ones)) &^ x & highs
}

// escape scans an escape. Half a surrogate pair is invalid: decoders treat it
// differently, and PostHog's refuses the request.
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
