package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// origins keeps book, when asked to: what was read since the last write made
// what is written now.
type origins struct {
	on    bool
	rule  string
	reads []string
	list  []event.Origin
}

func (o *origins) read(key attribute.Key) {
	if o.on {
		o.reads = append(o.reads, string(key))
	}
}

func (o *origins) wrote(property string) {
	if !o.on {
		return
	}
	o.list = append(o.list, event.Origin{Property: property, Rule: o.rule, Attributes: o.reads})
	o.reads = nil
}

// step names what comes next and forgets what the last step read in vain.
func (o *origins) step(rule string) {
	o.rule, o.reads = rule, nil
}
