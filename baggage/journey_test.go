package baggage_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// TestJourney sends many browsers at once through a gateway and an assistant to
// a provider. Every hop is a real server with the usual stack.
func TestJourney(t *testing.T) {
	t.Parallel()
	tp, spans := tracing(t)
	opts := []otelhttp.Option{otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(w3c)}
	start := func(name string, h http.HandlerFunc) *httptest.Server {
		srv := httptest.NewServer(baggage.NewHandler(otelhttp.NewHandler(h, name, opts...)))
		t.Cleanup(srv.Close)
		return srv
	}
	world := newWorld(t)
	call := func(rt http.RoundTripper, r *http.Request, url string) (string, error) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			return "", err
		}
		res, err := (&http.Client{Transport: rt}).Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}

	// The assistant calls a provider, and says which session it works for.
	out := baggage.NewTransport(otelhttp.NewTransport(world, opts...), baggage.WithTrustedHosts("127.0.0.1"))
	assistant := start("assistant", func(w http.ResponseWriter, r *http.Request) {
		s, _ := baggage.SessionFromContext(r.Context())
		if _, err := call(out, r, "http://api.openai.test/"+s.ID); err != nil {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = fmt.Fprintf(w, "%s|%s|%s", s.ID, s.WindowID, s.DistinctID)
	})
	// The gateway adds a member of its own to baggage that may be full already.
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	in := baggage.NewTransport(otelhttp.NewTransport(base, opts...), baggage.WithTrustedHosts("127.0.0.1"))
	gateway := start("gateway", func(w http.ResponseWriter, r *http.Request) {
		m, err := otelbaggage.NewMemberRaw("gateway", strings.Repeat("g", 100))
		if err != nil {
			panic(err)
		}
		b, _ := otelbaggage.FromContext(r.Context()).SetMember(m)
		body, err := call(in, r.WithContext(otelbaggage.ContextWithBaggage(r.Context(), b)), assistant.URL)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = io.WriteString(w, body)
	})

	full := strings.Join(numbered(60), ",") + ",big=" + strings.Repeat("b", 5900)
	var wg sync.WaitGroup
	answers := make([]string, 60)
	client := gateway.Client()
	for i := range answers {
		wg.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gateway.URL, http.NoBody)
			if err != nil {
				return
			}
			id := fmt.Sprintf("session-%d", i)
			if i%2 == 0 {
				r.Header = headers("X-POSTHOG-SESSION-ID", id, "X-POSTHOG-WINDOW-ID", "w-"+id, "X-POSTHOG-DISTINCT-ID", "d-"+id)
			} else {
				r.Header = headers("baggage", "posthog.distinct_id=d-"+id+",session.id="+id+",posthog.window_id=w-"+id)
			}
			r.Header.Add("baggage", full)
			res, err := client.Do(r)
			if err != nil {
				return
			}
			defer func() { _ = res.Body.Close() }()
			body, _ := io.ReadAll(res.Body)
			answers[i] = string(body)
		})
	}
	wg.Wait()
	for i, got := range answers {
		id := fmt.Sprintf("session-%d", i)
		require.Equal(t, fmt.Sprintf("%s|w-%s|d-%s", id, id, id), got)
	}
	require.Len(t, world.headersAt("api.openai.test"), len(answers))
	for _, h := range world.headersAt("api.openai.test") {
		requireNothingOfOurs(t, h)
	}
	require.Len(t, spans.sessions, 4*len(answers), "two server and two client spans each")
}
