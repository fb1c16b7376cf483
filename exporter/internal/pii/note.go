package pii

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"unicode/utf8"
)

// pseudonymLetters are the digits of a pseudonym. There are no real digits among
// them, which could look like a phone number, and no vowels, which make words.
const pseudonymLetters = "bcdfghjklmnpqrst"

// pseudonymBytes is how much of the hash a pseudonym tells: 48 bits keep a
// million values apart.
const pseudonymBytes = 6

// maxNote is the length of the longest note.
const maxNote = len("[payment card bcdfghjklmnp]")

func (s *Set) writeNote(out *strings.Builder, r *redactor, value string) {
	out.WriteByte('[')
	out.WriteString(r.what)
	if len(s.key) == 0 {
		out.WriteString(" redacted]")
		return
	}
	out.WriteByte(' ')
	hash := hmac.New(sha256.New, s.key)
	hash.Write([]byte(r.name + "\x00" + r.canonical(value)))
	for _, b := range hash.Sum(nil)[:pseudonymBytes] {
		out.WriteByte(pseudonymLetters[b>>4])
		out.WriteByte(pseudonymLetters[b&15])
	}
	out.WriteByte(']')
}

// endsNote reports whether s ends with a note of this kind.
func endsNote(s, what string) bool {
	if !strings.HasSuffix(s, "]") {
		return false
	}
	s = s[max(0, len(s)-maxNote):]
	return strings.HasPrefix(s[strings.LastIndexByte(s, '[')+1:], what+" ")
}

func asItIs(s string) string { return s }

// addressOf returns an address without letter case and the encoding of URLs.
func addressOf(s string) string { return strings.ToLower(strings.Replace(s, "%40", "@", 1)) }

// lettersAndDigits returns s without what only groups it.
func lettersAndDigits(s string) string {
	s = strings.NewReplacer(`\n`, "", `\r`, "").Replace(s)
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && is(byte(r), alnum|plus) {
			return r
		}
		return -1
	}, s)
}

func capitalsAndDigits(s string) string { return strings.ToUpper(lettersAndDigits(s)) }
