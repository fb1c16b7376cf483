package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// rename names the span after an attribute, unless somebody put what the UI
// shows on the span.
func (c *conversion) rename(key attribute.Key) {
	if c.text(names.PropertySpanName) == "" {
		c.setName(key)
	}
}

func (c *conversion) setName(key attribute.Key) {
	if name := c.text(key); name != "" {
		c.origins.read(key)
		c.setText(names.PropertySpanName, name)
	}
}

// stateFrom fills a state with the first of several attributes, which the
// library writes as JSON: scalars are read, too. It consumes the attributes,
// leaves out embedding vectors and makes LangChain's messages readable.
func (c *conversion) stateFrom(property string, keys ...attribute.Key) {
	c.consume(keys...)
	for _, key := range keys {
		v, ok := c.attr(key)
		if !ok || c.has(property) {
			continue
		}
		if v.Type() == attribute.STRING && isContainer(v.AsString()) && !c.wantsLook(v.AsString()) {
			c.fill(prop.Any(property, v)) // JSON that can stay as it is
			continue
		}
		n := jsonOf(v)
		c.fillState(property, &n)
	}
}

func isContainer(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// wantsLook reports whether something in a JSON text may have to change: vectors,
// messages of LangChain, or all of it, where it holds nothing.
func (c *conversion) wantsLook(text string) bool {
	return c.embeds() || len(text) < 4 || strings.Contains(text, `"lc"`) ||
		strings.Contains(text, "mbedding") || strings.Contains(text, "ector")
}

// vectorNames are the members that hold vectors in the JSON of embedding APIs
// and vector stores.
var vectorNames = []string{"embedding", "embeddings", "vector", "vectors"}

// embeds reports whether the span computes embeddings, by its kind or its name.
func (c *conversion) embeds() bool {
	return c.kind == names.EventEmbedding || strings.Contains(strings.ToLower(c.span.Name()), "embed")
}

// dropVectors removes embedding vectors: large, and nothing for people to read.
// A list of numbers is a vector by the name of its member, and anywhere in what
// a span that computes embeddings returns.
func (c *conversion) dropVectors(n *jsontree.Node) {
	anywhere := c.embeds()
	if numbersIn(n, anywhere) == fractions && n.Is(jsontree.Array) && anywhere {
		*n = jsontree.Node{}
	}
}

// numbers says whether a value is a number or a list of nothing but numbers, in
// lists or not, and of which kind.
type numbers int

const (
	noNumbers numbers = iota
	integers
	fractions // at least one is no integer, as in a vector
)

// numbersIn tells the numbers of a value and removes the vectors inside it.
func numbersIn(n *jsontree.Node, anywhere bool) numbers {
	switch n.Kind {
	case jsontree.Number:
		if strings.ContainsAny(n.Text, ".eE") {
			return fractions
		}
		return integers
	case jsontree.String:
		if anywhere {
			return numbersInText(n)
		}
	case jsontree.Object:
		others := n.Members[:0]
		for i := range n.Members {
			m := &n.Members[i]
			inside := numbersIn(&m.Value, anywhere)
			isVector := inside != noNumbers && slices.Contains(vectorNames, m.Name) ||
				inside == fractions && (anywhere || namesVector(m.Name))
			if !m.Value.Is(jsontree.Array) || !isVector {
				others = append(others, *m)
			}
		}
		n.Members = others
	case jsontree.Array:
		return numbersInList(n, anywhere)
	}
	return noNumbers
}

// numbersInText is [numbersIn] for a list that was made text: a vector becomes
// the list that it was, to be removed as such.
func numbersInText(n *jsontree.Node) numbers {
	if !isContainer(n.Text) {
		return noNumbers
	}
	inner, ok := jsontree.ParseContainer(n.Text)
	if !ok {
		return noNumbers
	}
	whole := inner.JSON()
	inside := numbersIn(&inner, true)
	switch {
	case inside == fractions:
		*n = inner
		return inside
	case inner.JSON() != whole:
		*n = jsontree.Str(inner.JSON())
	}
	return noNumbers
}

// namesVector knows the likes of dense_vector and textEmbedding.
func namesVector(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), "s")
	return strings.HasSuffix(name, "vector") || strings.HasSuffix(name, "embedding")
}

func numbersInList(n *jsontree.Node, anywhere bool) numbers {
	most, all := noNumbers, true
	others := n.Items[:0:0]
	for i := range n.Items {
		item := &n.Items[i]
		inside := numbersIn(item, anywhere)
		most, all = max(most, inside), all && inside != noNumbers
		if anywhere && !(inside == fractions && item.Is(jsontree.Array)) {
			others = append(others, *item)
		}
	}
	switch {
	case all:
		return most
	case anywhere:
		n.Items = others
	}
	return noNumbers
}

// holdsVector reports whether an attribute is or holds a vector, structured or
// as JSON text.
func (c *conversion) holdsVector(v attribute.Value) bool {
	n, ok := treeOf(v)
	if !ok {
		return false
	}
	whole := n.JSON()
	c.dropVectors(&n)
	return n.JSON() != whole
}

// vectorsOut removes the vectors from the output of an embedding, which consists
// of little else.
func (c *conversion) vectorsOut() {
	p := c.get(names.PropertyOutputChoices)
	if p == nil || c.kind != names.EventEmbedding || !c.holdsVector(p.Value) {
		return
	}
	n := treeOfProperty(p)
	c.dropVectors(&n)
	n.Items = slices.DeleteFunc(n.Items, func(m jsontree.Node) bool { return hollow([]jsontree.Node{m}) })
	if isBlank(&n) {
		c.unset(names.PropertyOutputChoices)
	} else {
		c.setTree(names.PropertyOutputChoices, &n)
	}
}
