// Package sessionslog puts the trace and the browser session on the lines of
// log/slog, so that a log line leads to its trace and to the replay:
//
//	handler := slog.NewJSONHandler(os.Stderr, nil)
//	slog.SetDefault(slog.New(sessionslog.NewHandler(handler)))
//
//	slog.InfoContext(ctx, "answered") // {"msg":"answered","trace_id":"...","span_id":"...","$session_id":"..."}
//
// The context has to reach the logger: slog.Info without a context knows nothing.
// PostHog's logs and those of most other products read these names.
package sessionslog

import (
	"context"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// The keys of the attributes. The first two are OpenTelemetry's for logs in other
// formats than OTLP.
const (
	TraceIDKey   = "trace_id"
	SpanIDKey    = "span_id"
	SessionIDKey = string(semconv.SessionIDKey)
)

// Attrs returns what ctx knows: trace_id and span_id of its span, and $session_id.
// Nothing else of the session is logged, since a distinct id can be an e-mail
// address. It is nil for a context that knows nothing.
func Attrs(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		attrs = append(attrs, slog.String(TraceIDKey, span.TraceID().String()), slog.String(SpanIDKey, span.SpanID().String()))
	}
	if s, ok := baggage.SessionFromContext(ctx); ok && s.ID != "" {
		attrs = append(attrs, slog.String(SessionIDKey, s.ID))
	}
	return attrs
}

// NewHandler returns a handler that adds [Attrs] of the context to each record, at
// the top of it also where the logger has a group open. A nil next drops all
// records.
//
// OpenTelemetry's otelslog takes the trace from the context by itself: in front of
// it, only the session is new.
func NewHandler(next slog.Handler) slog.Handler {
	if nilcheck.IsNil(next) {
		next = slog.DiscardHandler
	}
	return &handler{next: next, outside: next}
}

type handler struct {
	next slog.Handler
	// outside is next before the first group was opened, and inside is what was done
	// since: attributes can only be added to the group that is open.
	outside slog.Handler
	inside  []func(slog.Handler) slog.Handler
}

var _ slog.Handler = (*handler)(nil)

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if ctx == nil {
		return h.next.Handle(ctx, r)
	}
	attrs := Attrs(ctx)
	switch {
	case len(attrs) == 0:
		return h.next.Handle(ctx, r)
	case len(h.inside) == 0:
		r = r.Clone() // others may have this record, too
		r.AddAttrs(attrs...)
		return h.next.Handle(ctx, r)
	}
	next := h.outside.WithAttrs(attrs)
	for _, do := range h.inside {
		next = do(next)
	}
	return next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	with := func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) }
	if len(h.inside) == 0 {
		return &handler{next: with(h.next), outside: with(h.outside)}
	}
	return h.and(with)
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.and(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

func (h *handler) and(do func(slog.Handler) slog.Handler) *handler {
	return &handler{next: do(h.next), outside: h.outside, inside: append(slices.Clip(h.inside), do)}
}
