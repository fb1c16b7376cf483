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

// Propagator returns a propagator that does what next does, but keeps the session
// at home: it leaves a process only in calls that were marked as going to a
// service of yours.
//
//	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))
//
// A call is marked by a guard that knows where it goes: [NewTransport] around
// otelhttp's transport, the interceptors of contrib/grpc, the middleware of
// contrib/mcp, or [ContextWithTrust] for a message queue. Into every other call,
// that of an HTTP or gRPC client that nobody thought of included, next injects
// without the session; what the carrier had of a session already, in the headers
// of a request that is forwarded, is removed. Other people's baggage and
// traceparent go where next sends them.
//
// Give it the WHOLE composite propagator, so that it sees what every format
// writes. A nil next is W3C trace context and W3C baggage.
//
// Extraction is that of next. Members of a session that came in with a bad shape
// are removed, and the session is kept in the context so that
// [SessionFromContext] does not read the members again.
//
// With a plain propagation.Baggage in the place of this propagator the session
// arrives as well, but then it goes to every host that is not behind a guard.
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

// A PropagatorOption changes what Propagator makes. A nil option is ignored.
type PropagatorOption interface{ applyPropagator(*propagator) }

type propagatorOption func(*propagator)

func (f propagatorOption) applyPropagator(p *propagator) { f(p) }

// WithAIParent names a function that returns the nearest AI span at or above the
// span of a context: the method AIParent of the processor. It travels to the
// next service beside the session, in the member [MemberAIParent], so that the
// agent of one service and the calls of the next make one tree. The default, and
// a nil function, send on the member that came in.
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
// known. Baggage can outlive its trace, so the member says to which trace the
// span belongs.
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

// outgoing returns the baggage header for a trusted receiver: header with the AI
// parent in the place of the one that it has, within the limits of W3C baggage.
// A plus sign in a value of ours is escaped: receivers that decode forms read it
// as a blank.
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

// fitHeader cuts a header that its receiver would drop: members of others go.
func fitHeader(header string) string {
	if !overHeader(header) {
		return header
	}
	var refused refusals
	in := parseHeader([]string{header}, true, &refused)
	reportOverLimit()
	return formatHeader(in.session, in, &refused)
}
