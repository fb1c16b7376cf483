package jsontree

import (
	"encoding/hex"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
)

// FromValue returns the tree of a structured attribute value. Scalars become
// scalars; a string stays a string, whatever it holds. What is nested deeper than
// [MaxDepth] becomes a text that holds its JSON.
func FromValue(v attribute.Value) Node { return fromValue(v, 0) }

func fromValue(v attribute.Value, depth int) Node {
	if depth >= MaxDepth && isContainer(v) {
		return Str(deepText(v))
	}
	switch v.Type() {
	case attribute.BOOL:
		return Node{Kind: Bool, Text: strconv.FormatBool(v.AsBool())}
	case attribute.INT64:
		return Node{Kind: Number, Text: strconv.FormatInt(v.AsInt64(), 10)}
	case attribute.FLOAT64:
		text := string(AppendFloat(nil, v.AsFloat64()))
		if text == "null" {
			return Node{}
		}
		return Node{Kind: Number, Text: text}
	case attribute.STRING:
		return Str(v.AsString())
	case attribute.BYTESLICE:
		return Str(hex.EncodeToString(v.AsByteSlice()))
	case attribute.BOOLSLICE:
		return fromList(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		return fromList(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		return fromList(v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		return fromList(v.AsStringSlice(), attribute.StringValue)
	case attribute.SLICE:
		n := Node{Kind: Array}
		for _, e := range v.AsSlice() {
			n.Items = append(n.Items, fromValue(e, depth+1))
		}
		return n
	case attribute.MAP:
		n := Node{Kind: Object}
		for _, kv := range lastOfEqualKeys(v.AsMap()) {
			n.Members = append(n.Members, Member{string(kv.Key), fromValue(kv.Value, depth+1)})
		}
		return n
	}
	return Node{}
}

func fromList[T any](list []T, value func(T) attribute.Value) Node {
	n := Node{Kind: Array}
	for _, e := range list {
		n.Items = append(n.Items, FromValue(value(e)))
	}
	return n
}

// ToValue is the opposite of [FromValue]. A number that is a whole one becomes an
// integer.
func ToValue(n *Node) attribute.Value {
	switch n.Kind {
	case Bool:
		return attribute.BoolValue(n.Text == "true")
	case Number:
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return attribute.Int64Value(i)
		}
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
			return attribute.Float64Value(f)
		}
	case String:
		return attribute.StringValue(n.Text)
	case Array:
		list := make([]attribute.Value, len(n.Items))
		for i := range n.Items {
			list[i] = ToValue(&n.Items[i])
		}
		return attribute.SliceValue(list...)
	case Object:
		members := make([]attribute.KeyValue, len(n.Members))
		for i := range n.Members {
			m := &n.Members[i]
			members[i] = attribute.KeyValue{Key: attribute.Key(m.Name), Value: ToValue(&m.Value)}
		}
		return attribute.MapValue(members...)
	}
	return attribute.Value{}
}
