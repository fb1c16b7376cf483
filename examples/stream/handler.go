package main

import (
	_ "embed"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/otelposthog/otelposthog-go/baggage"
)

const (
	projectKey = "phc_stand_in"
	// sessionParameter is removed from the URL before a span or an access log
	// sees it.
	sessionParameter = "ph_session"
)

//go:embed page.html
var page []byte

// newHandler serves the page and both ways to chat. For a page that has
// posthog-js on the same site, the cookie alone does; the parameter works from
// anywhere.
func newHandler(t *telemetry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	mux.Handle("GET /events", &eventSource{t})
	mux.Handle("GET /socket", &socket{t})
	return baggage.NewHandler(
		otelhttp.NewHandler(mux, "stream", t.http()...),
		baggage.WithQuery(sessionParameter), baggage.WithCookie(projectKey))
}
