package recipes

import (
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// Chi uses both as middleware: the first that is used stands outside.
func Chi() http.Handler {
	r := chi.NewRouter()
	r.Use(session, otelhttp.NewMiddleware("gateway"))
	r.Get("/chat/{question}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, ask(r.Context(), chi.URLParam(r, "question")))
	})
	return r
}

// session is baggage.NewHandler as middleware. Options go here.
func session(next http.Handler) http.Handler { return baggage.NewHandler(next) }
