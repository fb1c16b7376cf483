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

// Conversion holds one span (source.go) and the properties made of it so far
// (property.go). It is reused for the next span to keep its buffers.
type Conversion struct {
	Span     sdktrace.ReadOnlySpan
	Kind     string    // the name of the event
	Own      attr.List // the attributes of the span: they belong to everybody, and are only read
	Resource attr.List // those of its resource
	Failure  Failure
	// Truncated is set if the end of a document is missing.
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
	// With very many properties, maps keep the work linear.
	propIndex map[string]int
	attrIndex map[attribute.Key]bool
}

// Failure is an error that a library reports outside the span status.
type Failure struct {
	Failed  bool
	Message string
}

// many is the number from which a map is faster than a linear search.
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

// Reset releases the last span.
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

// Library is the name of the library that determines the span's rules; "" is no
// particular one.
func (c *Conversion) Library() string { return c.lib.name }

// fail marks the event as an error although the span status is not Error.
func (c *Conversion) fail(message string) {
	c.Failure = Failure{Failed: true, Message: message}
}

// Apply applies the rules of the span's library and of the GenAI conventions,
// then the rules of overlay libraries. A span of unknown kind with a model and
// usage becomes a generation.
func (c *Conversion) Apply() {
	c.Step(c.lib.rules())
	c.apply(c.lib.table)
	for lib := range c.libs.overlays() {
		c.Step(lib.rules())
		c.apply(lib.overlayTable)
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

// Finish runs the postprocess functions of the libraries.
func (c *Conversion) Finish() {
	c.postprocess(c.lib)
	for lib := range c.libs.overlays() {
		c.postprocess(lib)
	}
}

func (c *Conversion) postprocess(lib *library) {
	c.Step(lib.rules())
	c.fillDocuments(&lib.documents)
	if lib.postprocess != nil {
		lib.postprocess(c)
	}
}

// Unused calls f for the attributes that no rule has consumed.
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
