package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// rename sets what the UI shows, unless somebody put a name on the span.
func (c *conversion) rename(name string) {
	if c.text(semconv.PropertySpanName) == "" {
		c.setText(semconv.PropertySpanName, name)
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
			c.fill(event.Any(property, v)) // JSON that can stay as it is
			continue
		}
		n := jsonOf(v)
		c.dropVectors(&n)
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
		strings.Contains(text, `"embedding`) || strings.Contains(text, `"vector`)
}

// vectorNames are the members that hold vectors in the JSON of embedding APIs
// and vector stores.
var vectorNames = []string{"embedding", "embeddings", "vector", "vectors"}

// embeds reports whether the span computes embeddings, by its kind or its name.
func (c *conversion) embeds() bool {
	return c.kind == semconv.EventEmbedding || strings.Contains(strings.ToLower(c.span.Name()), "embed")
}

// dropVectors removes embedding vectors: large, and nothing for people to read.
// A list of numbers is a vector by the name of its member, and anywhere in what
// a span that computes embeddings returns.
func (c *conversion) dropVectors(n *jsontree.Node) {
	anywhere := c.embeds()
	if anywhere && isVector(n) {
		*n = jsontree.Node{}
		return
	}
	n.Walk(func(n *jsontree.Node) bool {
		n.Members = slices.DeleteFunc(n.Members, func(m jsontree.Member) bool {
			return isNumbers(&m.Value) && slices.Contains(vectorNames, m.Name) || anywhere && isVector(&m.Value)
		})
		n.Items = slices.DeleteFunc(n.Items, func(item jsontree.Node) bool { return anywhere && isVector(&item) })
		return true
	})
}

// isVector reports whether n is a list of numbers that are not all integers, or
// a list of such lists.
func isVector(n *jsontree.Node) bool {
	return isNumbers(n) && slices.ContainsFunc(n.Items, func(item jsontree.Node) bool {
		return isVector(&item) || strings.ContainsAny(item.Text, ".eE")
	})
}

// isNumbers reports whether n is a list of numbers, or of lists of numbers.
func isNumbers(n *jsontree.Node) bool {
	return n.Is(jsontree.Array) && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item jsontree.Node) bool {
		return !item.Is(jsontree.Number) && !isNumbers(&item)
	})
}
