package baggage

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// ContextWithTrust marks ctx as the context of a call to one of your services,
// so that [Propagator] injects the session into it. Use it for calls that
// [NewTransport] cannot see: a message that you publish, or your own protocol.
//
//	producer.Publish(baggage.ContextWithTrust(ctx), message)
//
// Mark only the context of the call itself. The mark covers injection from ctx
// and from a span started directly in ctx, as instrumentation libraries do; it
// does not cover calls further below. A nil ctx means context.Background().
func ContextWithTrust(ctx context.Context) context.Context {
	return withMark(ctx, &mark{repeats: true})
}

// ContextWithGuardedCall is ContextWithTrust for a middleware that has checked
// the address of one call, as [NewTransport] does. The mark covers the first
// injection. After that it covers only spans started directly in ctx, such as a
// retry. It does not cover other calls made on the way, such as a name lookup
// or a token request.
func ContextWithGuardedCall(ctx context.Context) context.Context {
	return withMark(ctx, &mark{})
}

// ContextWithoutTrust is the opposite of ContextWithTrust: no propagator sends
// the session from the returned context. Use it in a middleware for calls to
// third parties. Spans started in it are still stamped. A nil ctx means
// context.Background().
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

// A mark says that a call goes to a service that may get the session.
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

// covers reports whether the session may be injected from ctx. The mark is also
// in the context of calls made below the marked one, such as a name lookup or a
// token request over HTTP, which may go to third parties. Those calls come
// after the first injection, and their spans are not direct children of the
// span that was current when the mark was set.
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
