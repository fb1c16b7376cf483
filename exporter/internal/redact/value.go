package redact

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// bytesNote replaces raw bytes, which would be sent as hex.
const bytesNote = "[bytes redacted]"

// Value is [String] and [Tree] for an attribute value: strings, alone or in
// lists and maps, media objects in maps and in JSON texts, and byte slices of
// more than 256 bytes, which become the string "[bytes redacted]". Apart from
// the replaced parts, the JSON of a value stays the same; numbers in its lists
// and maps may change between integer and float.
func Value(v attribute.Value) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRING:
		if s, changed := attributeText(v.AsString()); changed {
			return attribute.StringValue(s), true
		}
	case attribute.STRINGSLICE:
		list, changed := v.AsStringSlice(), false
		for i, s := range list {
			if s, ok := attributeText(s); ok {
				list[i], changed = s, true
			}
		}
		if changed {
			return attribute.StringSliceValue(list), true
		}
	case attribute.BYTESLICE, attribute.SLICE, attribute.MAP:
		v, changed := replaceBytes(v, 0)
		if n := jsontree.FromValue(v); Tree(&n) {
			return jsontree.ToValue(&n), true
		}
		return v, changed
	}
	return v, false
}

// attributeText parses a JSON text only if necessary: a scan does not see media
// objects inside its strings, but those contain long runs.
func attributeText(s string) (string, bool) {
	if !Suspect(s) {
		if facts, ok := jsontree.Scan(s); !ok || !facts.Media {
			return s, false
		}
	}
	return document(s)
}

// replaceBytes replaces long byte slices, which in a tree are strings of hex.
func replaceBytes(v attribute.Value, depth int) (attribute.Value, bool) {
	if depth > jsontree.MaxDepth {
		return v, false
	}
	changed := false
	switch v.Type() {
	case attribute.BYTESLICE:
		if len(v.AsByteSlice()) > maxBytes {
			return attribute.StringValue(bytesNote), true
		}
	case attribute.SLICE:
		list := v.AsSlice()
		for i := range list {
			if e, ok := replaceBytes(list[i], depth+1); ok {
				list[i], changed = e, true
			}
		}
		if changed {
			return attribute.SliceValue(list...), true
		}
	case attribute.MAP:
		members := v.AsMap()
		for i := range members {
			if e, ok := replaceBytes(members[i].Value, depth+1); ok {
				members[i].Value, changed = e, true
			}
		}
		if changed {
			return attribute.MapValue(members...), true
		}
	}
	return v, false
}
