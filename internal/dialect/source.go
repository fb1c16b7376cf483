package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Attr returns the value of a span attribute. An attribute without a value and
// an empty text count as absent.
func (c *Conversion) Attr(key attribute.Key) (attribute.Value, bool) {
	v, ok := c.Own.Get(key)
	if ok {
		c.provenance.read(key)
	}
	return v, ok
}

// Text returns the first of the span attributes that is a non-empty string.
func (c *Conversion) Text(keys ...attribute.Key) string {
	for _, key := range keys {
		if s := c.Own.Text(key); s != "" {
			c.provenance.read(key)
			return s
		}
	}
	return ""
}

// Tree returns the value of a span attribute as a tree: a JSON object or array
// given as text, or a structured value.
func (c *Conversion) Tree(key attribute.Key) (jsontree.Node, bool) {
	v, ok := c.Attr(key)
	if !ok {
		return jsontree.Node{}, false
	}
	return c.treeIn(v)
}

// treeIn is [Conversion.Tree] for a value at hand.
func (c *Conversion) treeIn(v attribute.Value) (jsontree.Node, bool) {
	n, ok := attr.Tree(v)
	c.Truncated = c.Truncated || n.Cut
	return n, ok
}

// documentIn is [Conversion.Parsed] for a value at hand.
func (c *Conversion) documentIn(v attribute.Value) jsontree.Node {
	n := attr.JSON(v)
	c.Truncated = c.Truncated || n.Cut
	return n
}

// Parsed returns the JSON document in an attribute; other text stays a string.
// For provenance, the next property comes from this document only.
func (c *Conversion) Parsed(key attribute.Key) jsontree.Node {
	c.provenance.wrote = true
	if v, ok := c.Attr(key); ok {
		return c.documentIn(v)
	}
	return jsontree.Node{}
}

// Tokens returns a span attribute that is a number of tokens.
func (c *Conversion) Tokens(key attribute.Key) (int64, bool) {
	v, ok := c.Attr(key)
	if !ok {
		return 0, false
	}
	if v, ok = attr.Tokens(v); !ok {
		return 0, false
	}
	return v.AsInt64(), true
}

// Consume prevents attributes from passing through.
func (c *Conversion) Consume(keys ...attribute.Key) {
	for _, key := range keys {
		if !c.Own.May(key) {
			continue
		}
		for i := range c.Own.Attributes {
			if c.Own.Attributes[i].Key == key {
				c.used[i] = true
			}
		}
	}
}

// Consumed reports whether an attribute was consumed, so that it does not pass
// through.
func (c *Conversion) Consumed(key attribute.Key) bool {
	for i := range c.Own.Attributes {
		if c.Own.Attributes[i].Key == key && c.used[i] {
			return true
		}
	}
	return false
}
