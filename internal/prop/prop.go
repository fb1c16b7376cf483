// Package prop defines a property of a PostHog event.
package prop

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Property is a key and a value. The value is an unchanged attribute value or a
// JSON document.
type Property struct {
	Key   string
	Value attribute.Value
	// JSON says that Value is a string with a valid JSON document, which is
	// embedded unchanged.
	JSON bool
}

// Any returns a property with an attribute value.
func Any(key string, v attribute.Value) Property { return Property{Key: key, Value: v} }

// String returns a property with a text.
func String(key, text string) Property {
	return Property{Key: key, Value: attribute.StringValue(text)}
}

// Doc returns a property with a JSON document, which must be valid.
func Doc(key, json string) Property {
	return Property{Key: key, Value: attribute.StringValue(json), JSON: true}
}

// Tree returns the value as a tree.
func (p *Property) Tree() jsontree.Node {
	if p.JSON {
		if n, ok := jsontree.Parse(p.Value.AsString()); ok {
			return n
		}
	}
	return jsontree.FromValue(p.Value)
}

// AppendValue appends the value of the property as JSON.
func (p *Property) AppendValue(dst []byte) []byte {
	if p.JSON {
		return append(dst, p.Value.AsString()...)
	}
	return jsontree.AppendValue(dst, p.Value)
}

// Origin says where a property came from.
type Origin struct {
	Property   string
	Rule       string   // the library or step of the conversion that set it
	Attributes []string // the attributes that were read for it
}
