package baggage

import (
	"context"
	"errors"
	"fmt"

	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// ErrInvalidSession is the error that ContextWithSession wraps when a field
// has a shape that would not survive its way to PostHog.
var ErrInvalidSession = errors.New("invalid session")

// Session is what a service knows about the browser at the other end of a
// request. An empty field is unknown. The zero Session is nobody's.
type Session struct {
	// ID is the browser session, the replay: posthog.get_session_id(). 1 to
	// 200 visible ASCII characters (0x21 to 0x7e) but no comma, and not a word
	// that pages send from an empty variable: undefined, null, none, nil, NaN,
	// [object Object], 0, true or false, in any letter case. posthog-js makes a
	// UUIDv7.
	ID string
	// WindowID is the browser window within the session, of the same shape.
	WindowID string
	// DistinctID is PostHog's id of the person. 1 to 200 bytes of visible UTF-8
	// text without control characters or white space at either end, and not one
	// of the words that PostHog refuses as people, such as anonymous or null.
	DistinctID string
}

// IsZero reports whether nothing is known.
func (s Session) IsZero() bool { return s == Session{} }

// validate names the fields that are set and badly formed. It never prints
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
	return errors.Join(errs...)
}

// ContextWithSession returns a copy of ctx whose OpenTelemetry baggage carries
// s, for code that learns of a session by other ways than NewHandler. Put it
// into the context before tracer.Start: a span that has started is not stamped
// any more.
//
// s replaces the session of ctx as a whole: an empty field removes that member,
// and the zero Session removes all three, so that the window of one session
// never travels with the id of another. To change one field, change what
// SessionFromContext returned.
//
// Members of others stay, within the limits of W3C baggage: 64 members and 8192
// bytes. Beyond them, those of others go, the last by name first, and the loss
// is reported to the OpenTelemetry error handler once per process.
//
// A field of a bad shape is an error that wraps ErrInvalidSession, and the
// context returned with it is ctx itself. A nil ctx is context.Background().
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

// SessionFromContext returns the session that the OpenTelemetry baggage of ctx
// carries, under any accepted name. A value of a bad shape counts as absent; ok
// is false when nothing is left. It does not allocate, so it may be called at
// every span start. A nil ctx has no session.
func SessionFromContext(ctx context.Context) (s Session, ok bool) {
	found, ok := session.FromContext(ctx)
	return Session(found), ok
}

// SessionFromBaggage is SessionFromContext for baggage that the caller holds
// already, such as a header that it parsed.
func SessionFromBaggage(b otelbaggage.Baggage) (s Session, ok bool) {
	found, ok := session.FromBaggage(b)
	return Session(found), ok
}
