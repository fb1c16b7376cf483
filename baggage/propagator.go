package baggage

import (
	"context"
	"slices"
	"strings"

	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Propagator returns a propagator that wraps next and sends the session only
// with calls that are marked as going to one of your services.
//
//	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))
//
// A call is marked by a guard that knows where it goes: [NewTransport] around
// otelhttp's transport, the interceptors of contrib/grpc, the middleware of
// contrib/mcp, or [ContextWithTrust] for a message queue. For every other call,
// including those of HTTP and gRPC clients without a guard, next injects
// without the session. A session that the carrier already holds, for example in
// the headers of a forwarded request, is removed. Other baggage and traceparent
// are sent as next sends them.
//
// Wrap the WHOLE composite propagator, so that the session is removed from
// every format. If next is nil, W3C trace context and W3C baggage are used.
//
// Extract calls next. It then removes invalid session members and stores the
// session in the context, so that [SessionFromContext] need not parse the
// members again.
//
// A plain propagation.Baggage also delivers the session, but sends it to every
// host that is not behind a guard.
func Propagator(next propagation.TextMapPropagator, opts ...PropagatorOption) propagation.TextMapPropagator {
	if nilcheck.IsNil(next) {
		next = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	}
	p := &propagator{next: next}
	for _, opt := range opts {
		if opt != nil {
			opt.applyPropagator(p)
		}
	}
	p.writesBaggage = slices.Contains(next.Fields(), fieldBaggage)
	p.notSent = newNotSentCounter(p.meterProvider)
	return p
}

// A PropagatorOption configures Propagator. A nil option is ignored.
type PropagatorOption interface{ applyPropagator(*propagator) }

type propagatorOption func(*propagator)

func (f propagatorOption) applyPropagator(p *propagator) { f(p) }

// WithAIParent sets a function that returns the nearest AI span at or above the
// span of a context: pass the processor's method AIParent. The span id is sent
// with the session, in the member [MemberAIParent], so that the agent of one
// service and the LLM calls of the next form one tree. By default, and with a
// nil function, the incoming member is forwarded.
func WithAIParent(parent func(context.Context) (trace.SpanID, bool)) PropagatorOption {
	return propagatorOption(func(p *propagator) { p.aiParent = parent })
}

const fieldBaggage = "baggage" // of a carrier

type propagator struct {
	next          propagation.TextMapPropagator
	aiParent      func(context.Context) (trace.SpanID, bool)
	writesBaggage bool
	meterProvider metric.MeterProvider
	notSent       metric.Int64Counter
}

var _ propagation.TextMapPropagator = (*propagator)(nil)

// Fields implements propagation.TextMapPropagator.
func (p *propagator) Fields() []string { return p.next.Fields() }

// Extract implements propagation.TextMapPropagator.
func (p *propagator) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx = p.next.Extract(ctx, carrier)
	b := otelbaggage.FromContext(ctx)
	if b.Len() == 0 || session.Knows(ctx, b) {
		return ctx
	}
	s, ours := session.FromBaggage(b)
	if !ours && !session.HasMembers(b) {
		return ctx
	}
	if !session.Canonical(b, s) {
		b = compose(Session(s), b)
	}
	return session.ContextWithBaggage(ctx, b, s)
}

// Inject implements propagation.TextMapPropagator.
func (p *propagator) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	if ctx == nil {
		ctx = context.Background()
	}
	if !marked(ctx).covers(ctx) {
		p.next.Inject(session.ContextForOthers(ctx), carrier)
		clean(carrier) // of what it had, and of baggage that the context was given by others
		return
	}
	p.next.Inject(ctx, carrier)
	if !p.writesBaggage {
		p.notSent.Add(ctx, 1)
		report("no baggage", "baggage.Propagator: a call to a trusted host goes out without its session, because the propagator inside writes no baggage; "+
			"add propagation.Baggage{} to it")
		return
	}
	if many, ok := carrier.(propagation.ValuesGetter); ok && len(many.Values(fieldBaggage)) > 1 {
		return // Somebody else writes baggage, too, and Set would drop theirs.
	}
	old := carrier.Get(fieldBaggage)
	if text := outgoing(old, p.parentMember(ctx)); text != old {
		carrier.Set(fieldBaggage, text)
	}
}

// parentMember returns the member that names the AI parent, empty when none is
// known. The member also names the span's trace, because baggage can outlive
// its trace.
func (p *propagator) parentMember(ctx context.Context) string {
	if p.aiParent == nil {
		return ""
	}
	id, ok := p.aiParent(ctx)
	if !ok || !id.IsValid() {
		return ""
	}
	return MemberAIParent + "=" + id.String() + ";trace=" + trace.SpanContextFromContext(ctx).TraceID().String()
}

// outgoing returns the baggage header for a trusted receiver, within the limits
// of W3C baggage and with parent as its AI parent. A plus sign in one of our
// values is escaped, because receivers that decode forms read it as a blank.
func outgoing(header, parent string) string {
	if parent == "" && strings.IndexByte(header, '+') < 0 {
		return fitHeader(header)
	}
	var b strings.Builder
	b.Grow(len(header) + 1 + len(parent) + 8)
	b.WriteString(parent)
	for text := range strings.SplitSeq(header, ",") {
		name, _, _ := strings.Cut(text, ";")
		name, _, _ = strings.Cut(name, "=")
		name, ours := session.MemberName(strings.TrimSpace(name))
		if text == "" || parent != "" && name == MemberAIParent {
			continue
		}
		if ours {
			text = strings.ReplaceAll(text, "+", "%2B")
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(text)
	}
	return fitHeader(b.String())
}

// fitHeader removes foreign members from a header that its receiver would drop.
func fitHeader(header string) string {
	if !overHeader(header) {
		return header
	}
	var refused refusals
	in := parseHeader([]string{header}, true, &refused)
	reportOverLimit()
	return formatHeader(in.session, in, &refused)
}
