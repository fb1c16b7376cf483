package baggage

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// readQuery reads a session id from a query parameter. Values that differ are
// ambiguous.
func readQuery(u *url.URL, name string, refused *refusals) Session {
	var s Session
	if u == nil || !strings.Contains(u.RawQuery, "=") {
		return s
	}
	var values []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if key, value, _ := strings.Cut(pair, "="); isQueryKey(key, name) {
			v, err := url.QueryUnescape(value)
			if err != nil {
				refused.addID(sourceQuery, reasonMalformed)
				return s
			}
			values = append(values, v)
		}
	}
	v, why := headerValue(values)
	if v != "" {
		why = take(&s.ID, v, session.CheckID)
	}
	refused.addID(sourceQuery, why)
	return s
}

// withoutQuery returns r without a query parameter in its URL and its
// RequestURI, which spans and access logs record. It returns r itself if r does
// not have the parameter.
func withoutQuery(r *http.Request, name string) *http.Request {
	if name == "" || r.URL == nil || r.URL.RawQuery == "" {
		return r
	}
	rest, cut := queryWithout(r.URL.RawQuery, name)
	if !cut {
		return r
	}
	u := *r.URL
	u.RawQuery = rest
	out := r.WithContext(r.Context())
	out.URL = &u
	if path, query, ok := strings.Cut(r.RequestURI, "?"); ok {
		out.RequestURI = path
		if query, _ = queryWithout(query, name); query != "" {
			out.RequestURI += "?" + query
		}
	}
	return out
}

// urlHeaders are request headers that repeat a URL with its query: that of the
// page, and what proxies say of the URL that they rewrote.
var urlHeaders = [...]string{
	"Referer", "X-Envoy-Original-Path", "X-Forwarded-Uri", "X-Original-Uri", "X-Original-Url", "X-Rewrite-Url",
}

// headerWithoutQuery returns h without a query parameter in the URLs that it
// repeats, because a proxy forwards them to whoever is behind it; h itself when
// they have none.
func headerWithoutQuery(h http.Header, name string) http.Header {
	if name == "" {
		return h
	}
	out, cloned := h, false
	for _, header := range urlHeaders {
		for i, line := range h[header] {
			path, query, _ := strings.Cut(line, "?")
			rest, cut := queryWithout(query, name)
			if !cut {
				continue
			}
			if rest != "" {
				path += "?" + rest
			}
			if !cloned {
				out, cloned = h.Clone(), true
			}
			out[header][i] = path
		}
	}
	return out
}

// queryWithout removes one parameter and leaves the text of the others
// unchanged.
func queryWithout(query, name string) (rest string, cut bool) {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(pair, "="); isQueryKey(key, name) {
			cut = true
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&"), cut
}

func isQueryKey(key, name string) bool {
	if key == name {
		return true
	}
	decoded, err := url.QueryUnescape(key)
	return err == nil && decoded == name
}
