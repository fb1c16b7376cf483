package spans_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// corpus is beside the repository where there is one.
var corpus = filepath.Join("..", "..", "..", "..", "shared", "corpus")

// TestCorpusBothWays sends recorded spans through pdata and, read by other
// code, straight to the exporter: the events are the same to the byte.
func TestCorpusBothWays(t *testing.T) {
	t.Parallel()
	files := recordings(t, corpus)
	own := recordings(t, filepath.Join("..", "..", "..", "exporter", "internal", "convert", "testdata", "own"))
	if len(files) == 0 {
		t.Logf("NOT COMPARED: no recordings in %s; only the repository's own %d are", corpus, len(own))
	}
	files = append(files, own...)
	if len(files) == 0 {
		t.Skip("no recordings at all")
	}
	events := 0
	for _, file := range files {
		direct, err := spantest.ReadOTLP(file)
		require.NoError(t, err, file)
		want := export(t, direct)
		got := export(t, spans.Of(read(t, file)))
		require.Equal(t, want, got, file)
		events += strings.Count(want, "\n")
	}
	require.Positive(t, events)
	t.Logf("%d recordings, %d events", len(files), events)
}

// TestFilterAgrees holds the quick test for AI spans against the exporter's.
func TestFilterAgrees(t *testing.T) {
	t.Parallel()
	files := recordings(t, corpus)
	if len(files) == 0 {
		t.Skipf("no recordings in %s", corpus)
	}
	for _, file := range files {
		want := export(t, spans.Of(read(t, file)))
		got := export(t, spans.Of(read(t, file)), exporter.WithFilter(spans.IsAI))
		require.Equal(t, want, got, file)
	}
}

func TestFilterTakesForeignSpans(t *testing.T) {
	t.Parallel()
	require.True(t, spans.IsAI(spantest.Generation(1, 100)))
	require.False(t, spans.IsAI(tracetest.SpanStub{Name: "GET /"}.Snapshot()))
}

// TestFilterAgreesAlone is the same without the corpus.
func TestFilterAgreesAlone(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	list := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, name := range []string{"GET /", "gen_ai.call", "ai.generateText", "airport"} {
		for _, key := range []string{"", "http.route", "gen_ai.system", "llm.x", "mastra.span.type", "langfuse.x"} {
			for _, v := range []pcommon.Value{pcommon.NewValueStr("x"), pcommon.NewValueEmpty(), pcommon.NewValueMap()} {
				s := list.AppendEmpty()
				s.SetName(name)
				if key != "" {
					v.CopyTo(s.Attributes().PutEmpty(key))
				}
			}
		}
	}
	for i, s := range spans.Of(td) {
		require.Equal(t, semconv.IsAI(s.Name(), s.Attributes()), spans.IsAI(s), "%s %v", list.At(i).Name(), list.At(i).Attributes().AsRaw())
	}
}

