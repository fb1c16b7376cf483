package capture

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote returns the beginning of a foreign text, on one line and without
// secrets. Secrets are removed before it is cut, because half a key is also a
// secret.
func (s scrubber) quote(text string, limit int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s.clean(text), ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	return cut(s.clean(text), limit) // once more, for what had been broken up
}

// leftOut replaces a text that repeats what was sent, because that can be a
// prompt.
const leftOut = "its text repeats what was sent, so it is left out"

// cut returns the beginning of a text of more than limit bytes.
func cut(text string, limit int) string {
	for i := range text {
		if i > limit {
			return text[:i] + "..."
		}
	}
	return text
}

// Parts of a text with this many letters and digits, starting at every fourth
// letter, are searched for in the sent events.
const (
	echo     = 12
	echoStep = 4
)

// fieldName is a name in every request, which PostHog's errors may repeat.
var fieldName = regexp.MustCompile(`\$[a-z_]+|\b(distinct|session|window)_id\b|\b(api_key|sent_at|created_at)\b`)

// ordinary are values of most messages, which reveal nothing.
var ordinary = []string{"user", "assistant", "system", "developer", "tool", "function", "text", "chat", "stop", "error"}

// repeats reports whether a short text repeats a part of the events in piece, or
// a whole short value. Only letters and digits count, so that quoting and
// escaping make no difference.
func (d *delivery) repeats(text string, piece []segment) bool {
	text = fieldName.ReplaceAllString(text, " ")
	letters := appendLetters(nil, []byte(text))
	words := appendWords(nil, text)
	if len(letters) == 0 {
		return false
	}
	var sent, word []byte
	for _, seg := range piece {
		raw := d.batch.buf[seg.start:seg.end]
		sent = appendLetters(sent[:0], raw)
		for at := 0; at+echo <= len(letters); at += echoStep {
			if bytes.Contains(sent, letters[at:at+echo]) {
				return true
			}
		}
		for value := range values(raw) {
			if len(value) > 8*echo {
				continue // the parts above find it
			}
			word = appendWords(word[:0], string(value))
			if len(word) >= len(" four ") && bytes.Contains(words, word) && !slices.Contains(ordinary, string(value)) {
				return true
			}
		}
	}
	return false
}

// values yields the quoted texts that are not member names.
func values(raw []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for start := -1; ; {
			i := bytes.IndexByte(raw[start+1:], '"')
			if i < 0 {
				return
			}
			start += 1 + i
			end := start + 1
			for end < len(raw) && raw[end] != '"' {
				if raw[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(raw) {
				return
			}
			if (end+1 == len(raw) || raw[end+1] != ':') && !yield(raw[start+1:end]) {
				return
			}
			start = end
		}
	}
}

// appendLetters appends the letters and digits of a JSON text, in lower case.
func appendLetters(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := nextRune(text)
		text = text[n:]
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}

// appendWords appends the words of a text, in lower case, each between spaces.
func appendWords(dst []byte, text string) []byte {
	dst = append(dst, ' ')
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		dst = append(append(dst, strings.ToLower(word)...), ' ')
	}
	return dst
}

// nextRune returns the first character of a JSON text, with escape sequences
// decoded.
func nextRune(text []byte) (rune, int) {
	if text[0] != '\\' || len(text) == 1 {
		return utf8.DecodeRune(text)
	}
	if text[1] == 'u' && len(text) >= 6 {
		if n, err := strconv.ParseUint(string(text[2:6]), 16, 16); err == nil {
			return rune(n), 6
		}
	}
	return ' ', 2
}
