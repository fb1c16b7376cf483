package event_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

func sample() event.Event {
	return event.Event{
		Name: "$ai_generation", DistinctID: "user \"42\"\n",
		UUID: uuid.MustParse("0190a000-0000-7000-8000-00000000000f"),
		Time: time.Date(2026, 3, 12, 9, 0, 0, 123456789, time.FixedZone("CET", 3600)),
		Properties: []prop.Property{
			prop.String("text", "a \"b\" \\ \x01 é \xff"),
			prop.Doc("doc", `[{"role":"user"}]`),
			prop.String("not a doc", `[1]`),
			prop.Any("int", attribute.Int64Value(math.MaxInt64)),
			prop.Any("float", attribute.Float64Value(0.1)),
			prop.Any("NaN", attribute.Float64Value(math.NaN())),
			prop.Any("large", attribute.Float64Value(1e22)),
			prop.Any("bytes", attribute.ByteSliceValue([]byte{0xca, 0xfe})),
			prop.Any("none", attribute.Value{}),
			prop.Any("list", attribute.SliceValue(attribute.BoolValue(true), attribute.Value{}, attribute.StringSliceValue([]string{"x"}))),
			prop.Any("map", attribute.MapValue(attribute.Int("a", 1), attribute.Int("a", 2), attribute.Map("b"))),
		},
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	e := sample()
	const want = `{
		"event": "$ai_generation", "distinct_id": "user \"42\"\n", "uuid": "0190a000-0000-7000-8000-00000000000f",
		"timestamp": "2026-03-12T08:00:00.123456789Z",
		"properties": {
			"text": "a \"b\" \\ \u0001 é \ufffd", "doc": [{"role": "user"}], "not a doc": "[1]", "int": 9223372036854775807, "float": 0.1,
			"NaN": null, "large": 1e22, "bytes": "cafe", "list": [true, null, ["x"]], "map": {"a": 2, "b": {}}
		}
	}`
	got := e.Append([]byte("before"))
	require.Equal(t, "before", string(got[:6]))
	require.JSONEq(t, want, string(got[6:]))
	require.Contains(t, string(got), `"int":9223372036854775807`, "to the last digit")
}

func TestAppendExplained(t *testing.T) {
	t.Parallel()
	e := sample()
	e.Properties = e.Properties[:2]
	e.Origins = []prop.Origin{
		{Property: "doc", Rule: "first"},
		{Property: "doc", Rule: "last", Attributes: []string{"a", "b"}},
		{Property: "gone", Rule: "x"},
	}
	var got struct {
		Event   string
		Explain map[string]any
	}
	require.NoError(t, json.Unmarshal(e.AppendExplained(nil), &got))
	require.Equal(t, "$ai_generation", got.Event)
	require.Equal(t, map[string]any{"doc": map[string]any{"rule": "last", "attributes": []any{"a", "b"}}}, got.Explain)
}

func TestAppendAllocatesNothing(t *testing.T) {
	e := sample()
	e.Properties = e.Properties[1:6] // the first is no UTF-8
	buf := e.Append(nil)
	require.Zero(t, testing.AllocsPerRun(100, func() { buf = e.Append(buf[:0]) }))
}
