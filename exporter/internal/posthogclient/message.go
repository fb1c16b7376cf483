package posthogclient

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// message is the event as posthog-go wants it, with plain values for its hooks.
func message(e *event.Event) posthog.Capture {
	msg := posthog.Capture{
		Uuid:       e.UUID.String(),
		DistinctId: e.DistinctID,
		Event:      e.Name,
		Timestamp:  e.Time,
		Properties: make(posthog.Properties, len(e.Properties)+8), // with room for those of the client
	}
	for i := range e.Properties {
		p := &e.Properties[i]
		if p.Value.Type() == attribute.EMPTY {
			continue
		}
		value := plainProperty(p)
		if groups, ok := value.(map[string]any); ok && p.Key == names.PropertyGroups {
			msg.Groups = groups
			continue
		}
		msg.Properties[p.Key] = value
	}
	return msg
}

func plainProperty(p *prop.Property) any {
	if !p.JSON {
		switch p.Value.Type() {
		case attribute.STRING:
			return validText(p.Value.AsString())
		case attribute.BOOL:
			return p.Value.AsBool()
		case attribute.INT64:
			return p.Value.AsInt64()
		}
	}
	tree := p.Tree()
	return plain(&tree)
}

func plain(n *jsontree.Node) any {
	switch n.Kind {
	case jsontree.Bool:
		return n.Text == "true"
	case jsontree.Number:
		return number(n.Text)
	case jsontree.String:
		return validText(n.Text)
	case jsontree.Array:
		list := make([]any, len(n.Items))
		for i := range n.Items {
			list[i] = plain(&n.Items[i])
		}
		return list
	case jsontree.Object:
		object := make(map[string]any, len(n.Members))
		for i := range n.Members {
			object[validText(n.Members[i].Name)] = plain(&n.Members[i].Value)
		}
		return object
	}
	return nil
}

// number returns a Go number when that has the same value as the JSON one, and
// else the JSON one.
func number(text string) any {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strconv.FormatFloat(f, 'g', -1, 64) == text {
		return f
	}
	return json.Number(text)
}

// validText replaces each invalid byte, as our own JSON does.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
