package attr

import (
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Reader converts an attribute value to one that a property can hold. A value
// of the wrong type is left out, never guessed.
type Reader func(attribute.Value) (attribute.Value, bool)

// Anything reads every value but an empty one.
func Anything(v attribute.Value) (attribute.Value, bool) { return v, !IsEmpty(v) }

// Document reads JSON of any kind. Text that is a JSON scalar becomes that
// scalar, and null is left out. Other text stays text, even if it is an object
// or an array: a later step parses those.
func Document(v attribute.Value) (attribute.Value, bool) {
	if v.Type() == attribute.STRING {
		v = scalarIn(v)
	} else if list, ok := listOfTexts(v); ok {
		v = list
	}
	return v, !IsEmpty(v)
}

// listOfTexts returns a list of which every item is the JSON text of an object as
// the JSON text of the whole list. Attributes of older SDKs hold no other lists of
// objects.
func listOfTexts(v attribute.Value) (attribute.Value, bool) {
	if v.Type() != attribute.STRINGSLICE {
		list := v.AsSlice() // nil for other types
		if len(list) == 0 || list[0].Type() != attribute.STRING {
			return v, false
		}
	}
	n := jsontree.FromValue(v)
	doc := []byte{'['}
	for i := range n.Items {
		text := strings.TrimSpace(n.Items[i].String())
		if _, ok := jsontree.Scan(text); !ok || text[0] != '{' {
			return v, false
		}
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(doc, text...)
	}
	return attribute.StringValue(string(append(doc, ']'))), len(n.Items) > 0
}

// scalarIn returns the JSON scalar in a text. A number with more digits than a
// float64 keeps stays text.
func scalarIn(v attribute.Value) attribute.Value {
	const digits = 15
	text := strings.Trim(v.AsString(), " \t\r\n")
	if text == "" || text[0] != '"' && len(text) > digits {
		return v
	}
	n, ok := jsontree.Parse(text)
	switch {
	case ok && n.Is(jsontree.String):
		return attribute.StringValue(n.Text)
	case ok && n.Is(jsontree.Number):
		v, _ = Number(v)
		return v
	case ok && n.Is(jsontree.Bool):
		return attribute.BoolValue(n.Text == "true")
	case ok && n.Is(jsontree.Null):
		return attribute.Value{}
	}
	return v
}

// Text reads a non-empty string.
func Text(v attribute.Value) (attribute.Value, bool) {
	return v, v.Type() == attribute.STRING && v.AsString() != ""
}

// Number reads a finite number, also one that is written as text.
func Number(v attribute.Value) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.INT64:
		return v, true
	case attribute.FLOAT64:
		f := v.AsFloat64()
		return v, !math.IsNaN(f) && !math.IsInf(f, 0)
	case attribute.STRING:
		s := strings.TrimSpace(v.AsString())
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return attribute.Int64Value(i), true
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return attribute.Float64Value(f), true
		}
	}
	return attribute.Value{}, false
}

// Tokens reads a count: an integer of at least zero.
func Tokens(v attribute.Value) (attribute.Value, bool) {
	v, ok := Number(v)
	if ok && v.Type() == attribute.FLOAT64 {
		f := v.AsFloat64()
		ok = f == math.Trunc(f) && math.Abs(f) < 1<<53
		v = attribute.Int64Value(int64(f))
	}
	return v, ok && v.AsInt64() >= 0
}

// Milliseconds reads a number of milliseconds as seconds.
func Milliseconds(v attribute.Value) (attribute.Value, bool) {
	f, ok := Float(v)
	return attribute.Float64Value(f / 1000), ok && f >= 0
}

// Seconds reads a duration in seconds.
func Seconds(v attribute.Value) (attribute.Value, bool) {
	f, ok := Float(v)
	return attribute.Float64Value(f), ok && f >= 0
}

// Float reads a number as a float64.
func Float(v attribute.Value) (float64, bool) {
	v, ok := Number(v)
	if v.Type() == attribute.INT64 {
		return float64(v.AsInt64()), ok
	}
	return v.AsFloat64(), ok
}

// Boolean reads a boolean, also one that is written as text.
func Boolean(v attribute.Value) (attribute.Value, bool) {
	switch {
	case v.Type() == attribute.BOOL:
		return v, true
	case v.Type() == attribute.STRING && strings.EqualFold(v.AsString(), "true"):
		return attribute.BoolValue(true), true
	case v.Type() == attribute.STRING && strings.EqualFold(v.AsString(), "false"):
		return attribute.BoolValue(false), true
	}
	return attribute.Value{}, false
}

// Reason reads the first stop reason of an array, a JSON array as text, or one
// plain text. Reasons longer than 128 characters are ignored.
func Reason(v attribute.Value) (attribute.Value, bool) {
	s := ""
	switch v.Type() {
	case attribute.STRING:
		s = v.AsString()
		if n, ok := jsontree.ParseContainer(s); ok {
			s = n.At(0).String()
		} else if n, ok := jsontree.Parse(s); ok && n.Is(jsontree.String) {
			s = n.Text
		}
	case attribute.STRINGSLICE:
		if list := v.AsStringSlice(); len(list) > 0 {
			s = list[0]
		}
	case attribute.SLICE:
		if list := v.AsSlice(); len(list) > 0 && list[0].Type() == attribute.STRING {
			s = list[0].AsString()
		}
	}
	return attribute.StringValue(s), chat.IsStopReason(s)
}

// Container reads a JSON object or array, structured or as text.
func Container(v attribute.Value) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRING:
		_, ok := jsontree.Scan(v.AsString())
		return v, ok
	case attribute.MAP, attribute.SLICE, attribute.STRINGSLICE, attribute.INT64SLICE, attribute.FLOAT64SLICE, attribute.BOOLSLICE:
		return v, true
	}
	return v, false
}
