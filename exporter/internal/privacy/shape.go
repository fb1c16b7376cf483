package privacy

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// isID reports whether a text may be an id. PostHog takes the characters up to |
// in the ids of traces and sessions; base64 has the others.
func isID(s string) bool { return consistsOf(s, 200, "-_~.@()!':|+/=") }

// isName reports whether a text may be the name that a developer or a provider
// gave something.
func isName(s string) bool { return consistsOf(s, 128, "-_.:/@+") }

// consistsOf reports whether a text is 1 to most ASCII letters, digits and others.
func consistsOf(s string, most int, others string) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case strings.IndexByte(others, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// isSpanName reports whether the name of a span is one name, or an operation and
// one name.
func isSpanName(s string) bool {
	operation, rest, two := strings.Cut(s, " ")
	if !two {
		return isName(s)
	}
	return operations.has(operation) && isName(rest)
}

// keepErrorType replaces the text of an error, which often quotes the prompt.
func keepErrorType(p *prop.Property, f *facts) (prop.Property, bool) {
	if isErrorType(f.errorType) {
		return prop.String(p.Key, f.errorType), true
	}
	return prop.String(p.Key, unknownErrorType), true
}

// unknownErrorType stands for an error whose type is unknown: the convention of
// OpenTelemetry.
const unknownErrorType = "_OTHER"

// isErrorType reports whether a text is a known error or spelt as programming
// languages spell the types of errors.
func isErrorType(s string) bool {
	if errorTypes.has(s) || len(s) == 3 && strings.Trim(s, "0123456789") == "" {
		return true
	}
	if !consistsOf(s, 128, "_.:/$*-") {
		return false
	}
	if strings.HasPrefix(s, "*") { // a type of Go
		return strings.Count(s, ".") == 1 || strings.Contains(s, "/")
	}
	for _, ending := range errorEndings {
		if strings.HasSuffix(s, ending) {
			return true
		}
	}
	return false
}

// keepToolNames leaves nothing of the definitions of tools but their names.
func keepToolNames(p *prop.Property, _ *facts) (prop.Property, bool) {
	tree := p.Tree()
	list := jsontree.Arr()
	for i := range tree.Items {
		tool := &tree.Items[i]
		n := tool.Path("function.name").String()
		if n == "" {
			n = tool.Get("name").String()
		}
		if isName(n) {
			function := jsontree.Obj(jsontree.Member{Name: "name", Value: jsontree.Str(n)})
			list.Items = append(list.Items, jsontree.Obj(
				jsontree.Member{Name: "type", Value: jsontree.Str("function")},
				jsontree.Member{Name: "function", Value: function},
			))
		}
	}
	if len(list.Items) == 0 {
		return prop.Doc(p.Key, "null"), true
	}
	return prop.Doc(p.Key, list.JSON()), true
}

// keepParameters leaves the parameters whose names are known and whose values are
// numbers, booleans or known words.
func keepParameters(p *prop.Property, _ *facts) (prop.Property, bool) {
	tree := p.Tree()
	kept := jsontree.Obj()
	for _, m := range tree.Members {
		switch {
		case !parameterNames.has(m.Name):
		case m.Value.Is(jsontree.Number), m.Value.Is(jsontree.Bool), parameterWords.has(m.Value.String()):
			kept.Members = append(kept.Members, m)
		}
	}
	return prop.Doc(p.Key, kept.JSON()), len(kept.Members) > 0
}

// keepGroups leaves the groups whose types are names and whose keys are ids.
func keepGroups(p *prop.Property, _ *facts) (prop.Property, bool) {
	tree := p.Tree()
	kept := jsontree.Obj()
	for _, m := range tree.Members {
		if isName(m.Name) && (m.Value.Is(jsontree.Number) || isID(m.Value.String())) {
			kept.Members = append(kept.Members, m)
		}
	}
	return prop.Doc(p.Key, kept.JSON()), len(kept.Members) > 0
}
