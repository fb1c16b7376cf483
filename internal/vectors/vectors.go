// Package vectors removes embedding vectors from documents: they are large, and
// people cannot read them.
package vectors

import (
	"slices"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// vectorNames are the members that hold vectors in the JSON of embedding APIs
// and vector stores.
var vectorNames = []string{"embedding", "embeddings", "vector", "vectors"}

// Drop removes the vectors from a document. The member name makes a list of
// numbers a vector. With anywhere, for the output of an embedding call, every
// list of fractions is a vector. A document that is itself a vector becomes
// null.
func Drop(n *jsontree.Node, anywhere bool) {
	if numbersIn(n, anywhere) == fractions && n.Is(jsontree.Array) && anywhere {
		*n = jsontree.Node{}
	}
}

// MayHold reports whether a JSON text may have a member with the name of a
// vector.
func MayHold(text string) bool {
	return strings.Contains(text, "mbedding") || strings.Contains(text, "ector")
}

// numbers says whether a value is a number or a possibly nested list of only
// numbers, and of which kind.
type numbers int

const (
	noNumbers numbers = iota
	integers
	fractions // at least one is no integer, as in a vector
)

// numbersIn classifies a value and removes the vectors inside it.
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

// numbersInText is [numbersIn] for a list that was converted to text: a vector
// becomes a list again, so that it is removed.
func numbersInText(n *jsontree.Node) numbers {
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

// namesVector matches names such as dense_vector and textEmbedding.
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
