package convert_test

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/semconv"
)

const fuzzSession = "0190a000-0000-7000-8000-000000000001"

// FuzzBatch makes spans of arbitrary bytes, with the keys that rules look at,
// and converts them.
func FuzzBatch(f *testing.F) {
	for _, seed := range []string{
		"",
		"\x00\x01\x02\x03\x04\x05",
		`[{"role":"user","content":"hi"}]`,
		`{"type":"chat_messages","value":[{"role":"user","content":null}]}`,
		strings.Repeat("[", 300),
		strings.Repeat(`{"a":`, 150) + "1" + strings.Repeat("}", 150),
		"\xff\xfe{\"a\":\"\xc3\x28\"}",
	} {
		f.Add([]byte(seed), seed)
	}
	known := dialect.Keys()
	slices.Sort(known)
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		g := &generator{data: data, text: text, keys: known}
		var spans []sdktrace.ReadOnlySpan
		size := 0
		for i := range 1 + int(g.next())%3 {
			stub := g.span(byte(i + 1))
			size += sizeOf(stub)
			spans = append(spans, stub.Snapshot())
		}
		events := convert.Batch(spans, convert.Options{})
		require.LessOrEqual(t, len(events), len(spans))
		out := 0
		for _, e := range events {
			b := e.Append(nil)
			out += len(b)
			require.True(t, json.Valid(b), "%s", b)
			d := decode(t, e)
			require.Contains(t, []string{
				semconv.EventGeneration, semconv.EventEmbedding, semconv.EventSpan, semconv.EventTrace,
			}, d.Event)
			require.Equal(t, `"`+fuzzSession+`"`, string(d.Properties["$session_id"]))
			require.Equal(t, `"0102030405060708090a0b0c0d0e0f10"`, string(d.Properties["$ai_trace_id"]))
			require.Len(t, string(d.Properties["$ai_span_id"]), 18)
			require.NotEmpty(t, d.DistinctID)
			require.LessOrEqual(t, len(d.DistinctID), 200)
		}
		// A byte of input is at most six of JSON (a control character), and a
		// text stands in the event at most three times.
		require.LessOrEqual(t, out, 4096*len(events)+18*size)
	})
}

// generator turns fuzz data into spans.
type generator struct {
	data []byte
	text string
	keys []attribute.Key
}

func (g *generator) next() byte {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return b
}

func (g *generator) piece() string {
	from, n := int(g.next()), int(g.next())
	if from >= len(g.text) {
		return g.text
	}
	return g.text[from:min(len(g.text), from+1+n)]
}

func (g *generator) key() attribute.Key {
	key := g.keys[(int(g.next())<<8|int(g.next()))%len(g.keys)]
	if prefix, ok := strings.CutSuffix(string(key), "*"); ok {
		return attribute.Key(prefix + g.piece())
	}
	if g.next()%8 == 0 { // an indexed one
		return key + attribute.Key("."+strconv.Itoa(int(g.next())*int(g.next()))+"."+g.piece())
	}
	return key
}

func (g *generator) value(depth int) attribute.Value {
	switch kind := g.next() % 14; kind {
	case 0:
		return attribute.BoolValue(g.next()%2 == 0)
	case 1:
		return attribute.Int64Value(int64(g.next()) - 20)
	case 2:
		return attribute.Float64Value([]float64{math.NaN(), math.Inf(1), -1, 0, 1.5, 1e300, 12}[g.next()%7])
	case 3:
		return attribute.StringSliceValue([]string{g.piece(), g.piece()})
	case 4:
		return attribute.Value{}
	case 5:
		return attribute.ByteSliceValue([]byte(g.piece()))
	case 6, 7:
		if depth > 4 {
			return attribute.StringValue("deep")
		}
		if kind == 6 {
			return attribute.SliceValue(g.value(depth+1), g.value(depth+1))
		}
		return attribute.MapValue(
			attribute.KeyValue{Key: "role", Value: g.value(depth + 1)},
			attribute.KeyValue{Key: attribute.Key(g.piece()), Value: g.value(depth + 1)},
		)
	case 8:
		return attribute.StringValue(`[{"role":"user","parts":[{"type":"tool_call_response","response":` + strconv.Quote(g.piece()) + `}]}]`)
	case 9:
		return attribute.StringValue(g.text)
	case 10:
		return attribute.StringValue(strconv.Itoa(int(g.next())))
	default:
		return attribute.StringValue(g.piece())
	}
}

func (g *generator) span(id byte) tracetest.SpanStub {
	sc := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, SpanID: trace.SpanID{1, 2, 3, 4, 5, 6, 7, id},
	})
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	stub := tracetest.SpanStub{
		Name: g.piece(), SpanContext: sc, StartTime: start, EndTime: start.Add(time.Duration(g.next()) * time.Millisecond),
		Attributes: []attribute.KeyValue{semconv.SessionIDKey.String(fuzzSession), attribute.String("gen_ai.x", "")},
		Resource:   resource.NewSchemaless(attribute.String("service.name", g.piece()), g.key().String(g.piece())),
		Status:     sdktrace.Status{Code: codes.Code(g.next() % 3), Description: g.piece()},
	}
	if parent := g.next() % 4; parent > 0 {
		stub.Parent = sc.WithSpanID(trace.SpanID{1, 2, 3, 4, 5, 6, 7, parent})
	}
	seen := map[attribute.Key]bool{semconv.SessionIDKey: true, "gen_ai.x": true}
	for range g.next() % 24 {
		if key := g.key(); !seen[key] {
			seen[key] = true
			stub.Attributes = append(stub.Attributes, attribute.KeyValue{Key: key, Value: g.value(0)})
		}
	}
	for range g.next() % 4 {
		names := []string{"exception", "gen_ai.user.message", "gen_ai.choice", "gen_ai.client.inference.operation.details", "first_token"}
		stub.Events = append(stub.Events, sdktrace.Event{
			Name: names[int(g.next())%len(names)], Time: start,
			Attributes: []attribute.KeyValue{{Key: g.key(), Value: g.value(0)}, {Key: "content", Value: g.value(0)}},
		})
	}
	return stub
}

func sizeOf(stub tracetest.SpanStub) int {
	n := len(stub.Name) + len(stub.Status.Description) + 200
	count := func(attrs []attribute.KeyValue) {
		for _, kv := range attrs {
			n += len(kv.Key) + len(kv.Value.String()) + 16
		}
	}
	count(stub.Attributes)
	count(stub.Resource.Attributes())
	for _, e := range stub.Events {
		n += len(e.Name)
		count(e.Attributes)
	}
	return n
}
