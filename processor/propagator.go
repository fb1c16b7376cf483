package processor

import (
	"context"

	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// traceProperty of the member posthog.ai_parent names the trace to which the span
// belongs: baggage can outlive its trace.
const traceProperty = "trace"

// Propagator is [baggage.Propagator] with [Processor.AIParent]: the session, and
// the nearest AI span at or above the current one, leave in calls to services of
// yours. The processor of the receiving service takes that span for the parent of
// its AI spans, so that the agent of one service and the calls of the next make
// one tree:
//
//	otel.SetTextMapPropagator(p.Propagator(nil))
//
// A nil next is W3C trace context and W3C baggage. A processor that stamps only
// knows no ancestry; it passes on the member that came in.
func (p *Processor) Propagator(next propagation.TextMapPropagator) propagation.TextMapPropagator {
	return baggage.Propagator(next, baggage.WithAIParent(p.AIParent))
}

// parentFromBaggage returns the AI span that the caller named, if it is one of
// the given trace.
func parentFromBaggage(ctx context.Context, id trace.TraceID) trace.SpanID {
	m := otelbaggage.FromContext(ctx).Member(baggage.MemberAIParent)
	if m.Value() == "" {
		return trace.SpanID{}
	}
	// A hop that rewrites baggage may have dropped the property.
	for _, prop := range m.Properties() {
		if v, _ := prop.Value(); prop.Key() == traceProperty && v != id.String() {
			return trace.SpanID{}
		}
	}
	sid, err := trace.SpanIDFromHex(m.Value())
	if err != nil {
		return trace.SpanID{}
	}
	return sid
}
