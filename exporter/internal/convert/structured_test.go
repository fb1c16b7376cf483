package convert_test

import (
	"encoding/json"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
)

// TestStructuredAttributes checks that JSON text, structured values and the bytes
// of JSON are the same to every rule: it rewrites each attribute of recorded
// spans that holds a JSON object or array, one by one, and expects the same event.
func TestStructuredAttributes(t *testing.T) {
	t.Parallel()
	eachRecording(t, func(t *testing.T, spans []sdktrace.ReadOnlySpan) {
		for _, span := range spans {
			want := convertOne(t, span)
			if want == nil {
				continue
			}
			for attrs, key := range structuredIn(span.Attributes(), structured) {
				got := convertOne(t, changed{ReadOnlySpan: span, attrs: attrs, events: span.Events()})
				require.NotNil(t, got)
				require.Equal(t, pretty(t, *want), pretty(t, *got), "%s: %s", span.Name(), key)
			}
			for attrs, key := range structuredIn(span.Attributes(), packed) {
				if _, passed := want.Properties[string(key)]; passed {
					continue // what no rule reads is bytes, and sent as such
				}
				got := convertOne(t, changed{ReadOnlySpan: span, attrs: attrs, events: span.Events()})
				require.NotNil(t, got)
				require.Equal(t, pretty(t, *want), pretty(t, *got), "bytes: %s: %s", span.Name(), key)
			}
			for i := range span.Events() {
				for _, write := range []writing{structured, packed} {
					for attrs, key := range structuredIn(span.Events()[i].Attributes, write) {
						if key == "exception.message" {
							continue // becomes a part of a text, so its spelling is seen
						}
						events := slices.Clone(span.Events())
						events[i].Attributes = attrs
						got := convertOne(t, changed{ReadOnlySpan: span, attrs: span.Attributes(), events: events})
						require.Equal(t, pretty(t, *want), pretty(t, *got), "%s: %s: %s", span.Name(), events[i].Name, key)
					}
				}
			}
		}
	})
}

// writing returns another value that stands for the same JSON text.
type writing func(attribute.Value) (attribute.Value, bool)

// structuredIn returns copies of a list of attributes, in each of which one is
// written in another way than as JSON text, and its key.
func structuredIn(attrs []attribute.KeyValue, write writing) iter.Seq2[[]attribute.KeyValue, attribute.Key] {
	return func(yield func([]attribute.KeyValue, attribute.Key) bool) {
		for i, kv := range attrs {
			v, ok := write(kv.Value)
			if !ok {
				continue
			}
			attrs := slices.Clone(attrs)
			attrs[i].Value = v
			if !yield(attrs, kv.Key) {
				return
			}
		}
	}
}

// TestAttributeOrder checks that the order of the attributes does not matter.
func TestAttributeOrder(t *testing.T) {
	t.Parallel()
	eachRecording(t, func(t *testing.T, spans []sdktrace.ReadOnlySpan) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, span := range spans {
			want := convertOne(t, span)
			if want == nil {
				continue
			}
			for range 4 {
				shuffled := slices.Clone(span.Attributes())
				r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				require.Equal(t, pretty(t, *want), pretty(t, *convertOne(t, changed{ReadOnlySpan: span, attrs: shuffled, events: span.Events()})), span.Name())
			}
		}
	})
}

// eachRecording calls f with the spans of every recording.
func eachRecording(t *testing.T, f func(*testing.T, []sdktrace.ReadOnlySpan)) {
	for _, dir := range []string{filepath.Join(shared, "corpus"), filepath.Join("testdata", "own")} {
		files, err := filepath.Glob(filepath.Join(dir, "*", "*.otlp.json"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, ".logs.otlp.json") {
				continue
			}
			t.Run(filepath.Base(filepath.Dir(file))+"/"+strings.TrimSuffix(filepath.Base(file), ".otlp.json"), func(t *testing.T) {
				t.Parallel()
				spans, err := spantest.ReadOTLP(file)
				require.NoError(t, err)
				f(t, spans)
			})
		}
	}
}

// changed is a span with other attributes and events.
type changed struct {
	sdktrace.ReadOnlySpan
	attrs  []attribute.KeyValue
	events []sdktrace.Event
}

func (s changed) Attributes() []attribute.KeyValue { return s.attrs }
func (s changed) Events() []sdktrace.Event         { return s.events }

// convertOne returns the event of a span by itself, or nil.
func convertOne(t *testing.T, span sdktrace.ReadOnlySpan) *decoded {
	events := convert.Batch([]sdktrace.ReadOnlySpan{span}, convert.Options{})
	if len(events) == 0 {
		return nil
	}
	d := decode(t, events[0])
	return &d
}

// structured returns the structured value that a JSON text stands for.
func structured(v attribute.Value) (attribute.Value, bool) {
	if v.Type() != attribute.STRING {
		return v, false
	}
	n, ok := jsontree.ParseContainer(v.AsString())
	if !ok {
		return v, false
	}
	return valueOfNode(&n), true
}

// packed returns the bytes of a JSON text.
func packed(v attribute.Value) (attribute.Value, bool) {
	_, ok := structured(v)
	return attribute.ByteSliceValue([]byte(v.AsString())), ok
}

func valueOfNode(n *jsontree.Node) attribute.Value {
	switch n.Kind {
	case jsontree.Bool:
		return attribute.BoolValue(n.Text == "true")
	case jsontree.Number:
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return attribute.Int64Value(i)
		}
		f, _ := strconv.ParseFloat(n.Text, 64)
		return attribute.Float64Value(f)
	case jsontree.String:
		return attribute.StringValue(n.Text)
	case jsontree.Array:
		var list []attribute.Value
		for i := range n.Items {
			list = append(list, valueOfNode(&n.Items[i]))
		}
		return attribute.SliceValue(list...)
	case jsontree.Object:
		var list []attribute.KeyValue
		for i := range n.Members {
			list = append(list, attribute.KeyValue{Key: attribute.Key(n.Members[i].Name), Value: valueOfNode(&n.Members[i].Value)})
		}
		return attribute.MapValue(list...)
	}
	return attribute.Value{}
}

// pretty returns an event as text in which the order of members does not matter,
// nor the spelling of JSON inside of texts: where chat completions have a text,
// such as the arguments of a tool call, structured values are spelt anew.
func pretty(t *testing.T, d decoded) string {
	b, err := json.Marshal(d)
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(b, &v))
	b, err = json.MarshalIndent(unquoted(v), "", " ")
	require.NoError(t, err)
	return string(b)
}

// unquoted replaces the texts in a value that hold JSON objects or arrays.
func unquoted(v any) any {
	switch v := v.(type) {
	case string:
		var inner any
		if _, ok := jsontree.ParseContainer(v); ok && json.Unmarshal([]byte(v), &inner) == nil {
			return unquoted(inner)
		}
	case []any:
		for i := range v {
			v[i] = unquoted(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = unquoted(v[k])
		}
	}
	return v
}
