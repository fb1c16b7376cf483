package session

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes limits every id. One PostHog API cuts a distinct id after 200
// characters; another drops events whose distinct id is longer than 200 bytes.
const MaxBytes = 200

// A Reason says why a value is not a valid id. The empty Reason, Valid, means
// that it is. Metrics and span attributes show the text.
type Reason string

// The reasons that the checks of this package give.
const (
	Valid      Reason = ""
	Empty      Reason = "empty"
	TooLong    Reason = "too_long"      // over MaxBytes
	Characters Reason = "characters"    // a character that no such id has
	Word       Reason = "not_an_id"     // what a page sends from an empty variable
	NotAPerson Reason = "not_a_person"  // a distinct id that PostHog refuses
	NotConsent Reason = "not_a_consent" // an opt-out that is neither true nor false
)

// ValidID reports whether v can be a session id or a window id.
func ValidID(v string) bool { return CheckID(v) == Valid }

// CheckID validates a session id or a window id: 1 to MaxBytes visible ASCII
// characters without a comma, and not a word such as undefined. Proxies join
// two header lines with a comma.
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

// CheckDistinctID validates the id of a person: 1 to MaxBytes bytes of visible
// UTF-8 text without white space at either end, and not a word that PostHog
// refuses.
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
		// OpenTelemetry replaces broken UTF-8 with U+FFFD, so an id with U+FFFD
		// is damaged and refused.
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

// isWord reports whether v, bare or in quotes and in any letter case, is a word
// that a page sends from an empty variable. If it were accepted, strangers
// would share a session.
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
