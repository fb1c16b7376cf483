package jsontree

import (
	"encoding/hex"
	"math"
	"strconv"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
	"go.opentelemetry.io/otel/attribute"
)

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	if isPlain(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	dst, _ = jsontext.AppendQuote(dst, s) // the error only tells that bytes were replaced
	return dst
}

// isPlain reports whether no character of s needs an escape, as in most keys
// and many values. It returns false for long texts, which nearly always need
// one.
func isPlain(s string) bool {
	if len(s) > 64 {
		return false
	}
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; len(b) >= 8; b = b[8:] {
		if x := load(b); special(x)|x&highs != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// AppendFloat appends f as a JSON number; NaN and the infinities become null,
// because JSON does not have them.
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(dst, "null"...)
	case f != 0 && (math.Abs(f) < 1e-6 || math.Abs(f) >= 1e21):
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// Append appends n as JSON. A value nested deeper than [MaxDepth] becomes a
// string that holds its JSON.
func (n *Node) Append(dst []byte) []byte { return n.append(dst, 1) }

func (n *Node) append(dst []byte, depth int) []byte {
	switch n.Kind {
	case Bool, Number:
		return append(dst, n.Text...)
	case String:
		return AppendString(dst, n.Text)
	case Array, Object:
		if depth > MaxDepth {
			return AppendString(dst, n.JSON())
		}
	}
	switch n.Kind {
	case Array:
		return appendList(dst, '[', n.Items, ']', func(dst []byte, item *Node) []byte {
			return item.append(dst, depth+1)
		})
	case Object:
		return appendList(dst, '{', n.Members, '}', func(dst []byte, m *Member) []byte {
			return m.Value.append(append(AppendString(dst, m.Name), ':'), depth+1)
		})
	}
	return append(dst, "null"...)
}

// JSON returns n as JSON text.
func (n *Node) JSON() string { return string(n.Append(make([]byte, 0, 128))) }

// AppendValue appends an attribute value as JSON: bytes as lower-case hex, an
// empty value as null, maps with sorted keys and the last of equal keys. A
// value nested deeper than [MaxDepth] becomes a string that holds its JSON.
func AppendValue(dst []byte, v attribute.Value) []byte { return appendValue(dst, v, 0) }

func appendValue(dst []byte, v attribute.Value, depth int) []byte {
	if depth >= MaxDepth && isContainer(v) {
		return AppendString(dst, deepText(v))
	}
	switch v.Type() {
	case attribute.BOOL:
		return strconv.AppendBool(dst, v.AsBool())
	case attribute.INT64:
		return strconv.AppendInt(dst, v.AsInt64(), 10)
	case attribute.FLOAT64:
		return AppendFloat(dst, v.AsFloat64())
	case attribute.STRING:
		return AppendString(dst, v.AsString())
	case attribute.BYTESLICE:
		dst = append(dst, '"')
		dst = hex.AppendEncode(dst, v.AsByteSlice())
		return append(dst, '"')
	case attribute.BOOLSLICE:
		return appendList(dst, '[', v.AsBoolSlice(), ']', func(dst []byte, b *bool) []byte { return strconv.AppendBool(dst, *b) })
	case attribute.INT64SLICE:
		return appendList(dst, '[', v.AsInt64Slice(), ']', func(dst []byte, i *int64) []byte { return strconv.AppendInt(dst, *i, 10) })
	case attribute.FLOAT64SLICE:
		return appendList(dst, '[', v.AsFloat64Slice(), ']', func(dst []byte, f *float64) []byte { return AppendFloat(dst, *f) })
	case attribute.STRINGSLICE:
		return appendList(dst, '[', v.AsStringSlice(), ']', func(dst []byte, s *string) []byte { return AppendString(dst, *s) })
	case attribute.SLICE:
		return appendList(dst, '[', v.AsSlice(), ']', func(dst []byte, e *attribute.Value) []byte { return appendValue(dst, *e, depth+1) })
	case attribute.MAP:
		return appendList(dst, '{', lastOfEqualKeys(v.AsMap()), '}', func(dst []byte, kv *attribute.KeyValue) []byte {
			return appendValue(append(AppendString(dst, string(kv.Key)), ':'), kv.Value, depth+1)
		})
	}
	return append(dst, "null"...)
}

// lastOfEqualKeys relies on attribute.MapValue sorting its keys stably.
func lastOfEqualKeys(kvs []attribute.KeyValue) []attribute.KeyValue {
	kept := kvs[:0]
	for i, kv := range kvs {
		if i+1 < len(kvs) && kvs[i+1].Key == kv.Key {
			continue
		}
		kept = append(kept, kv)
	}
	return kept
}

func appendList[T any](dst []byte, open byte, list []T, end byte, each func([]byte, *T) []byte) []byte {
	dst = append(dst, open)
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = each(dst, &list[i])
	}
	return append(dst, end)
}
