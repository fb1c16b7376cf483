// Package attr reads attribute values: a list with fast lookup, and readers
// that accept only values that a property can hold.
package attr

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// List is a list of attributes that quickly excludes absent keys: rules ask for
// many keys, of which a span has a few.
type List struct {
	Attributes []attribute.KeyValue
	seen       [4]uint64 // a bit for each hash of a key
}

// Of returns the list of these attributes.
func Of(list []attribute.KeyValue) List {
	a := List{Attributes: list}
	for i := range list {
		word, bit := hash(list[i].Key)
		a.seen[word] |= bit
	}
	return a
}

// hash distinguishes most keys by their length and four of their bytes.
func hash(key attribute.Key) (word int, bit uint64) {
	n := len(key)
	if n == 0 {
		return 0, 1
	}
	h := uint32(n) + 7*uint32(key[n-1]) + 31*uint32(key[n/2]) + 61*uint32(key[n/3]) + 89*uint32(key[2*n/3])
	return int(h >> 6 & 3), 1 << (h & 63)
}

// May reports whether the key may be in the list.
func (a *List) May(key attribute.Key) bool {
	word, bit := hash(key)
	return a.seen[word]&bit != 0
}

// Get returns the unpacked value of an attribute. An empty value or an empty
// text counts as absent.
func (a *List) Get(key attribute.Key) (attribute.Value, bool) {
	if !a.May(key) {
		return attribute.Value{}, false
	}
	for i := range a.Attributes {
		if a.Attributes[i].Key == key && !IsEmpty(a.Attributes[i].Value) {
			return Unpacked(a.Attributes[i].Value), true
		}
	}
	return attribute.Value{}, false
}

// Text returns the first of the attributes that is a non-empty string.
func (a *List) Text(keys ...attribute.Key) string {
	for _, key := range keys {
		if v, ok := a.Get(key); ok && v.Type() == attribute.STRING {
			return v.AsString()
		}
	}
	return ""
}

// IsEmpty reports whether a value is missing or an empty text.
func IsEmpty(v attribute.Value) bool {
	return v.Type() == attribute.EMPTY || v.Type() == attribute.STRING && v.AsString() == ""
}

// Unpacked returns bytes that hold a JSON object or array as a string, because
// some libraries store an encoder's output as bytes. Other bytes stay bytes.
func Unpacked(v attribute.Value) attribute.Value {
	if v.Type() != attribute.BYTESLICE {
		return v
	}
	return unpackedBytes(v)
}

// unpackedBytes is separate so that Unpacked is small enough to be inlined.
func unpackedBytes(v attribute.Value) attribute.Value {
	text := string(v.AsByteSlice())
	if _, ok := jsontree.Scan(text); ok {
		return attribute.StringValue(text)
	}
	return v
}
