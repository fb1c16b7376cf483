package convert

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// conversion is one span on its way to an event. It is used again for the next
// span of a batch, for its buffers.
type conversion struct {
	opts     Options
	span     sdktrace.ReadOnlySpan
	own      attributes
	attrs    []attribute.KeyValue // the list of own: read only, it belongs to everybody
	res      attributes           // of the resource
	of       *resource.Resource   // whose attributes these are
	used     []bool               // attributes that do not pass through
	found    []found
	libs     libraries
	lib      *library
	kind     string // the event name
	failure  failure
	props    []prop.Property
	slab     []prop.Property // memory for the properties of many events
	traceID  trace.TraceID   // of traceHex
	traceHex string
	doc      []byte   // the model parameters as they are written
	names    []string // those in doc
	origins  origins
	// Where there are very many, maps keep the work linear.
	propIndex map[string]int
	attrIndex map[attribute.Key]bool
}

// many is from which number on a map is quicker than a look at each.
const many = 100

func (c *conversion) convert(span sdktrace.ReadOnlySpan) event.Event {
	c.span = span
	c.attrs = span.Attributes()
	c.own = attributesOf(c.attrs)
	if r := span.Resource(); r != c.of { // mostly it is the one of the last span
		c.of, c.res = r, attributesOf(r.Attributes())
	}
	c.used = append(c.used[:0], make([]bool, len(c.attrs))...)
	c.libs = recognise(c.attrs)
	c.lib = c.libs.first()
	c.kind = c.classify()
	c.props = c.room(len(c.attrs) + len(c.res.list) + 16)
	c.origins = origins{on: c.opts.Explain}

	c.failure = failure{}
	c.propIndex, c.attrIndex = nil, nil

	c.step("envelope", c.envelope)
	c.step("attribute", c.explicit)
	c.origins.step(c.lib.rules())
	c.apply(c.lib.table)
	for lib := range c.libs.riders() {
		c.origins.step(lib.rules())
		c.apply(lib.riding)
	}
	c.step("message events", c.carriers)
	c.finishLibrary(c.lib)
	for lib := range c.libs.riders() {
		c.finishLibrary(lib)
	}
	c.step(conventions, c.finish)
	c.step("error", c.fault)
	c.step("attribute", c.passThrough)
	c.step("content", c.content)
	distinctID := c.distinctID()

	return event.Event{
		Name:       c.kind,
		DistinctID: distinctID,
		UUID:       eventID(span.SpanContext()),
		Time:       endTime(span),
		Properties: c.keep(),
		Origins:    c.origins.list,
	}
}

// room returns memory for about n properties.
func (c *conversion) room(n int) []prop.Property {
	if cap(c.slab)-len(c.slab) < n {
		c.slab = make([]prop.Property, 0, max(n, 2*cap(c.slab)))
	}
	return c.slab[len(c.slab) : len(c.slab) : len(c.slab)+n]
}

// keep returns the properties of the event, and leaves room for the next behind
// them. If they outgrew their room they have moved to memory of their own.
func (c *conversion) keep() []prop.Property {
	props := slices.Clip(c.props)
	if n := len(c.slab) + len(props); n <= cap(c.slab) && len(props) > 0 && &props[0] == &c.slab[:n][len(c.slab)] {
		c.slab = c.slab[:n]
	}
	return props
}

// reset lets go of what belongs to the spans so far.
func (c *conversion) reset() {
	clear(c.slab)
	c.slab = c.slab[:0]
	c.props, c.span, c.attrs, c.own, c.origins = nil, nil, nil, attributes{}, origins{}
	c.propIndex, c.attrIndex = nil, nil
	clear(c.found)
	clear(c.names)
}

func (c *conversion) step(name string, do func()) {
	c.origins.step(name)
	do()
}

func (c *conversion) finishLibrary(lib *library) {
	if lib.finish != nil {
		c.step(lib.rules(), func() { lib.finish(c) })
	}
}

// attr returns the value of a span attribute. An attribute without a value and
// an empty text count as absent.
func (c *conversion) attr(key attribute.Key) (attribute.Value, bool) {
	return c.own.get(key)
}

// text returns the value of a span attribute that is a non-empty string.
func (c *conversion) text(key attribute.Key) string {
	return c.own.text(key)
}

// firstText returns the first of the span attributes that is a non-empty string.
func (c *conversion) firstText(keys ...attribute.Key) string {
	return c.own.text(keys...)
}

// tree returns what a span attribute holds as a tree: a JSON object or array
// given as text, or a structured value.
func (c *conversion) tree(key attribute.Key) (jsontree.Node, bool) {
	v, ok := c.attr(key)
	if !ok {
		return jsontree.Node{}, false
	}
	return treeOf(v)
}

// treeOf is [conversion.tree] for a value at hand.
func treeOf(v attribute.Value) (jsontree.Node, bool) {
	if v.Type() == attribute.STRING {
		return jsontree.ParseContainer(v.AsString())
	}
	n := jsontree.FromValue(v)
	return n, n.Is(jsontree.Object) || n.Is(jsontree.Array)
}

// consume keeps attributes from passing through.
func (c *conversion) consume(keys ...attribute.Key) {
	for _, key := range keys {
		if !c.own.may(key) {
			continue
		}
		for i := range c.attrs {
			if c.attrs[i].Key == key {
				c.used[i] = true
			}
		}
	}
}

// consumed reports whether an attribute does not pass through any more.
func (c *conversion) consumed(key attribute.Key) bool {
	for i := range c.attrs {
		if c.attrs[i].Key == key && c.used[i] {
			return true
		}
	}
	return false
}

// onSpan reports whether a span attribute has this key.
func (c *conversion) onSpan(key attribute.Key) bool {
	if len(c.attrs) <= many {
		return slices.ContainsFunc(c.attrs, func(kv attribute.KeyValue) bool { return kv.Key == key })
	}
	if c.attrIndex == nil {
		c.attrIndex = make(map[attribute.Key]bool, len(c.attrs))
		for i := range c.attrs {
			c.attrIndex[c.attrs[i].Key] = true
		}
	}
	return c.attrIndex[key]
}

// isSpan reports whether the event is neither a generation nor an embedding.
func (c *conversion) isSpan() bool {
	return c.kind == names.EventSpan || c.kind == names.EventTrace
}
