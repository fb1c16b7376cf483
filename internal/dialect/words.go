package dialect

import "strings"

// words are values of an attribute, in lower case and without separators. Case
// and the separators ".", "-", "_" and space are ignored in the comparison. A
// leading * matches any prefix, a leading ? an optional "a", as in LiteLLM's
// acompletion.
type words []string

func (w words) has(value string) bool {
	for _, word := range w {
		switch {
		case word[0] == '*':
			if n := len(word) - 1; len(value) >= n && strings.EqualFold(value[len(value)-n:], word[1:]) {
				return true
			}
		case word[0] == '?':
			if spells(value, word[1:]) || value != "" && value[0]|0x20 == 'a' && spells(value[1:], word[1:]) {
				return true
			}
		case spells(value, word):
			return true
		}
	}
	return false
}

// spells reports whether a value is the word, apart from case and separators.
func spells(value, word string) bool {
	at := 0
	for i := range len(value) {
		b := value[i]
		switch {
		case b == '_' || b == '.' || b == '-' || b == ' ':
			continue
		case 'A' <= b && b <= 'Z':
			b |= 0x20
		}
		if at == len(word) || word[at] != b {
			return false
		}
		at++
	}
	return at == len(word)
}
