// Package posthoggo links ordinary events to the replay: those that a handler
// sends with posthog-go's EnqueueWithContext. It is a package of its own so that
// the baggage package does not import the client.
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
// posthog-go's request context: DistinctId, SessionId and the property $window_id.
// Properties that posthog-go's own middleware has put there stay; ids do not, they
// are unchecked. The zero session removes them, and makes no request context
// where there was none: EnqueueWithContext would take it for a request of somebody
// anonymous.
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
