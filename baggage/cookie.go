package baggage

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// maxCookieBytes is above what browsers store in one cookie.
const maxCookieBytes = 16 << 10

var cookieKeyEscaper = strings.NewReplacer("+", "PL", "/", "SL", "=", "EQ")

// cookieName is the name of the cookie in which posthog-js keeps its state.
func cookieName(projectKey string) string {
	return "ph_" + cookieKeyEscaper.Replace(projectKey) + "_posthog"
}

// readCookie returns what the first readable cookie of that name claims.
func readCookie(r *http.Request, name string, now time.Time, t *tally) Session {
	for _, c := range r.CookiesNamed(name) {
		s, why := parseCookie(c.Value, now, t)
		if why == session.Valid {
			return s
		}
		t.add(sourceCookie, why)
	}
	return Session{}
}

// parseCookie reads URL-encoded JSON of which two members matter here:
// distinct_id and $sesid, a list of last activity, session id and start, the
// times in Unix milliseconds. The reason is about the cookie as a whole.
func parseCookie(value string, now time.Time, t *tally) (Session, session.Reason) {
	if len(value) > maxCookieBytes {
		return Session{}, session.TooLong
	}
	text, err := url.PathUnescape(value)
	if err != nil {
		return Session{}, reasonMalformed
	}
	// Not a struct, whose fields would take names in any case: a page's own
	// properties are in the cookie, too.
	var state map[string]any
	if json.Unmarshal([]byte(text), &state) != nil {
		return Session{}, reasonMalformed
	}

	var s Session
	if id, ok := state["distinct_id"].(string); ok && trim(id) != "" {
		t.add(sourceCookie, take(&s.DistinctID, trim(id), session.CheckDistinctID))
	}
	sesid, ok := state["$sesid"].([]any)
	if !ok || len(sesid) < 2 {
		return s, session.Valid
	}
	id, _ := sesid[1].(string) // null before the first session
	if id = trim(id); id == "" {
		return s, session.Valid
	}
	if over(sesid, now) {
		t.add(sourceCookie, reasonExpired)
		return s, session.Valid
	}
	t.add(sourceCookie, take(&s.ID, id, session.CheckID))
	return s, session.Valid
}

// over reports whether the session is over. A time that is missing or in the
// future, as browser clocks have it, ends no session.
func over(sesid []any, now time.Time) bool {
	older := func(i int, than time.Duration) bool {
		if i >= len(sesid) {
			return false
		}
		ms, ok := sesid[i].(float64)
		return ok && ms > 0 && ms < float64(now.Add(-than).UnixMilli())
	}
	return older(0, session.MaxIdle) || older(2, session.MaxAge)
}
