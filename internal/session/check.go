package session

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes bounds every id. PostHog cuts a distinct id at 200 characters in one
// API and drops the event at 200 bytes in another.
const MaxBytes = 200

// A Reason says why a value is no id. The empty Reason means that it is one.
// The text is what metrics and span attributes show.
type Reason string

// The reasons that the checks of this package give.
const (
	Valid      Reason = ""
	Empty      Reason = "empty"
	TooLong    Reason = "too_long"     // over MaxBytes
	Characters Reason = "characters"   // a character that no such id has
	Word       Reason = "not_an_id"    // what a page sends from an empty variable
	NotAPerson Reason = "not_a_person" // a distinct id that PostHog refuses
)

// ValidID reports whether v can be a session id or a window id.
func ValidID(v string) bool { return CheckID(v) == Valid }

// CheckID judges a session id or a window id: 1 to MaxBytes visible ASCII
// characters without a comma, and not a word such as undefined. A comma is what
// joins two header lines.
func CheckID(v string) Reason {
	switch {
	case v == "":
		return Empty
	case len(v) > MaxBytes:
		return TooLong
	case isWord(v):
		return Word
	}
	for i := range len(v) {
		if v[i] <= ' ' || v[i] > '~' || v[i] == ',' {
			return Characters
		}
	}
	return Valid
}

// CheckDistinctID judges the id of a person: 1 to MaxBytes bytes of visible
// UTF-8 text without white space at either end that PostHog takes for a person.
func CheckDistinctID(v string) Reason {
	if v == "" {
		return Empty
	}
	if len(v) > MaxBytes {
		return TooLong
	}
	for i := 0; i < len(v); {
		c := v[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c > '~' {
				return Characters
			}
			i++
			continue
		}
		// U+FFFD is refused even where it was sent as such: OpenTelemetry puts
		// it in the place of broken UTF-8, so it marks a damaged id.
		r, size := utf8.DecodeRuneInString(v[i:])
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return Characters
		}
		i += size
	}
	if strings.TrimSpace(v) != v {
		return Characters
	}
	if isNobody(v) {
		return NotAPerson
	}
	return Valid
}

// isWord reports whether v, bare or in quotes and in any letter case, is what a
// page sends as an id from a variable that holds none. Strangers would share
// such a session.
func isWord(v string) bool {
	var buf [maxWord]byte
	word, ok := lower(&buf, v)
	if !ok {
		return false
	}
	switch string(word) {
	case "", "0", "[object object]", "false", "nan", "nil", "none", "null", "true", "undefined":
		return true
	}
	return false
}

// isNobody reports whether v, bare or in quotes and in any letter case, is one
// of the distinct ids that PostHog refuses as a person. Every word of isWord is
// among them.
func isNobody(v string) bool {
	var buf [maxWord]byte
	word, ok := lower(&buf, v)
	if !ok {
		return false
	}
	switch string(word) {
	case "anonymous", "backend", "distinct_id", "distinctid", "email", "guest", "id", "not_authenticated", "system", "user":
		return true
	}
	return isWord(v)
}

// maxWord is the length of the longest word.
const maxWord = len("not_authenticated")

// lower writes v without quotes around it and in lower case into buf. It
// reports false for a v that is longer than every word.
func lower(buf *[maxWord]byte, v string) ([]byte, bool) {
	if n := len(v); n >= 2 && (v[0] == '"' || v[0] == '\'') && v[n-1] == v[0] {
		v = v[1 : n-1]
	}
	if len(v) > maxWord {
		return nil, false
	}
	for i := range len(v) {
		c := v[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return buf[:len(v)], true
}
