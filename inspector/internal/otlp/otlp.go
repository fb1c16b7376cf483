// Package otlp shows received OTLP data as spans of the OpenTelemetry SDK, which
// is what the exporter converts.
package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// Span is one received span with what OTLP says once for many. Its data is
// shared with the message that it came in and must not be changed.
type Span struct {
	Resource pcommon.Resource
	Scope    pcommon.InstrumentationScope
	Data     ptrace.Span
}

// Spans lists the spans of a message in order.
func Spans(td ptrace.Traces) []Span {
	list := make([]Span, 0, td.SpanCount())
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				list = append(list, Span{rs.Resource(), ss.Scope(), s})
			}
		}
	}
	return list
}

// Message returns a message with this span alone, for storing it.
func (s Span) Message() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	s.Resource.CopyTo(rs.Resource())
	ss := rs.ScopeSpans().AppendEmpty()
	s.Scope.CopyTo(ss.Scope())
	s.Data.CopyTo(ss.Spans().AppendEmpty())
	return td
}

// Text returns a string attribute of the span, "" when there is none.
func (s Span) Text(key string) string {
	if v, ok := s.Data.Attributes().Get(key); ok && v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return ""
}

// Service is the service.name of the resource.
func (s Span) Service() string {
	if v, ok := s.Resource.Attributes().Get("service.name"); ok {
		return v.AsString()
	}
	return ""
}

// ReadOnly returns the span as the SDK would hand it to an exporter, with further
// events, which are those that came as log records.
func (s Span) ReadOnly(more []sdktrace.Event) sdktrace.ReadOnlySpan {
	d := s.Data
	stub := tracetest.SpanStub{
		Name:                 d.Name(),
		SpanContext:          contextOf(d.TraceID(), d.SpanID()),
		SpanKind:             trace.SpanKind(d.Kind()),
		StartTime:            d.StartTimestamp().AsTime(),
		EndTime:              d.EndTimestamp().AsTime(),
		Attributes:           Attributes(d.Attributes()),
		Status:               status(d.Status()),
		Resource:             resource.NewSchemaless(Attributes(s.Resource.Attributes())...),
		InstrumentationScope: instrumentation.Scope{Name: s.Scope.Name(), Version: s.Scope.Version()},
	}
	if !d.ParentSpanID().IsEmpty() {
		stub.Parent = contextOf(d.TraceID(), d.ParentSpanID())
	}
	for _, e := range d.Events().All() {
		stub.Events = append(stub.Events, sdktrace.Event{
			Name: e.Name(), Time: e.Timestamp().AsTime(), Attributes: Attributes(e.Attributes()),
		})
	}
	stub.Events = append(stub.Events, more...)
	for _, l := range d.Links().All() {
		stub.Links = append(stub.Links, sdktrace.Link{
			SpanContext: contextOf(l.TraceID(), l.SpanID()), Attributes: Attributes(l.Attributes()),
		})
	}
	return stub.Snapshot()
}

func contextOf(traceID pcommon.TraceID, spanID pcommon.SpanID) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID(traceID), SpanID: trace.SpanID(spanID), TraceFlags: trace.FlagsSampled,
	})
}

func status(s ptrace.Status) sdktrace.Status {
	code := map[ptrace.StatusCode]codes.Code{ptrace.StatusCodeOk: codes.Ok, ptrace.StatusCodeError: codes.Error}[s.Code()]
	return sdktrace.Status{Code: code, Description: s.Message()}
}

// Attributes converts a map with all that is nested in it.
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
	case pcommon.ValueTypeMap:
		return attribute.MapValue(Attributes(v.Map())...)
	case pcommon.ValueTypeSlice:
		return sliceValue(v.Slice())
	default:
		return attribute.Value{}
	}
}

// sliceValue keeps a list of texts a list of texts, as SDKs make them.
func sliceValue(s pcommon.Slice) attribute.Value {
	texts := make([]string, 0, s.Len())
	values := make([]attribute.Value, 0, s.Len())
	for _, v := range s.All() {
		if v.Type() == pcommon.ValueTypeStr {
			texts = append(texts, v.Str())
		}
		values = append(values, value(v))
	}
	if len(texts) == len(values) {
		return attribute.StringSliceValue(texts)
	}
	return attribute.SliceValue(values...)
}