// TestEveryMethod also keeps the embedded nil interface from being reached.
func TestEveryMethod(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 4, 3, 2, 1, 123456789, time.UTC)
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "assistant")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.SetSchemaUrl("https://example.com/schema")
	ss.Scope().SetName("scope")
	ss.Scope().SetVersion("1")
	s := ss.Spans().AppendEmpty()
	s.SetName("chat")
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{2})
	s.SetParentSpanID(pcommon.SpanID{3})
	s.SetKind(ptrace.SpanKindClient)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Second)))
	s.SetDroppedAttributesCount(1)
	s.SetDroppedEventsCount(2)
	s.SetDroppedLinksCount(3)
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("too much")
	e := s.Events().AppendEmpty()
	e.SetName("exception")
	e.SetTimestamp(pcommon.NewTimestampFromTime(start))
	e.Attributes().PutStr("exception.type", "X")
	e.SetDroppedAttributesCount(4)
	l := s.Links().AppendEmpty()
	l.SetTraceID(pcommon.TraceID{5})
	l.SetSpanID(pcommon.SpanID{6})
	l.SetDroppedAttributesCount(5)

	list := spans.Of(td)
	require.Len(t, list, 1)
	got := list[0]
	require.Equal(t, "chat", got.Name())
	require.Equal(t, trace.TraceID{1}, got.SpanContext().TraceID())
	require.Equal(t, trace.SpanID{2}, got.SpanContext().SpanID())
	require.True(t, got.SpanContext().IsSampled())
	require.Equal(t, trace.SpanID{3}, got.Parent().SpanID())
	require.Equal(t, trace.SpanKindClient, got.SpanKind())
	require.Equal(t, start, got.StartTime())
	require.Equal(t, start.Add(time.Second), got.EndTime())
	require.Equal(t, sdktrace.Status{Code: codes.Error, Description: "too much"}, got.Status())
	require.Equal(t, []sdktrace.Event{{
		Name: "exception", Time: start, DroppedAttributeCount: 4,
		Attributes: []attribute.KeyValue{attribute.String("exception.type", "X")},
	}}, got.Events())
	require.Equal(t, trace.SpanID{6}, got.Links()[0].SpanContext.SpanID())
	require.Equal(t, 5, got.Links()[0].DroppedAttributeCount)
	require.Equal(t, "scope", got.InstrumentationScope().Name)
	require.Equal(t, "https://example.com/schema", got.InstrumentationScope().SchemaURL)
	require.Equal(t, got.InstrumentationScope(), got.InstrumentationLibrary()) //nolint:staticcheck // Deprecated, but still to be there.
	require.Equal(t, "service.name=assistant", got.Resource().String())
	require.Equal(t, []int{1, 2, 3, 0}, []int{got.DroppedAttributes(), got.DroppedEvents(), got.DroppedLinks(), got.ChildSpanCount()})

	s.Status().SetCode(ptrace.StatusCodeOk)
	require.Equal(t, codes.Ok, got.Status().Code)
	s.SetParentSpanID(pcommon.SpanID{})
	require.False(t, got.Parent().IsValid())
}

func TestOneResourceForAll(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	list := spans.Of(td)
	require.Same(t, list[0].Resource(), list[1].Resource())
	require.Empty(t, list[0].Attributes())
	require.Empty(t, list[0].Events())
	require.Empty(t, list[0].Links())
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	m := pcommon.NewMap()
	require.NoError(t, m.FromRaw(map[string]any{"nested": map[string]any{"list": []any{"a", int64(1), []byte{7}, nil, map[string]any{"k": true}}}}))
	m.PutStr("text", "x")
	m.PutDouble("nan", math.Inf(1))
	require.NoError(t, m.PutEmptySlice("texts").FromRaw([]any{"a", "b"}))
	m.PutEmptySlice("none")
	m.PutEmpty("nothing")
	require.Equal(t, []attribute.KeyValue{
		attribute.Map("nested", attribute.KeyValue{Key: "list", Value: attribute.SliceValue(
			attribute.StringValue("a"), attribute.Int64Value(1), attribute.ByteSliceValue([]byte{7}), attribute.Value{},
			attribute.MapValue(attribute.Bool("k", true)),
		)}),
		attribute.String("text", "x"),
		attribute.Float64("nan", math.Inf(1)),
		attribute.StringSlice("texts", []string{"a", "b"}),
		attribute.StringSlice("none", []string{}),
		{Key: "nothing"},
	}, spans.Attributes(m))
}

func recordings(t *testing.T, dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.otlp.json"))
	require.NoError(t, err)
	var list []string
	for _, file := range files {
		if !strings.HasSuffix(file, ".logs.otlp.json") {
			list = append(list, file)
		}
	}
	return list
}

func read(t *testing.T, file string) ptrace.Traces {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(data)
	require.NoError(t, err, file)
	return td
}

func export(t *testing.T, list []sdktrace.ReadOnlySpan, opts ...exporter.WriterOption) string {
	var out bytes.Buffer
	exp, err := exporter.NewWriter(&out, opts...)
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), list))
	require.NoError(t, exp.Shutdown(t.Context()))
	return out.String()
}
