package processor

import (
	"context"

	otelbaggage "go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// root describes a span without a parent in this process.
type root struct {
	edge    bool
	caller  trace.SpanID // the nearest AI span of the process that called
	status  string       // of the link, without a session
	refused session.Reason
	states  *states // of the trace event
}

func newRoot(ctx context.Context, s sdktrace.ReadOnlySpan) *root {
	entry, known := session.EntryFromContext(ctx)
	r := &root{edge: known && entry.Outside, refused: entry.Refused}
	parent := s.Parent()
	switch {
	case entry.Refused != session.Valid:
		r.status = semconv.LinkRefused
	case known, parent.IsRemote(), s.SpanKind() == trace.SpanKindServer, s.SpanKind() == trace.SpanKindConsumer:
		r.status = semconv.LinkNoSession
	case parent.IsValid():
		r.status = semconv.LinkNoParent
	default:
		r.status = semconv.LinkNoRequest
	}
	if parent.IsValid() && !r.edge {
		r.caller = callerFromBaggage(ctx, parent.TraceID())
	}
	return r
}

// callerFromBaggage returns the AI span that the caller named, if it belongs to
// the given trace.
func callerFromBaggage(ctx context.Context, id trace.TraceID) trace.SpanID {
	m := otelbaggage.FromContext(ctx).Member(session.MemberAIParent)
	if m.Value() == "" {
		return trace.SpanID{}
	}
	// A hop that rewrites baggage may have dropped the property.
	for _, prop := range m.Properties() {
		if v, _ := prop.Value(); prop.Key() == "trace" && v != id.String() {
			return trace.SpanID{}
		}
	}
	sid, err := trace.SpanIDFromHex(m.Value())
	if err != nil {
		return trace.SpanID{}
	}
	return sid
}
