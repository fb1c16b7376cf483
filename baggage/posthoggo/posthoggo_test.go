package posthoggo_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/baggage/posthoggo"
)

const (
	sessionA = "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
	sessionB = "0199a5b0-ffff-7e3f-8a4b-5c6d7e8f9a0b"
	windowA  = "0199a5b0-1c2d-7000-8a4b-000000000001"
)

var ofA1 = []string{"X-POSTHOG-SESSION-ID", sessionA, "X-POSTHOG-WINDOW-ID", windowA, "X-POSTHOG-DISTINCT-ID", "zoe"}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newHandler is the edge with the link to posthog-go.
func newHandler(next http.Handler, opts ...baggage.HandlerOption) http.Handler {
	return baggage.NewHandler(next, append(opts, baggage.WithRequestContext(posthoggo.ContextWithSession))...)
}

func identity(s baggage.Session) baggage.HandlerOption {
	return baggage.WithIdentity(func(*http.Request) baggage.Session { return s })
}

func headers(pairs ...string) http.Header {
	h := make(http.Header)
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// serve returns the request that arrives behind the edge.
func serve(t *testing.T, r *http.Request) (inner *http.Request) {
	t.Helper()
	newHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inner = r })).ServeHTTP(httptest.NewRecorder(), r)
	require.NotNil(t, inner)
	return inner
}

// event is what PostHog would receive of one event.
type event struct {
	DistinctID string         `json:"distinct_id"`
	Properties map[string]any `json:"properties"`
}

// capture sends one ordinary event with posthog-go from inside the handler that
// wrap returns, and returns what arrives.
func capture(t *testing.T, r *http.Request, wrap func(http.Handler) http.Handler) event {
	t.Helper()
	return captureMessage(t, r, wrap, func(context.Context) posthog.Message { return posthog.Capture{Event: "ordered"} })
}

func captureMessage(t *testing.T, r *http.Request, wrap func(http.Handler) http.Handler, message func(context.Context) posthog.Message) event {
	t.Helper()
	events := make(chan event, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			gz, err := gzip.NewReader(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			body = gz
		}
		var batch struct {
			Batch []event `json:"batch"`
		}
		if json.NewDecoder(body).Decode(&batch) == nil {
			for _, e := range batch.Batch {
				events <- e
			}
		}
		_, _ = io.WriteString(w, "{}")
	}))
	transport := &http.Transport{}
	client, err := posthog.NewWithConfig("phc_test", posthog.Config{Endpoint: srv.URL, Transport: transport})
	require.NoError(t, err)

	wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		require.NoError(t, posthog.EnqueueWithContext(r.Context(), client, message(r.Context())))
	})).ServeHTTP(httptest.NewRecorder(), r)

	require.NoError(t, client.Close())
	transport.CloseIdleConnections()
	srv.Close()
	require.Len(t, events, 1)
	return <-events
}

func TestOrdinaryEventsLinkToTheReplay(t *testing.T) {
	t.Parallel()
	edge := func(h http.Handler) http.Handler { return newHandler(h) }
	outside := func(h http.Handler) http.Handler {
		return posthog.NewRequestContextMiddleware(newHandler(h))
	}
	inside := func(h http.Handler) http.Handler {
		return newHandler(posthog.NewRequestContextMiddleware(h))
	}
	fromBaggage := headers("baggage", "session.id="+sessionA+",posthog.window_id="+windowA+",posthog.distinct_id=zoe")

	for name, tc := range map[string]struct {
		wrap   func(http.Handler) http.Handler
		header http.Header
		url    any // of the event: only posthog-go's middleware knows it
	}{
		"from headers":                         {edge, headers(ofA1...), nil},
		"from baggage":                         {edge, fromBaggage, nil},
		"with posthog-go's middleware outside": {outside, headers(ofA1...), "http://example.com/order"},
		"with posthog-go's middleware outside, from baggage": {outside, fromBaggage, "http://example.com/order"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/order", http.NoBody)
			r.Header = tc.header
			got := capture(t, r, tc.wrap)
			require.Equal(t, "zoe", got.DistinctID)
			require.Equal(t, sessionA, got.Properties["$session_id"])
			require.Equal(t, windowA, got.Properties["$window_id"])
			require.Equal(t, tc.url, got.Properties["$current_url"])
		})
	}

	t.Run("what was refused stays out, wherever posthog-go's middleware is", func(t *testing.T) {
		t.Parallel()
		for _, wrap := range []func(http.Handler) http.Handler{edge, outside, inside} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/order", http.NoBody)
			r.Header = headers("X-Posthog-Session-Id", "not an id", "X-Posthog-Distinct-Id", "undefined",
				"X-Posthog-Window-Id", "not a window", "baggage", "session.id="+sessionA)
			got := capture(t, r, wrap)
			require.NotContains(t, []string{"", "undefined"}, got.DistinctID, "posthog-go makes an anonymous one")
			require.Equal(t, false, got.Properties["$process_person_profile"])
			require.Equal(t, sessionA, got.Properties["$session_id"])
			require.NotContains(t, got.Properties, "$window_id")
		}
	})

	t.Run("the server's identity wins over what posthog-go's middleware read", func(t *testing.T) {
		t.Parallel()
		for _, wrap := range []func(http.Handler) http.Handler{
			func(h http.Handler) http.Handler {
				return posthog.NewRequestContextMiddleware(newHandler(h, identity(baggage.Session{DistinctID: "root"})))
			},
			func(h http.Handler) http.Handler {
				return newHandler(posthog.NewRequestContextMiddleware(h), identity(baggage.Session{DistinctID: "root"}))
			},
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/order", http.NoBody)
			r.Header = headers(ofA1...)
			require.Equal(t, "root", capture(t, r, wrap).DistinctID)
		}
	})
}

func TestRequestContextIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	ctx := posthog.WithRequestContext(t.Context(), posthog.RequestContext{
		DistinctId: "eve", SessionId: sessionB,
		Properties: posthog.NewProperties().Set("$window_id", "w").Set("plan", "free"),
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	r.Header = headers("X-Posthog-Session-Id", sessionA)
	got, ok := posthog.RequestContextFromContext(serve(t, r).Context())
	require.True(t, ok)
	require.Equal(t, posthog.RequestContext{
		SessionId: sessionA, Properties: posthog.Properties{"plan": "free"},
	}, got)

	before, _ := posthog.RequestContextFromContext(ctx)
	require.Equal(t, "w", before.Properties["$window_id"], "the outer context keeps its own")

	// Without a session no request context appears: EnqueueWithContext would
	// take it for a request of somebody anonymous.
	r = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header = headers("baggage", "k=v")
	_, ok = posthog.RequestContextFromContext(serve(t, r).Context())
	require.False(t, ok)
}
