package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// origins keeps book, when asked to: which rule wrote a property, and from which
// attribute, where it is one alone. What else had a part in it, explain.go finds
// out.
type origins struct {
	on   bool
	rule string
	from attribute.Key
	list []event.Origin
}

// read says that what is written next comes from an attribute.
func (o *origins) read(key attribute.Key) { o.from = key }

func (o *origins) wrote(property string) {
	if !o.on {
		return
	}
	origin := event.Origin{Property: property, Rule: o.rule}
	if o.from != "" {
		origin.Attributes = []string{string(o.from)}
	}
	o.list = append(o.list, origin)
	o.from = ""
}

// step names what comes next.
func (o *origins) step(rule string) { o.rule, o.from = rule, "" }
