package baggage

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// ContextWithTrust marks ctx as that of a call to a service of yours, so that
// [Propagator] lets the session out into it. It is for what [NewTransport] cannot
// see: a message that you publish, or a protocol of your own.
//
//	producer.Publish(baggage.ContextWithTrust(ctx), message)
//
// Mark the context of the call itself, not that of everything you do. The mark
// covers what is injected from ctx, and from a span that was started directly in
// it, which is how instrumentation libraries do it; it does not cover calls
// further below. A nil ctx is context.Background().
func ContextWithTrust(ctx context.Context) context.Context {
	return withMark(ctx, &mark{repeats: true})
}

// ContextWithGuardedCall is ContextWithTrust for a middleware that has looked at
// the address of one call: it is what [NewTransport] does. The mark covers the
// first injection, and after it only those of spans that were started directly
// in ctx, such as the next attempt of the call. Calls that are made on the way,
// to look up a name or to get a token, are not covered.
func ContextWithGuardedCall(ctx context.Context) context.Context {
	return withMark(ctx, &mark{})
}

// ContextWithoutTrust returns a copy of ctx from which no propagator, ours or
// another, sends the session: the opposite of ContextWithTrust, for the
// middleware of a call to somebody else. Spans that start in it are stamped all
// the same. A nil ctx is context.Background().
func ContextWithoutTrust(ctx context.Context) context.Context {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, _ = strip{}.context(ctx)
	if marked(ctx) != nil {
		ctx = withMark(ctx, nil)
	}
	return ctx
}

// A mark says that a call goes to a service that may have the session.
type mark struct {
	span    trace.SpanID // the span of the context that was marked
	repeats bool         // covers many calls
	used    atomic.Bool
}

type markKey struct{}

// withMark sets the mark of ctx, or removes it.
func withMark(ctx context.Context, m *mark) context.Context {
	if ctx == nil {
		ctx = context.Background()
	}
	if m != nil {
		m.span = trace.SpanContextFromContext(ctx).SpanID()
	}
	return context.WithValue(ctx, markKey{}, m)
}

func marked(ctx context.Context) *mark {
	m, _ := ctx.Value(markKey{}).(*mark)
	return m
}

// covers reports whether the session may go into what is injected from ctx. The
// mark is still in the context of everything that happens below the call, where
// a name is looked up or a token fetched over HTTP; those are calls to somebody
// else. They come after the first injection, and their spans are not direct
// children of the one that was current when the mark was set.
func (m *mark) covers(ctx context.Context) bool {
	if m == nil {
		return false
	}
	if !m.used.Swap(true) {
		return true
	}
	span := trace.SpanFromContext(ctx)
	if id := span.SpanContext().SpanID(); id == m.span {
		return m.repeats
	}
	if s, ok := span.(interface{ Parent() trace.SpanContext }); ok {
		return s.Parent().SpanID() == m.span
	}
	return m.repeats // A span that is not sampled does not say what its parent is.
}
