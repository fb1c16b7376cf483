package attr_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
)

// TestNumbers: what is no finite number is left out, whatever its type.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]attribute.Value{
		"NaN":                attribute.Float64Value(math.NaN()),
		"infinite":           attribute.Float64Value(math.Inf(1)),
		"negative infinite":  attribute.Float64Value(math.Inf(-1)),
		"text of NaN":        attribute.StringValue("NaN"),
		"text of infinite":   attribute.StringValue("-Inf"),
		"words":              attribute.StringValue("many"),
		"boolean":            attribute.BoolValue(true),
		"nothing":            {},
		"beyond all numbers": attribute.StringValue("1e999"),
	} {
		_, ok := attr.Number(v)
		require.False(t, ok, "Number: %s", name)
		_, ok = attr.Tokens(v)
		require.False(t, ok, "Tokens: %s", name)
		_, ok = attr.Seconds(v)
		require.False(t, ok, "Seconds: %s", name)
		_, ok = attr.Float(v)
		require.False(t, ok, "Float: %s", name)
	}
	for want, v := range map[int64]attribute.Value{
		0: attribute.Float64Value(0), 1: attribute.StringValue(" 1 "), 2: attribute.StringValue("2.0"), 3: attribute.Int64Value(3),
	} {
		got, ok := attr.Tokens(v)
		require.True(t, ok)
		require.Equal(t, want, got.AsInt64())
	}
	for _, v := range []attribute.Value{attribute.Int64Value(-1), attribute.Float64Value(1.5), attribute.Float64Value(1 << 54)} {
		_, ok := attr.Tokens(v)
		require.False(t, ok, v.String())
	}
}

// TestReason takes the first reason of a list, a JSON list or a text.
func TestReason(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]attribute.Value{
		"stop":       attribute.StringSliceValue([]string{"stop", "length"}),
		"length":     attribute.StringValue(`["length"]`),
		"tool_calls": attribute.StringValue("tool_calls"),
		"end":        attribute.StringValue(`"end"`),
		"max":        attribute.SliceValue(attribute.StringValue("max")),
	} {
		got, ok := attr.Reason(v)
		require.True(t, ok, want)
		require.Equal(t, want, got.AsString())
	}
	for _, v := range []attribute.Value{attribute.StringValue(""), attribute.StringValue("[]"), attribute.StringSliceValue(nil), attribute.IntValue(1)} {
		_, ok := attr.Reason(v)
		require.False(t, ok, v.String())
	}
}
