package tracetree

import "strings"

// SameModel reports whether two names mean the same model: a request for gpt-4o
// is answered by gpt-4o-2024-08-06, and some libraries prefix the provider:
// openai/gpt-4o. gpt-4o-mini is another model.
func SameModel(a, b string) bool {
	a, b = a[strings.LastIndexByte(a, '/')+1:], b[strings.LastIndexByte(b, '/')+1:]
	if len(a) > len(b) {
		a, b = b, a
	}
	version, ok := strings.CutPrefix(b, a)
	return ok && a != "" && (version == "" || isVersion(version))
}

// isVersion reports whether the suffix of a model name is a version: a
// separator, then "latest" or at least three digits.
func isVersion(s string) bool {
	if s[0] != '-' && s[0] != '@' && s[0] != ':' {
		return false
	}
	if s = s[1:]; strings.HasPrefix(s, "latest") {
		return true
	}
	return len(s) >= 3 && isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
