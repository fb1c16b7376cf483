package dialect

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Conversion is one span on its way to an event: what it says (source.go) and
// the properties that were made of it so far (property.go). It is used again for
// the next span, for its buffers.
type Conversion struct {
	Span     sdktrace.ReadOnlySpan
	Kind     string    // the name of the event
	Own      attr.List // the attributes of the span: they belong to everybody, and are only read
	Resource attr.List // those of its resource
	Failure  Failure
	// Truncated is set when a document that was read is cut off at its end.
	Truncated bool

	libs       libraries
	lib        *library           // the one that rules the span
	unnamed    bool               // nothing says what the span stands for
	of         *resource.Resource // whose attributes Resource has
	used       []bool             // attributes that do not pass through
	found      []found            // memory of Apply
	props      []prop.Property
	provenance provenance
	// systemInstructions is the system prompt that a span event carried.
	systemInstructions attribute.Value
	// Where there are very many, maps keep the work linear.
	propIndex map[string]int
	attrIndex map[attribute.Key]bool
}

// Failure is an error that a library tells without the span status.
type Failure struct {
	Failed  bool
	Message string
}

// many is from which number on a map is quicker than a look at each.
const many = 100

// Begin takes the next span: it recognises the library and the kind of event.
// With explain, the conversion notes where each property comes from.
func (c *Conversion) Begin(span sdktrace.ReadOnlySpan, explain bool) {
	c.Span = span
	c.Own = attr.Of(span.Attributes())
	if r := span.Resource(); r != c.of { // mostly it is the one of the last span
		c.of, c.Resource = r, attr.Of(r.Attributes())
	}
	c.used = append(c.used[:0], make([]bool, len(c.Own.Attributes))...)
	c.props = c.props[:0]
	c.Failure, c.systemInstructions, c.Truncated = Failure{}, attribute.Value{}, false
	c.propIndex, c.attrIndex = nil, nil
	c.provenance = provenance{on: explain}
	c.libs = recognise(span.Name(), span.InstrumentationScope().Name, c.Own.Attributes)
	c.lib = c.libs.first()
	c.Kind = c.classify()
}

// Reset lets go of what belongs to the last span.
func (c *Conversion) Reset() {
	clear(c.props)
	clear(c.found)
	*c = Conversion{
		props: c.props[:0], used: c.used[:0], found: c.found[:0], of: c.of, Resource: c.Resource,
	}
}

// IsSpan reports whether the event is neither a generation nor an embedding.
func (c *Conversion) IsSpan() bool {
	return c.Kind == names.EventSpan || c.Kind == names.EventTrace
}

// Properties returns what was made so far. It is valid until the next Begin.
func (c *Conversion) Properties() []prop.Property { return c.props }

// Library is the name of the library that rules the span; "" is none in
// particular.
func (c *Conversion) Library() string { return c.lib.name }

// fail marks the event as an error although the span status is not Error.
func (c *Conversion) fail(message string) {
	c.Failure = Failure{Failed: true, Message: message}
}

// Apply applies the rules of the library that rules the span, with those of the
// GenAI conventions, then those of the libraries that add to its spans. With a
// model and usage, a span that does not say what it is becomes a generation.
func (c *Conversion) Apply() {
	c.Step(c.lib.rules())
	c.apply(c.lib.table)
	for lib := range c.libs.riders() {
		c.Step(lib.rules())
		c.apply(lib.riding)
	}
	if c.unnamed && c.IsSpan() && c.Has(names.PropertyModel) && c.hasUsage() {
		c.Kind = names.EventGeneration
	}
}

func (c *Conversion) hasUsage() bool {
	input, _ := c.Count(names.PropertyInputTokens)
	output, _ := c.Count(names.PropertyOutputTokens)
	return input > 0 || output > 0
}

// Finish does what the rules of the libraries cannot say.
func (c *Conversion) Finish() {
	c.finish(c.lib)
	for lib := range c.libs.riders() {
		c.finish(lib)
	}
}

func (c *Conversion) finish(lib *library) {
	c.Step(lib.rules())
	c.fillDocuments(&lib.documents)
	if lib.finish != nil {
		lib.finish(c)
	}
}

// Unused calls f for the attributes that no rule has taken.
func (c *Conversion) Unused(f func(kv *attribute.KeyValue)) {
	for i := range c.Own.Attributes {
		if !c.used[i] {
			f(&c.Own.Attributes[i])
		}
	}
}

// OnSpan reports whether a span attribute has this key.
func (c *Conversion) OnSpan(key attribute.Key) bool {
	list := c.Own.Attributes
	if len(list) <= many {
		return slices.ContainsFunc(list, func(kv attribute.KeyValue) bool { return kv.Key == key })
	}
	if c.attrIndex == nil {
		c.attrIndex = make(map[attribute.Key]bool, len(list))
		for i := range list {
			c.attrIndex[list[i].Key] = true
		}
	}
	return c.attrIndex[key]
}
