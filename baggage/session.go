package baggage

import (
	"context"
	"errors"
	"fmt"

	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// ErrInvalidSession is wrapped by ContextWithSession's error if a field does
// not have the shape that Session describes.
var ErrInvalidSession = errors.New("invalid session")

// Session identifies the browser session behind a request. An empty field is
// unknown.
type Session struct {
	// ID is the id of the browser session and its replay:
	// posthog.get_session_id(). It has 1 to 200 visible ASCII characters (0x21
	// to 0x7e), no comma, and is not a word that pages send from an empty
	// variable: undefined, null, none, nil, NaN, [object Object], 0, true or
	// false, in any letter case. posthog-js makes a UUIDv7.
	ID string
	// WindowID is the browser window within the session, of the same shape.
	WindowID string
	// DistinctID is PostHog's id of the person: 1 to 200 bytes of visible UTF-8
	// text without control characters and without white space at either end.
	// Words that PostHog refuses as a distinct id, such as anonymous or null,
	// are not valid.
	DistinctID string
	// Consent says whether content may leave the process.
	Consent Consent
}

// IsZero reports whether all fields are empty.
func (s Session) IsZero() bool { return s == Session{} }

// validate returns an error that names the invalid fields. It never prints
// their values: a distinct id can be an e-mail address.
func (s Session) validate() error {
	bad := func(field string, why session.Reason) error {
		if why == session.Valid {
			return nil
		}
		return fmt.Errorf("otelposthog: %w: %s refused (%s); see baggage.Session for the shape it needs",
			ErrInvalidSession, field, why)
	}
	var errs []error
	if s.ID != "" {
		errs = append(errs, bad("ID", session.CheckID(s.ID)))
	}
	if s.WindowID != "" {
		errs = append(errs, bad("WindowID", session.CheckID(s.WindowID)))
	}
	if s.DistinctID != "" {
		errs = append(errs, bad("DistinctID", session.CheckDistinctID(s.DistinctID)))
	}
	errs = append(errs, bad("Consent", session.CheckConsent(s.Consent)))
	return errors.Join(errs...)
}

// ContextWithSession returns a copy of ctx whose OpenTelemetry baggage carries
// s. Use it when the session does not come through NewHandler. Call it before
// tracer.Start: a span that has already started is not stamped.
//
// s replaces the whole session of ctx, so that the window of one session is
// never combined with the id of another: an empty field removes its member, and
// the zero Session removes them all, an opt-out, too. To change one field, modify the result of
// SessionFromContext.
//
// Other members are kept within the limits of W3C baggage: 64 members and 8192
// bytes. Beyond them, other members are dropped, the last by name first, and
// the loss is reported to the OpenTelemetry error handler once per process.
//
// If a field is invalid, the error wraps ErrInvalidSession and the returned
// context is ctx. A nil ctx means context.Background().
func ContextWithSession(ctx context.Context, s Session) (context.Context, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := s.validate(); err != nil {
		return ctx, err
	}
	old := otelbaggage.FromContext(ctx)
	if s.IsZero() && old.Len() == 0 {
		return ctx, nil
	}
	return session.ContextWithBaggage(ctx, compose(s, old), session.Session(s)), nil
}

// SessionFromContext returns the session in the OpenTelemetry baggage of ctx,
// under any accepted name. An invalid value counts as absent; ok is false if no
// field is set. It does not allocate, so it may be called at every span start.
// A nil ctx has no session.
func SessionFromContext(ctx context.Context) (s Session, ok bool) {
	found, ok := session.FromContext(ctx)
	return Session(found), ok
}

// SessionFromBaggage is SessionFromContext for a given baggage, such as a
// parsed header.
func SessionFromBaggage(b otelbaggage.Baggage) (s Session, ok bool) {
	found, ok := session.FromBaggage(b)
	return Session(found), ok
}
