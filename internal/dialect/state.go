package dialect

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/vectors"
)

// rename names the span after an attribute, unless the span sets the name
// explicitly.
func (c *Conversion) rename(key attribute.Key) {
	if name := c.Text(key); name != "" && c.Text(names.PropertySpanName) == "" {
		c.From(key)
		c.SetText(names.PropertySpanName, name)
	}
}

// stateFrom fills a state with the first of several attributes, which the
// library writes as JSON: scalars are read, too. It consumes the attributes,
// leaves out embedding vectors and makes LangChain's messages readable.
func (c *Conversion) stateFrom(property string, keys ...attribute.Key) {
	c.Consume(keys...)
	for _, key := range keys {
		v, ok := c.Attr(key)
		if !ok || c.Has(property) {
			continue
		}
		if v.Type() == attribute.STRING && isContainer(v.AsString()) && !wantsLook(c, v.AsString()) {
			c.Fill(prop.Any(property, v)) // JSON that can stay as it is
			continue
		}
		n := c.documentIn(v)
		c.fillState(property, &n)
	}
}

func isContainer(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// wantsLook reports whether a JSON text must be parsed: it may have vectors or
// LangChain messages, or be empty.
func wantsLook(c *Conversion, text string) bool {
	return c.Embeds() || len(text) < 4 || strings.Contains(text, `"lc"`) || vectors.MayHold(text)
}

// Embeds reports whether the span computes embeddings, by its kind or its name.
func (c *Conversion) Embeds() bool {
	return c.Kind == names.EventEmbedding || strings.Contains(strings.ToLower(c.Span.Name()), "embed")
}

// dropVectors removes embedding vectors from a document.
func (c *Conversion) dropVectors(n *jsontree.Node) { vectors.Drop(n, c.Embeds()) }

// HoldsVector reports whether an attribute is or holds a vector, structured or
// as JSON text.
func (c *Conversion) HoldsVector(v attribute.Value) bool {
	n, ok := attr.Tree(v)
	if !ok {
		return false
	}
	whole := n.JSON()
	c.dropVectors(&n)
	return n.JSON() != whole
}

// vectorsOut removes the vectors from the output of an embedding, which consists
// of little else.
func vectorsOut(c *Conversion) {
	p := c.Get(names.PropertyOutputChoices)
	if p == nil || c.Kind != names.EventEmbedding || !c.HoldsVector(p.Value) {
		return
	}
	n := treeOfProperty(p)
	c.dropVectors(&n)
	n.Items = slices.DeleteFunc(n.Items, func(m jsontree.Node) bool { return chat.Hollow([]jsontree.Node{m}) })
	if chat.IsBlank(&n) {
		c.Unset(names.PropertyOutputChoices)
	} else {
		c.SetTree(names.PropertyOutputChoices, &n)
	}
}
