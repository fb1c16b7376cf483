package server

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// knownHost reports whether a request names this server. A page of somebody else
// can make its own name resolve to 127.0.0.1 (DNS rebinding), but not be called
// localhost.
func (s *Server) knownHost(hostport string) bool {
	host := strings.ToLower(strings.Trim(hostOnly(hostport), "[]"))
	if s.opts.Token != "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(s.opts.Hosts, host) {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// open serves what PostHog and OTLP serve to every origin.
func (s *Server) open(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// posthog-js runs on other origins; with credentials, * is not allowed.
		if origin := r.Header.Get("Origin"); origin != "" {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Add("Vary", "Origin")
		}
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
				h.Set("Access-Control-Allow-Headers", asked)
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.Set("X-Content-Type-Options", "nosniff")
		next(w, r)
	}
}

// contentPolicy lets the page load from here alone. The frame of the replay
// inherits it: its styles are inline, its scripts do not run.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; " +
	"connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// private serves what shows content: to this origin and with the token only.
func (s *Server) private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if foreign(r) {
			http.Error(w, "otelposthog inspector: this path is not for pages of other origins", http.StatusForbidden)
			return
		}
		if !s.authorized(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// foreign reports whether a page of another origin made the request.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err != nil || !strings.EqualFold(u.Host, r.Host)
	}
	// A link from elsewhere is good, an image, script or frame is not.
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

const tokenCookie = "otelposthog_inspector"

// authorized checks the token. It comes in a link once, then in a cookie; programs
// send it as Authorization.
func (s *Server) authorized(w http.ResponseWriter, r *http.Request) bool {
	if s.opts.Token == "" {
		return true
	}
	is := func(token string) bool {
		return subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) == 1
	}
	if cookie, err := r.Cookie(tokenCookie); err == nil && is(cookie.Value) {
		return true
	}
	if is(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
		return true
	}
	query := r.URL.Query()
	if r.Method == http.MethodGet && is(query.Get("token")) {
		http.SetCookie(w, &http.Cookie{
			Name: tokenCookie, Value: s.opts.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		query.Del("token")
		http.Redirect(w, r, (&url.URL{Path: r.URL.Path, RawQuery: query.Encode()}).String(), http.StatusFound)
		return false
	}
	http.Error(w, "otelposthog inspector: open the link that was printed at the start: it has the token", http.StatusUnauthorized)
	return false
}
