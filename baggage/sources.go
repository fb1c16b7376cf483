package baggage

import (
	"net/http"
	"time"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// The request headers in which posthog-js sends its ids when it is initialized
// with tracing_headers, in Go's canonical form. Case does not matter in HTTP.
const (
	// HeaderSessionID carries Session.ID.
	HeaderSessionID = session.HeaderID
	// HeaderWindowID carries Session.WindowID.
	HeaderWindowID = session.HeaderWindowID
	// HeaderDistinctID carries Session.DistinctID.
	HeaderDistinctID = session.HeaderDistinctID
)

const (
	headerBaggage     = "Baggage"
	headerTraceparent = "Traceparent"
	headerTracestate  = "Tracestate"
)

// session asks the sources in their order and merges what they claim.
func (h *handler) session(r *http.Request, fromBaggage Session, t *tally) Session {
	claims := [...]Session{{}, readHeaders(r.Header, t), fromBaggage, {}}
	if h.cookie != "" {
		claims[3] = readCookie(r, h.cookie, time.Now(), t)
	}
	if h.noBrowserDistinctID {
		for i, src := range [...]source{1: sourceHeaders, 2: sourceBaggage, 3: sourceCookie} {
			if claims[i].DistinctID != "" {
				claims[i].DistinctID = ""
				t.add(src, reasonByOption)
			}
		}
	}
	if h.identity != nil {
		claims[0] = checkIdentity(h.identity(r), claims[1:], t)
	}
	return merge(claims[:])
}

// checkIdentity returns the valid fields of what the server knows. Where the
// server named a value that is not valid, the claims of others for that field
// are struck out: better nobody than the wrong person.
func checkIdentity(known Session, others []Session, t *tally) Session {
	var s Session
	if known.ID != "" {
		if why := take(&s.ID, known.ID, session.CheckID); why != session.Valid {
			t.add(sourceServer, why)
			for i := range others {
				others[i].ID, others[i].WindowID = "", ""
			}
		}
	}
	if known.WindowID != "" {
		t.add(sourceServer, take(&s.WindowID, known.WindowID, session.CheckID))
	}
	if known.DistinctID != "" {
		if why := take(&s.DistinctID, known.DistinctID, session.CheckDistinctID); why != session.Valid {
			t.add(sourceServer, why)
			for i := range others {
				others[i].DistinctID = ""
			}
		}
	}
	return s
}

// merge takes each field from the first claim that has it. A claim that names
// another session than the one that won is about somebody else, and a window
// belongs to the session beside which it was named.
func merge(claims []Session) Session {
	var s Session
	for _, c := range claims {
		if s.ID == "" {
			s.ID = c.ID
		}
	}
	for _, c := range claims {
		if s.WindowID == "" && c.ID == s.ID {
			s.WindowID = c.WindowID
		}
		if s.DistinctID == "" && (c.ID == "" || c.ID == s.ID) {
			s.DistinctID = c.DistinctID
		}
	}
	return s
}

// readHeaders reads the headers of posthog-js.
func readHeaders(h http.Header, t *tally) Session {
	var s Session
	read := func(name string, field *string, check func(string) session.Reason) {
		v, why := headerValue(h[name])
		if v != "" {
			why = take(field, v, check)
		}
		t.add(sourceHeaders, why)
	}
	read(HeaderSessionID, &s.ID, session.CheckID)
	read(HeaderWindowID, &s.WindowID, session.CheckID)
	read(HeaderDistinctID, &s.DistinctID, session.CheckDistinctID)
	return s
}

// headerValue returns the one value of a header. Lines that differ are
// ambiguous: which one is meant depends on which proxy added what.
func headerValue(lines []string) (string, session.Reason) {
	value := ""
	for _, line := range lines {
		line = trim(line)
		if line == "" || line == value {
			continue
		}
		if value != "" {
			return "", reasonAmbiguous
		}
		value = line
	}
	return value, session.Valid
}

func hasSessionHeaders(h http.Header) bool {
	return h[HeaderSessionID] != nil || h[HeaderWindowID] != nil || h[HeaderDistinctID] != nil
}
