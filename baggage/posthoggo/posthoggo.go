// Package posthoggo links the ordinary events that a handler sends with
// posthog-go's EnqueueWithContext to the replay. It is a separate package so
// that the baggage package does not import posthog-go.
//
//	handler := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"),
//		baggage.WithRequestContext(posthoggo.ContextWithSession))
//
// It also links errors to the LLM trace: [ExceptionWithTrace].
package posthoggo

import (
	"context"

	"github.com/posthog/posthog-go"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// ContextWithSession returns a copy of ctx in which s is the session of
// posthog-go's request context: DistinctId, SessionId and the property
// $window_id. Properties set by posthog-go's own middleware are kept; its ids
// are replaced, because they are unchecked. The zero session removes the ids.
// If ctx has no request context, the zero session adds none: EnqueueWithContext
// would count it as an anonymous request.
func ContextWithSession(ctx context.Context, s baggage.Session) context.Context {
	rc, found := posthog.RequestContextFromContext(ctx)
	if !found && s.IsZero() {
		return ctx
	}
	rc.SessionId, rc.DistinctId = s.ID, s.DistinctID
	delete(rc.Properties, string(session.WindowIDKey))
	if s.WindowID != "" {
		if rc.Properties == nil {
			rc.Properties = posthog.NewProperties()
		}
		rc.Properties[string(session.WindowIDKey)] = s.WindowID
	}
	return posthog.WithFreshRequestContext(ctx, rc)
}
