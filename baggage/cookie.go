package baggage

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// maxCookieBytes is more than browsers store in one cookie.
const maxCookieBytes = 16 << 10

var cookieKeyEscaper = strings.NewReplacer("+", "PL", "/", "SL", "=", "EQ")

// cookieName is the name of the cookie in which posthog-js keeps its state.
func cookieName(projectKey string) string {
	return "ph_" + cookieKeyEscaper.Replace(projectKey) + "_posthog"
}

// A state is what one cookie of posthog-js claims.
type state struct {
	session  Session
	activity float64 // the last one, in Unix milliseconds
}

// readCookie returns the session that the cookies of that name claim. A page
// that moved from a domain cookie to a host cookie sends both, the older one
// first. The cookie with a live session and the latest activity counts.
func readCookie(r *http.Request, name string, now time.Time, refused *refusals) Session {
	var best state
	found := false
	for _, c := range r.CookiesNamed(name) {
		s, why := parseCookie(c.Value, now, refused)
		refused.add(sourceCookie, why)
		if why == session.Valid && (!found || s.after(best)) {
			best, found = s, true
		}
	}
	return best.session
}

// after reports whether s is to be preferred to an earlier cookie.
func (s state) after(before state) bool {
	if alive := s.session.ID != ""; alive != (before.session.ID != "") {
		return alive
	}
	return s.activity > before.activity
}

// parseCookie reads URL-encoded JSON of which two members matter here:
// distinct_id and $sesid, a list of last activity, session id and start, the
// times in Unix milliseconds. The reason is about the cookie as a whole.
func parseCookie(value string, now time.Time, refused *refusals) (state, session.Reason) {
	if len(value) > maxCookieBytes {
		return state{}, session.TooLong
	}
	text, err := url.PathUnescape(value)
	if err != nil {
		return state{}, reasonMalformed
	}
	// A struct would match member names in any letter case, and the page's own
	// properties are in the cookie, too.
	var members map[string]any
	if json.Unmarshal([]byte(text), &members) != nil {
		return state{}, reasonMalformed
	}

	var s state
	if id, ok := members["distinct_id"].(string); ok && trim(id) != "" {
		refused.add(sourceCookie, take(&s.session.DistinctID, trim(id), session.CheckDistinctID))
	}
	sesid, ok := members["$sesid"].([]any)
	if !ok || len(sesid) < 2 {
		return s, session.Valid
	}
	s.activity, _ = sesid[0].(float64)
	id, _ := sesid[1].(string) // null before the first session
	if id = trim(id); id == "" {
		return s, session.Valid
	}
	if over(sesid, now) {
		refused.addID(sourceCookie, reasonExpired)
		return s, session.Valid
	}
	refused.addID(sourceCookie, take(&s.session.ID, id, session.CheckID))
	return s, session.Valid
}

// over reports whether the session has expired. A time that is missing or in
// the future expires no session: browser clocks can be ahead.
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
