package spans

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
)

// Attributes returns the entries of m in order, nested values included. Text
// and bytes are shared with m.
func Attributes(m pcommon.Map) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, m.Len())
	for key, v := range m.All() {
		list = append(list, attribute.KeyValue{Key: attribute.Key(key), Value: value(v)})
	}
	return list
}

func value(v pcommon.Value) attribute.Value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return attribute.StringValue(v.Str())
	case pcommon.ValueTypeBool:
		return attribute.BoolValue(v.Bool())
	case pcommon.ValueTypeInt:
		return attribute.Int64Value(v.Int())
	case pcommon.ValueTypeDouble:
		return attribute.Float64Value(v.Double())
	case pcommon.ValueTypeBytes:
		return attribute.ByteSliceValue(v.Bytes().AsRaw())
	case pcommon.ValueTypeSlice:
		return slice(v.Slice())
	case pcommon.ValueTypeMap:
		return attribute.MapValue(Attributes(v.Map())...)
	}
	return attribute.Value{}
}

// slice makes a slice of texts of one that has nothing else, as the SDK's own
// attributes are: those rules that want texts need not look twice.
func slice(s pcommon.Slice) attribute.Value {
	if texts, ok := textsOf(s); ok {
		return attribute.StringSliceValue(texts)
	}
	values := make([]attribute.Value, 0, s.Len())
	for _, v := range s.All() {
		values = append(values, value(v))
	}
	return attribute.SliceValue(values...)
}

func textsOf(s pcommon.Slice) ([]string, bool) {
	for _, v := range s.All() {
		if v.Type() != pcommon.ValueTypeStr {
			return nil, false
		}
	}
	texts := make([]string, 0, s.Len())
	for _, v := range s.All() {
		texts = append(texts, v.Str())
	}
	return texts, true
}
