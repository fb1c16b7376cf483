package baggage_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

const pageOrigin = "https://app.example.com"

// cors is a CORS handler as applications have one.
func cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != pageOrigin {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", pageOrigin)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			w.Header().Set("Access-Control-Allow-Methods", "POST")
			w.Header().Set("Access-Control-Allow-Headers", strings.Join(append(baggage.AllowedHeaders(), "Content-Type"), ", "))
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// browser sends a cross-origin POST as the Fetch standard has it: a preflight,
// and the request only when the preflight allows every header.
func browser(t *testing.T, client *http.Client, url string, h http.Header) *http.Response {
	t.Helper()
	var names []string
	for name := range h {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	preflight, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, url, http.NoBody)
	require.NoError(t, err)
	preflight.Header = headers("Origin", pageOrigin, "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", strings.Join(names, ","))
	res, err := client.Do(preflight)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Less(t, res.StatusCode, 300)
	require.Equal(t, pageOrigin, res.Header.Get("Access-Control-Allow-Origin"))
	var allowed []string
	for name := range strings.SplitSeq(strings.Join(res.Header.Values("Access-Control-Allow-Headers"), ","), ",") {
		allowed = append(allowed, strings.ToLower(strings.TrimSpace(name)))
	}
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			return nil
		}
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	require.NoError(t, err)
	req.Header = h.Clone()
	req.Header.Set("Origin", pageOrigin)
	res, err = client.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res
}

// readable reports whether a page on another origin may read a header.
func readable(res *http.Response, name string) bool {
	for line := range strings.SplitSeq(strings.Join(res.Header.Values("Access-Control-Expose-Headers"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(line), name) {
			return true
		}
	}
	return false
}

func TestCrossOriginPage(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	var got baggage.Session
	var span trace.SpanContext
	mux := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = baggage.SessionFromContext(r.Context())
		span = trace.SpanContextFromContext(r.Context())
		w.Header().Add("Server-Timing", "db;dur=53")
		w.Header().Add("Access-Control-Expose-Headers", "X-Total")
	})
	srv := httptest.NewServer(baggage.NewHandler(otelhttp.NewHandler(cors(baggage.ServerTiming(mux)), "edge",
		otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(w3c))))
	defer srv.Close()

	sent := headers(append(ofA1,
		"baggage", "k=v", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate", "a=b",
		"Content-Type", "application/json")...)
	res := browser(t, srv.Client(), srv.URL, sent)
	require.NotNil(t, res, "the preflight allows all that posthog-js and OpenTelemetry send")
	require.Equal(t, ofA, got)

	require.True(t, readable(res, "Server-Timing"))
	require.True(t, readable(res, "X-Total"))
	require.Equal(t, []string{
		`traceparent;desc="00-0af7651916cd43dd8448eb211c80319c-` + span.SpanID().String() + `-01"`,
		"db;dur=53",
	}, res.Header.Values("Server-Timing"))

	sent.Set("X-Other", "1")
	require.Nil(t, browser(t, srv.Client(), srv.URL, sent), "the preflight is a real one")
}

func TestHeaderListsAreTheCallers(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"Server-Timing"}, baggage.ExposedHeaders())
	baggage.AllowedHeaders()[0] = "X"
	baggage.ExposedHeaders()[0] = "X"
	require.NotContains(t, baggage.AllowedHeaders(), "X")
	require.NotContains(t, baggage.ExposedHeaders(), "X")
	for _, name := range []string{baggage.HeaderSessionID, baggage.HeaderWindowID, baggage.HeaderDistinctID} {
		require.True(t, slices.ContainsFunc(baggage.AllowedHeaders(), func(a string) bool {
			return http.CanonicalHeaderKey(a) == name
		}), name)
	}
}

func TestServerTiming(t *testing.T) {
	t.Parallel()
	respond := func(ctx propagation.MapCarrier) http.Header {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(w3c.Extract(t.Context(), ctx), http.MethodGet, "/", http.NoBody)
		baggage.ServerTiming(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		})).ServeHTTP(rec, r)
		require.Equal(t, http.StatusTeapot, rec.Code)
		return rec.Header()
	}
	require.Empty(t, respond(nil), "no span, no header")
	for _, flags := range []string{"00", "01", "03"} {
		tp := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-" + flags
		require.Equal(t, `traceparent;desc="`+tp+`"`, respond(propagation.MapCarrier{"traceparent": tp}).Get("Server-Timing"))
	}
}
