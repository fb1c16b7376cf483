package dialect

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// provenance records, if enabled, which rule wrote a property and which
// attributes were read for it: those read since the last property was written.
// If there were none, the attributes of that property count, because one
// document can hold several properties.
type provenance struct {
	on    bool
	rule  string
	from  []string
	wrote bool // from belongs to a property already
	list  []prop.Origin
}

// maxFrom limits how many attributes are recorded for one property.
const maxFrom = 32

func (p *provenance) read(key attribute.Key) {
	if !p.on {
		return
	}
	if p.wrote {
		p.from, p.wrote = nil, false
	}
	if len(p.from) < maxFrom && !slices.Contains(p.from, string(key)) {
		p.from = append(p.from, string(key))
	}
}

func (p *provenance) write(property string) {
	if p.on {
		p.list = append(p.list, prop.Origin{Property: property, Rule: p.rule, Attributes: p.from})
		p.wrote = true
	}
}

// Step names the rule of the following properties.
func (c *Conversion) Step(rule string) {
	c.provenance.rule, c.provenance.from, c.provenance.wrote = rule, nil, false
}

// From says that the next property comes from these attributes only.
func (c *Conversion) From(keys ...attribute.Key) {
	if c.provenance.on {
		c.provenance.from, c.provenance.wrote = nil, false
		for _, key := range keys {
			c.provenance.read(key)
		}
	}
}

// again says that the next write changes a property by the attributes read
// since.
func (p *provenance) again(property string) {
	for _, o := range slices.Backward(p.list) {
		if o.Property == property {
			for _, key := range slices.Concat(o.Attributes, p.from) {
				p.read(attribute.Key(key))
			}
			return
		}
	}
}

// Origins returns where the properties came from, in the order in which they
// were set; nil unless Begin was asked to explain.
func (c *Conversion) Origins() []prop.Origin { return c.provenance.list }
