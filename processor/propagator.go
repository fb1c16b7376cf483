package processor

import (
	"context"
	"strings"

	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// The nearest AI ancestor travels as the baggage member posthog.ai_parent. Its
// value is the span id alone; the trace it belongs to is a property of the
// member, because baggage can outlive its trace: a service may start a new one
// and pass the baggage on.
const (
	baggageHeader = "baggage"
	traceProperty = "trace"

	// What a receiver accepts, https://www.w3.org/TR/baggage/#limits. Beyond it
	// everything is dropped, the session too.
	maxBaggageBytes   = 8192
	maxBaggageMembers = 64
)

// Propagator returns a propagator that does what next does and, in the baggage
// that next injects, names the nearest AI span at or above the current one. The
// processor of the receiving service takes it for the parent of its AI spans, so
// that the agent of one service and the calls of the next make one tree:
//
//	otel.SetTextMapPropagator(p.Propagator(nil))
//
// The member goes where the session goes and nowhere else: it is added only to
// baggage in which next has just written a session id, so that what
// [baggage.NewTransport] or a propagator of your own holds back from a host holds
// this back, too. It is left out when the baggage would exceed 8192 bytes or 64
// members. The value is a span id, which says nothing about the user.
//
// A nil next is W3C trace context and W3C baggage. A processor that stamps only
// knows no ancestry; it passes on the member that came in.
func (p *Processor) Propagator(next propagation.TextMapPropagator) propagation.TextMapPropagator {
	if next == nil {
		next = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	}
	return propagator{next, p}
}

type propagator struct {
	propagation.TextMapPropagator
	p *Processor
}

// Inject injects what the wrapped propagator does and adds the member.
func (pr propagator) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	pr.TextMapPropagator.Inject(ctx, carrier)

	if many, ok := carrier.(propagation.ValuesGetter); ok && len(many.Values(baggageHeader)) > 1 {
		return // Somebody else writes baggage, too, and Set would drop theirs.
	}
	old := carrier.Get(baggageHeader)
	if old == "" {
		return
	}
	member := ""
	if id, ok := pr.p.AIParent(ctx); ok {
		of := trace.SpanContextFromContext(ctx).TraceID()
		member = baggage.MemberAIParent + "=" + id.String() + ";" + traceProperty + "=" + of.String()
	}
	if v := withParent(old, member); v != old {
		carrier.Set(baggageHeader, v)
	}
}

// withParent returns a baggage header with the member in the place of the one
// that it may hold. Without a session in the header there is to be none; and
// without a new member the old one stays, as its author may still be the nearest
// AI span.
func withParent(header, member string) string {
	var rest strings.Builder
	count, session, had := 0, false, false
	for m := range strings.SplitSeq(header, ",") {
		name, _, _ := strings.Cut(m, "=")
		switch name = strings.Trim(name, " \t"); name {
		case baggage.MemberAIParent:
			had = true
			continue
		case baggage.MemberSessionID, "posthog.session_id", "$session_id":
			session = true
		}
		if count++; count > 1 {
			rest.WriteByte(',')
		}
		rest.WriteString(m)
	}
	switch {
	case member == "" && session, !had && !session:
		return header
	case session && count < maxBaggageMembers && rest.Len()+1+len(member) <= maxBaggageBytes:
		rest.WriteByte(',')
		rest.WriteString(member)
	}
	return rest.String()
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
