package baggage_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// world is one server that answers under every name, and a transport to it.
type world struct {
	*http.Transport
	srv  *httptest.Server
	mu   sync.Mutex
	sent map[string][]http.Header // by host
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{sent: make(map[string][]http.Header)}
	w.srv = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.sent[r.Host] = append(w.sent[r.Host], r.Header)
		w.mu.Unlock()
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(rw, r, to, http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.Copy(rw, r.Body)
	}))
	var d net.Dialer
	w.Transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, w.srv.Listener.Addr().String())
	}}
	t.Cleanup(func() { w.CloseIdleConnections(); w.srv.Close() })
	return w
}

func (w *world) headersAt(host string) []http.Header {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[host]
}

// do sends a request and returns the headers that arrived at the host.
func (w *world) do(t *testing.T, rt http.RoundTripper, r *http.Request) http.Header {
	t.Helper()
	return w.arrive(t, rt, r, 1)
}

// arrive is do for a request that arrives n times.
func (w *world) arrive(t *testing.T, rt http.RoundTripper, r *http.Request, n int) http.Header {
	t.Helper()
	before := len(w.headersAt(r.URL.Host))
	res, err := (&http.Client{Transport: rt}).Do(r)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	got := w.headersAt(r.URL.Host)
	require.Len(t, got, before+n)
	return got[before]
}

func request(ctx context.Context, t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	return r
}

const (
	own   = "http://assistant.own.test/"
	other = "http://api.openai.test/v1"
)

// laden is a context with a session under every name, an AI parent, a member
// of somebody else and a span.
func laden(t *testing.T, tp trace.TracerProvider) context.Context {
	t.Helper()
	ctx := mustContext(t, ofA)
	ctx = withMember(ctx, t, "$session_id", sessionA)
	ctx = withMember(ctx, t, "posthog.session_id", sessionA)
	ctx = withMember(ctx, t, baggage.MemberAIParent, "00f067aa0ba902b7")
	prop, err := otelbaggage.NewKeyProperty("p")
	require.NoError(t, err)
	ctx = withMember(ctx, t, "tenant", "a c,m", prop)
	ctx, span := tp.Tracer("t").Start(ctx, "work")
	t.Cleanup(func() { span.End() })
	return ctx
}

// requireNothingOfOurs looks for the values, not for the names, so that no name
// is forgotten.
func requireNothingOfOurs(t *testing.T, h http.Header) {
	t.Helper()
	for name, values := range h {
		all := name + ": " + strings.Join(values, "\n")
		for _, secret := range []string{sessionA, windowA, "zoe", "00f067aa0ba902b7", "session", "posthog"} {
			require.NotContains(t, strings.ToLower(all), secret)
		}
	}
}
