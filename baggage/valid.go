package baggage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxIDBytes bounds every id. PostHog cuts a distinct id at 200 characters in
// one API and drops the event at 200 bytes in another.
const maxIDBytes = 200

// A refusal says why a value was not taken. Its text is the reason attribute
// of the metric; the empty refusal means that the value is good.
type refusal string

const (
	accepted          refusal = ""
	refusedTooLong    refusal = "too_long"
	refusedCharacters refusal = "characters"
	refusedNobody     refusal = "not_a_person"
	refusedAmbiguous  refusal = "ambiguous"
	refusedMalformed  refusal = "malformed"
	refusedExpired    refusal = "expired"
	refusedByOption   refusal = "by_option"
	refusedOverLimit  refusal = "over_limit"
)

// checkID judges a session or window id: visible ASCII, 0x21 to 0x7e.
func checkID(v string) refusal {
	if len(v) > maxIDBytes {
		return refusedTooLong
	}
	for i := range len(v) {
		if v[i] <= ' ' || v[i] > '~' {
			return refusedCharacters
		}
	}
	return accepted
}

// checkDistinctID judges the id of a person: visible UTF-8 text that neither
// begins nor ends with white space and that PostHog does not refuse.
func checkDistinctID(v string) refusal {
	if len(v) > maxIDBytes {
		return refusedTooLong
	}
	for i := 0; i < len(v); {
		c := v[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c > '~' {
				return refusedCharacters
			}
			i++
			continue
		}
		// U+FFFD is refused even where it was sent as such: OpenTelemetry puts
		// it in the place of broken UTF-8, so it marks a damaged id.
		r, size := utf8.DecodeRuneInString(v[i:])
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return refusedCharacters
		}
		i += size
	}
	if strings.TrimSpace(v) != v {
		return refusedCharacters
	}
	if isNobody(v) {
		return refusedNobody
	}
	return accepted
}

// checkAIParent judges the member that carries a span id.
func checkAIParent(v string) refusal {
	if len(v) > 16 {
		return refusedTooLong
	}
	if len(v) < 16 || v == "0000000000000000" {
		return refusedMalformed
	}
	for i := range len(v) {
		if c := v[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return refusedCharacters
		}
	}
	return accepted
}

// maxNobody is the length of the longest id of nobody.
const maxNobody = len("not_authenticated")

// isNobody reports whether id, bare or in quotes and in any case, is one that
// PostHog refuses as a person: what buggy clients send in the place of an id. It
// runs at every span start and does not allocate.
func isNobody(id string) bool {
	if n := len(id); n >= 2 && (id[0] == '"' || id[0] == '\'') && id[n-1] == id[0] {
		id = id[1 : n-1]
	}
	if len(id) > maxNobody {
		return false
	}
	var lower [maxNobody]byte
	for i := range len(id) {
		c := id[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(id)]) {
	case "", "0", "anonymous", "backend", "distinct_id", "distinctid", "email", "false", "guest", "id", "nan", "nil", "none",
		"not_authenticated", "null", "[object object]", "system", "true", "undefined", "user":
		return true
	}
	return false
}

// trim removes the white space that HTTP allows around a value. It is never
// part of an id; nothing else is ever taken off one.
func trim(v string) string {
	for v != "" && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for v != "" && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t') {
		v = v[:len(v)-1]
	}
	return v
}
