package tracetree

import "strings"

// SameModel reports whether two names are of one model: the requested gpt-4o
// answers as gpt-4o-2024-08-06, and some put the provider in front:
// openai/gpt-4o, or us.anthropic.claude-sonnet-4. But gpt-4o-mini is another model.
func SameModel(a, b string) bool {
	a, b = withoutProvider(a), withoutProvider(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	version, ok := strings.CutPrefix(b, a)
	return ok && a != "" && (version == "" || isVersion(version))
}

// withoutProvider cuts the provider off, and what Amazon Bedrock has before it: a
// region. Such words have no digits; gpt-4.1 does.
func withoutProvider(model string) string {
	model = model[strings.LastIndexByte(model, '/')+1:]
	for {
		word, rest, ok := strings.Cut(model, ".")
		if !ok || rest == "" || strings.ContainsAny(word, "0123456789") {
			return model
		}
		model = rest
	}
}

// isVersion reports whether what follows the name of a model is its version: a
// separator, then "latest", three digits and more, or v1:0 as on Amazon Bedrock.
func isVersion(s string) bool {
	if s[0] != '-' && s[0] != '@' && s[0] != ':' {
		return false
	}
	if s = s[1:]; strings.HasPrefix(s, "latest") {
		return true
	}
	if strings.HasPrefix(s, "v") && strings.Contains(s, ":") {
		return isDigit(s[1])
	}
	return len(s) >= 3 && isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
