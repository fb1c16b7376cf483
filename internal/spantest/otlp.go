// Package spantest has spans for tests: it reads OTLP/JSON files and the cases of
// a conformance suite, and makes generations with messages of a given size.
package spantest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// ReadOTLP returns the spans of an OTLP/JSON ExportTraceServiceRequest file.
func ReadOTLP(path string) ([]sdktrace.ReadOnlySpan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var request struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []keyValue }
			ScopeSpans []struct {
				Scope struct{ Name, Version string }
				Spans []otlpSpan
			}
		}
	}
	if err := json.Unmarshal(data, &request); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var spans []sdktrace.ReadOnlySpan
	for _, rs := range request.ResourceSpans {
		res := resource.NewSchemaless(attributes(rs.Resource.Attributes)...)
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				stub, err := s.stub()
				if err != nil {
					return nil, fmt.Errorf("%s: %w", path, err)
				}
				stub.Resource = res
				stub.InstrumentationScope = instrumentation.Scope{Name: ss.Scope.Name, Version: ss.Scope.Version}
				spans = append(spans, stub.Snapshot())
			}
		}
	}
	return spans, nil
}

type otlpSpan struct {
	TraceID           string
	SpanID            string
	ParentSpanID      string
	Name              string
	Kind              int
	StartTimeUnixNano string
	EndTimeUnixNano   string
	Attributes        []keyValue
	Events            []struct {
		Name         string
		TimeUnixNano string
		Attributes   []keyValue
	}
	Status struct {
		Code    int
		Message string
	}
}

func (s otlpSpan) stub() (tracetest.SpanStub, error) {
	sc, err := spanContext(s.TraceID, s.SpanID)
	if err != nil {
		return tracetest.SpanStub{}, err
	}
	stub := tracetest.SpanStub{
		Name:        s.Name,
		SpanContext: sc,
		SpanKind:    trace.SpanKind(s.Kind),
		StartTime:   unixNano(s.StartTimeUnixNano),
		EndTime:     unixNano(s.EndTimeUnixNano),
		Attributes:  attributes(s.Attributes),
		// OTLP counts unset, ok, error; the API unset, error, ok.
		Status: sdktrace.Status{Code: []codes.Code{codes.Unset, codes.Ok, codes.Error}[s.Status.Code], Description: s.Status.Message},
	}
	if s.ParentSpanID != "" {
		if stub.Parent, err = spanContext(s.TraceID, s.ParentSpanID); err != nil {
			return tracetest.SpanStub{}, err
		}
	}
	for _, e := range s.Events {
		stub.Events = append(stub.Events, sdktrace.Event{
			Name: e.Name, Time: unixNano(e.TimeUnixNano), Attributes: attributes(e.Attributes),
		})
	}
	return stub, nil
}

func spanContext(traceID, spanID string) (trace.SpanContext, error) {
	t, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		return trace.SpanContext{}, err
	}
	s, err := trace.SpanIDFromHex(spanID)
	if err != nil {
		return trace.SpanContext{}, err
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: t, SpanID: s, TraceFlags: trace.FlagsSampled}), nil
}

func unixNano(s string) time.Time {
	n, _ := strconv.ParseInt(s, 10, 64)
	return time.Unix(0, n).UTC()
}

type keyValue struct {
	Key   string
	Value anyValue
}

type anyValue struct {
	StringValue *string
	BoolValue   *bool
	IntValue    *json.RawMessage // a number, or a number in quotes
	DoubleValue *json.RawMessage // a number, or "NaN" and the like
	BytesValue  *string
	ArrayValue  *struct{ Values []anyValue }
	KvlistValue *struct{ Values []keyValue }
}

func attributes(list []keyValue) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	for _, kv := range list {
		attrs = append(attrs, attribute.KeyValue{Key: attribute.Key(kv.Key), Value: kv.Value.value()})
	}
	return attrs
}

func (v anyValue) value() attribute.Value {
	switch {
	case v.StringValue != nil:
		return attribute.StringValue(*v.StringValue)
	case v.BoolValue != nil:
		return attribute.BoolValue(*v.BoolValue)
	case v.IntValue != nil:
		n, _ := strconv.ParseInt(unquote(*v.IntValue), 10, 64)
		return attribute.Int64Value(n)
	case v.DoubleValue != nil:
		f, _ := strconv.ParseFloat(unquote(*v.DoubleValue), 64)
		return attribute.Float64Value(f)
	case v.BytesValue != nil:
		b, err := base64.StdEncoding.DecodeString(*v.BytesValue)
		if err != nil {
			b, _ = hex.DecodeString(*v.BytesValue)
		}
		return attribute.ByteSliceValue(b)
	case v.ArrayValue != nil:
		return array(v.ArrayValue.Values)
	case v.KvlistValue != nil:
		return attribute.MapValue(attributes(v.KvlistValue.Values)...)
	}
	return attribute.Value{}
}

// array is homogeneous where it can be, as the SDK's own attributes are.
func array(values []anyValue) attribute.Value {
	var strings []string
	var all []attribute.Value
	for _, e := range values {
		if e.StringValue != nil {
			strings = append(strings, *e.StringValue)
		}
		all = append(all, e.value())
	}
	if len(strings) == len(values) {
		return attribute.StringSliceValue(strings)
	}
	return attribute.SliceValue(all...)
}

func unquote(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
