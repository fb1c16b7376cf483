package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// attributes is a list of attributes with a quick way to see that a key is not
// in it: of the many keys that rules ask for, a span has a few.
type attributes struct {
	list []attribute.KeyValue
	seen [4]uint64 // a bit for each hash of a key
}

func attributesOf(list []attribute.KeyValue) attributes {
	a := attributes{list: list}
	for i := range list {
		word, bit := hash(list[i].Key)
		a.seen[word] |= bit
	}
	return a
}

// hash tells most keys apart by their length and four of their bytes.
func hash(key attribute.Key) (word int, bit uint64) {
	n := len(key)
	if n == 0 {
		return 0, 1
	}
	h := uint32(n) + 7*uint32(key[n-1]) + 31*uint32(key[n/2]) + 61*uint32(key[n/3]) + 89*uint32(key[2*n/3])
	return int(h >> 6 & 3), 1 << (h & 63)
}

// may reports whether the key may be in the list.
func (a *attributes) may(key attribute.Key) bool {
	word, bit := hash(key)
	return a.seen[word]&bit != 0
}

// get returns the value of an attribute, unpacked. One without a value and an
// empty text count as absent.
func (a *attributes) get(key attribute.Key) (attribute.Value, bool) {
	if !a.may(key) {
		return attribute.Value{}, false
	}
	for i := range a.list {
		if a.list[i].Key == key && !empty(a.list[i].Value) {
			return unpacked(a.list[i].Value), true
		}
	}
	return attribute.Value{}, false
}

// text returns the first of the attributes that is a non-empty string.
func (a *attributes) text(keys ...attribute.Key) string {
	for _, key := range keys {
		if v, ok := a.get(key); ok && v.Type() == attribute.STRING {
			return v.AsString()
		}
	}
	return ""
}

// id returns the first of the attributes that is an id.
func (a *attributes) id(keys ...attribute.Key) string {
	for _, key := range keys {
		if v, ok := a.get(key); ok && v.Type() == attribute.STRING && isID(v.AsString()) {
			return v.AsString()
		}
	}
	return ""
}

// empty reports whether a value is none, or an empty text.
func empty(v attribute.Value) bool {
	return v.Type() == attribute.EMPTY || v.Type() == attribute.STRING && v.AsString() == ""
}

// unpacked returns bytes that are JSON, an object or a list, as the text that
// they are: what encoders return goes into attributes as bytes, too. Other bytes
// stay bytes.
func unpacked(v attribute.Value) attribute.Value {
	if v.Type() != attribute.BYTESLICE {
		return v
	}
	return unpackedBytes(v)
}

// unpackedBytes stands apart so that unpacked is small enough to be inlined.
func unpackedBytes(v attribute.Value) attribute.Value {
	text := string(v.AsByteSlice())
	if _, ok := jsontree.Scan(text); ok {
		return attribute.StringValue(text)
	}
	return v
}
