package convert_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// row is a span and what is to be seen in its event.
type row struct {
	name   string
	span   string // the name of the span
	scope  string // of the library that made it
	root   bool
	attrs  attrs
	res    attrs // of the resource
	events []sdktrace.Event
	status sdktrace.Status

	event  string            // by default, a span
	person string            // the distinct id
	want   map[string]string // properties as JSON
	absent []string
}

type attrs map[string]any

// list returns the attributes in order of their keys. A value can be anything
// that JSON knows.
func (a attrs) list() []attribute.KeyValue {
	var list []attribute.KeyValue
	for key, value := range a {
		list = append(list, attribute.KeyValue{Key: attribute.Key(key), Value: valueOf(value)})
	}
	slices.SortFunc(list, func(a, b attribute.KeyValue) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return list
}

func valueOf(value any) attribute.Value {
	switch v := value.(type) {
	case string:
		return attribute.StringValue(v)
	case int64:
		return attribute.Int64Value(v)
	case int:
		return attribute.IntValue(v)
	case float64:
		return attribute.Float64Value(v)
	case bool:
		return attribute.BoolValue(v)
	case []string:
		return attribute.StringSliceValue(v)
	case []byte:
		return attribute.ByteSliceValue(v)
	case []any:
		var values []attribute.Value
		for _, e := range v {
			values = append(values, valueOf(e))
		}
		return attribute.SliceValue(values...)
	case attrs:
		return attribute.MapValue(v.list()...)
	case nil:
		return attribute.Value{}
	}
	panic("no attribute value")
}

var rowStart = time.Unix(1_704_067_200, 0).UTC()

func (r row) stub() tracetest.SpanStub {
	id := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled}
	stub := tracetest.SpanStub{
		Name:        r.span,
		SpanContext: trace.NewSpanContext(id),
		StartTime:   rowStart,
		EndTime:     rowStart.Add(1500 * time.Millisecond),
		Attributes:  r.attrs.list(),
		Events:      r.events,
		Status:      r.status,
		Resource:    resource.NewSchemaless(r.res.list()...),

		InstrumentationScope: instrumentation.Scope{Name: r.scope},
	}
	if !r.root {
		id.SpanID = trace.SpanID{3}
		stub.Parent = trace.NewSpanContext(id)
	}
	return stub
}

// checkRows converts the spans of some rows, each by itself.
func checkRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			events := convert.Batch([]sdktrace.ReadOnlySpan{r.stub().Snapshot()}, convert.Options{})
			require.Len(t, events, 1)
			got := decode(t, events[0])
			want := r.event
			if want == "" {
				want = semconv.EventSpan
			}
			require.Equal(t, want, got.Event)
			if r.person != "" {
				require.Equal(t, r.person, got.DistinctID)
			}
			for key, value := range r.want {
				require.Contains(t, got.Properties, key)
				require.True(t, json.Valid([]byte(value)), value)
				require.JSONEq(t, value, string(got.Properties[key]), key)
			}
			for _, key := range r.absent {
				require.NotContains(t, got.Properties, key)
			}
		})
	}
}

func exception(kind, message string) sdktrace.Event {
	return sdktrace.Event{Name: "exception", Time: rowStart, Attributes: []attribute.KeyValue{
		attribute.String("exception.type", kind), attribute.String("exception.message", message),
	}}
}
