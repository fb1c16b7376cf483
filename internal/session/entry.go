package session

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// An Entry is what NewHandler found out about a request. It is in the context
// of everything that handles the request.
type Entry struct {
	// Outside is set if the caller is a browser or another untrusted client.
	// The span of the request is then the root that PostHog shows, even if the
	// caller sent a traceparent.
	Outside bool
	// Refused says why the session that the request named was refused. It is
	// Valid if the session was accepted or the request named none.
	Refused Reason
	// Link is the caller's span if the edge starts a new trace. The span of the
	// request should link to it.
	Link trace.SpanContext
}

type entryKey struct{}

// ContextWithEntry returns a copy of ctx with e.
func ContextWithEntry(ctx context.Context, e Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, &e)
}

// EntryFromContext returns the Entry of ctx. ok is false without NewHandler: in
// a batch job, or in a service that does not use it.
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
