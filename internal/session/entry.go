package session

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// An Entry is what the edge of this process found out about a request. It stays
// in the context of everything that the request causes.
type Entry struct {
	// Outside is set when the caller is no service of ours: a browser, or
	// anybody on the network. The span of the request then is the root of what
	// PostHog shows, even where the caller sent a traceparent.
	Outside bool
	// Refused is why the request has no session although it named one. Valid
	// when it has one, and when it named none.
	Refused Reason
	// Link is the span that the caller named, where the edge starts a new trace
	// in its place. The span of the request should link to it.
	Link trace.SpanContext
}

type entryKey struct{}

// ContextWithEntry returns a copy of ctx with what the edge found out.
func ContextWithEntry(ctx context.Context, e Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, &e)
}

// EntryFromContext returns what the edge found out. ok is false where no edge
// was passed: in a batch job, or in a service without one.
func EntryFromContext(ctx context.Context) (e Entry, ok bool) {
	if ctx == nil {
		return Entry{}, false
	}
	p, ok := ctx.Value(entryKey{}).(*Entry)
	if !ok {
		return Entry{}, false
	}
	return *p, true
}
