package exportertest

import (
	"encoding/binary"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"go.opentelemetry.io/otel/attribute"
)

func (s span) snapshot() sdktrace.ReadOnlySpan {
	stub := tracetest.SpanStub{
		Name:        s.name,
		SpanContext: s.context(s.n),
		StartTime:   start.Add(time.Duration(s.n) * time.Second),
		EndTime:     start.Add(time.Duration(s.n)*time.Second + 1500*time.Millisecond),
		Attributes:  lastOfEqualKeys(s.attributes),
	}
	if s.parentOf != 0 {
		stub.Parent = s.context(s.parentOf)
	}
	return stub.Snapshot()
}

func (s span) context(n int) trace.SpanContext {
	var traceID trace.TraceID
	var spanID trace.SpanID
	binary.BigEndian.PutUint64(traceID[8:], uint64(s.traceOf))
	binary.BigEndian.PutUint64(spanID[:], uint64(n))
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled})
}

func (s span) trace() string { return s.context(s.n).TraceID().String() }

func (s span) id() string { return s.context(s.n).SpanID().String() }

// lastOfEqualKeys is what the SDK makes of attributes that are set twice.
func lastOfEqualKeys(attrs []attribute.KeyValue) []attribute.KeyValue {
	set := attribute.NewSet(attrs...)
	return set.ToSlice()
}
