package genai

import (
	"regexp"
	"strings"
)

// SameModel reports whether two names are of one model: the requested gpt-4o
// answers as gpt-4o-2024-08-06, and some put the provider in front:
// openai/gpt-4o. But gpt-4o-mini is another.
func SameModel(a, b string) bool {
	a, b = a[strings.LastIndexByte(a, '/')+1:], b[strings.LastIndexByte(b, '/')+1:]
	if len(a) > len(b) {
		a, b = b, a
	}
	version, ok := strings.CutPrefix(b, a)
	return ok && a != "" && (version == "" || modelVersion.MatchString(version))
}

var modelVersion = regexp.MustCompile(`^[-@:](\d{3}|latest)`)
