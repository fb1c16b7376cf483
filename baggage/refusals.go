package baggage

import "github.com/otelposthog/otelposthog-go/internal/session"

// A source says where a value came from. It is the metric's source attribute.
type source string

const (
	sourceServer  source = "server"
	sourceHeaders source = "headers"
	sourceBaggage source = "baggage"
	sourceQuery   source = "query"
	sourceCookie  source = "cookie"
)

// refusals counts the refused values of one request by kind, so that a request
// with a thousand bad members costs only a few metric calls.
type refusals struct {
	counts []refusal
	id     session.Reason // why a session id was refused, the last time
}

type refusal struct {
	source source
	why    session.Reason
	n      int64
}

// add counts one refusal. session.Valid is not one.
func (r *refusals) add(src source, why session.Reason) {
	if why == session.Valid {
		return
	}
	for i := range r.counts {
		if c := &r.counts[i]; c.source == src && c.why == why {
			c.n++
			return
		}
	}
	r.counts = append(r.counts, refusal{src, why, 1})
}

// addID is add for a session id.
func (r *refusals) addID(src source, why session.Reason) {
	r.add(src, why)
	if why != session.Valid {
		r.id = why
	}
}

// isFault reports whether a page, a proxy or a service needs a fix. Malformed
// members can be foreign, sessions expire, and options refuse what they are
// told to refuse.
func (r refusal) isFault() bool {
	switch r.why {
	case session.TooLong, session.Characters, session.Word, session.NotAPerson, session.NotConsent, reasonAmbiguous, reasonOutside:
		return true
	}
	return false
}
