package baggage

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

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

// The sources in their order: the first with a valid value wins.
const (
	claimServer = iota
	claimHeaders
	claimBaggage
	claimQuery
	claimCookie
	claimCount
)

// session reads the sources and merges their claims. outside is set if a
// browser made a claim directly. A service of ours that forwards a browser's
// headers also writes the session into baggage, so its requests do not count as
// outside.
func (h *handler) session(r *http.Request, fromBaggage Session, refused *refusals) (s Session, outside bool) {
	var claims [claimCount]Session
	claims[claimHeaders] = readHeaders(r.Header, refused)
	claims[claimBaggage] = fromBaggage
	if h.query != "" {
		claims[claimQuery] = readQuery(r.URL, h.query, refused)
	}
	if h.cookie != "" {
		claims[claimCookie] = readCookie(r, h.cookie, time.Now(), refused)
	}
	outside = fromBaggage.ID == "" &&
		(!claims[claimHeaders].IsZero() || !claims[claimQuery].IsZero() || !claims[claimCookie].IsZero())
	if h.noBrowserDistinctID {
		for i, src := range [...]source{claimHeaders: sourceHeaders, claimBaggage: sourceBaggage, claimCookie: sourceCookie} {
			if claims[i].DistinctID != "" {
				claims[i].DistinctID = ""
				refused.add(src, reasonByOption)
			}
		}
	}
	if h.identity != nil {
		claims[claimServer] = checkIdentity(h.identity(r), claims[claimServer+1:], refused)
	}
	if h.consent != nil {
		c := checkConsent(h.consent(r), refused)
		claims[claimServer].Consent = max(claims[claimServer].Consent, c)
	}
	if _, nested := session.EntryFromContext(r.Context()); !nested && (outside || h.public) {
		refuseConsent(&claims[claimBaggage], refused)
	}
	s = merge(claims[:])
	s.Consent = mergeConsent(claims[:], s.ID)
	return s, outside
}

// checkIdentity returns the valid fields of the server's own Session. If the
// server named an invalid value, the other sources' claims for that field are
// cleared: no person is better than the wrong person.
func checkIdentity(known Session, others []Session, refused *refusals) Session {
	s := Session{Consent: checkConsent(known.Consent, refused)}
	if known.ID != "" {
		if why := take(&s.ID, known.ID, session.CheckID); why != session.Valid {
			refused.addID(sourceServer, why)
			for i := range others {
				others[i].ID, others[i].WindowID = "", ""
			}
		}
	}
	if known.WindowID != "" {
		refused.add(sourceServer, take(&s.WindowID, known.WindowID, session.CheckID))
	}
	if known.DistinctID != "" {
		if why := take(&s.DistinctID, known.DistinctID, session.CheckDistinctID); why != session.Valid {
			refused.add(sourceServer, why)
			for i := range others {
				others[i].DistinctID = ""
			}
		}
	}
	return s
}

// merge takes each field from the first claim that has it. It ignores the
// person of a claim that names a different session, and takes a window only
// from a claim that names the winning session.
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
func readHeaders(h http.Header, refused *refusals) Session {
	var s Session
	read := func(name string, field *string, check func(string) session.Reason) session.Reason {
		v, why := headerValue(h[name])
		if v != "" {
			why = take(field, v, check)
		}
		return why
	}
	refused.addID(sourceHeaders, read(HeaderSessionID, &s.ID, session.CheckID))
	refused.add(sourceHeaders, read(HeaderWindowID, &s.WindowID, session.CheckID))
	refused.add(sourceHeaders, read(HeaderDistinctID, &s.DistinctID, session.CheckDistinctID))
	return s
}

// headerValue returns the single value of a header. Browsers and proxies join
// lines of one name with a comma, so the parts of a line count as lines.
// Different values are ambiguous, because any proxy may have added one.
func headerValue(lines []string) (string, session.Reason) {
	value := ""
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			part = trim(part)
			if part == "" || part == value {
				continue
			}
			if value != "" {
				return "", reasonAmbiguous
			}
			value = part
		}
	}
	return decodeLatin1(value), session.Valid
}

// decodeLatin1 returns a header's value as UTF-8. Browsers send each letter of
// Latin-1 as one byte and refuse to send other letters.
func decodeLatin1(value string) string {
	if utf8.ValidString(value) {
		return value
	}
	runes := make([]rune, len(value))
	for i := range len(value) {
		runes[i] = rune(value[i])
	}
	return string(runes)
}

func hasSessionHeaders(h http.Header) bool {
	return h[HeaderSessionID] != nil || h[HeaderWindowID] != nil || h[HeaderDistinctID] != nil
}
