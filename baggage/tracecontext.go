package baggage

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// traceContext applies WithSampler and WithNewTrace to the caller's trace
// context. It returns the header for the inner handler, copied if it differs,
// and the span to link to.
func (h *handler) traceContext(ctx context.Context, name string, header http.Header, link trace.SpanContext) (http.Header, trace.SpanContext) {
	if !h.newTrace && h.sampler == nil {
		return header, link
	}
	ctx = trace.ContextWithSpanContext(ctx, trace.SpanContext{}) // as if the request began its trace
	caller := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(header)))
	if !caller.IsValid() && !h.newTrace {
		return header, link
	}
	header = header.Clone()
	if h.newTrace {
		delete(header, headerTraceparent)
		delete(header, headerTracestate)
		return header, caller
	}
	sampled := h.sampler.ShouldSample(sdktrace.SamplingParameters{
		ParentContext: ctx, TraceID: caller.TraceID(), Name: name, Kind: trace.SpanKindServer,
	}).Decision == sdktrace.RecordAndSample
	header[headerTraceparent] = []string{traceparent(caller.WithTraceFlags(caller.TraceFlags().WithSampled(sampled)))}
	return header, link
}
