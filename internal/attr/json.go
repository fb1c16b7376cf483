package attr

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Tree returns a value as a tree: a structured value, or text that is a JSON
// object or array.
func Tree(v attribute.Value) (jsontree.Node, bool) {
	if v.Type() == attribute.STRING {
		return jsontree.ParseContainer(v.AsString())
	}
	n := jsontree.FromValue(v)
	return n, n.Is(jsontree.Object) || n.Is(jsontree.Array)
}

// JSON parses any JSON text; other text stays a string.
func JSON(v attribute.Value) jsontree.Node {
	if v.Type() == attribute.STRING {
		if n, ok := jsontree.Parse(v.AsString()); ok {
			return n
		}
	}
	return jsontree.FromValue(v)
}

// JSONText returns a string unchanged, and a structured value as JSON text.
func JSONText(v attribute.Value) string {
	if v.Type() == attribute.STRING {
		return v.AsString()
	}
	return string(jsontree.AppendValue(nil, v))
}

// IsNothing reports whether a value holds no message.
func IsNothing(v attribute.Value) bool {
	switch v.Type() {
	case attribute.STRING:
		return holdsNothing(v.AsString())
	case attribute.SLICE:
		return len(v.AsSlice()) == 0
	case attribute.EMPTY:
		return true
	}
	return false
}

// holdsNothing reports whether a text is empty, null, or JSON of an empty object
// or list.
func holdsNothing(text string) bool {
	const space = " \t\r\n"
	text = strings.Trim(text, space)
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") || strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
		text = strings.Trim(text[1:len(text)-1], space)
	}
	return text == "" || text == "null"
}
