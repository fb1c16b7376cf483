package otelposthog_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

// chain is a gateway, a relay and an assistant, which calls an LLM API that is
// not trusted. Only the gateway has a function of consent.
type chain struct {
	gateway string // URL
	posthog *posthogtest.Server
	tracing *sdktrace.TracerProvider

	mu     sync.Mutex
	llmSaw []http.Header
}

// consentHeader is the function of the request in the tests.
func consentHeader(r *http.Request) baggage.Consent {
	switch r.Header.Get("X-Consent") {
	case "yes":
		return baggage.ConsentGiven
	case "no":
		return baggage.ConsentRefused
	}
	return baggage.ConsentUnknown
}

func newChain(t *testing.T, opts ...exporter.Option) *chain {
	t.Helper()
	c := &chain{posthog: posthogtest.Start(t)}
	exp, err := exporter.New("phc_test", append([]exporter.Option{exporter.WithHost(c.posthog.URL)}, opts...)...)
	require.NoError(t, err)
	c.tracing = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp))))
	t.Cleanup(func() { require.NoError(t, c.tracing.Shutdown(context.WithoutCancel(t.Context()))) })
	with := []otelhttp.Option{otelhttp.WithTracerProvider(c.tracing), otelhttp.WithPropagators(baggage.Propagator(nil))}

	serve := func(h http.Handler) string {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		return srv.URL
	}
	to := func(url string) *http.Client {
		transport := otelhttp.NewTransport(&http.Transport{DisableKeepAlives: true}, with...)
		return &http.Client{Transport: baggage.NewTransport(transport, baggage.WithTrustedHosts(strings.TrimPrefix(url, "http://")))}
	}
	llm := serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.llmSaw = append(c.llmSaw, r.Header)
	}))
	assistant := serve(baggage.NewHandler(otelhttp.NewHandler(assistantHandler(c.tracing, llm), "assistant", with...)))
	relay := func(next string) http.HandlerFunc {
		client := to(next)
		return func(w http.ResponseWriter, r *http.Request) {
			body, status, err := get(r.Context(), client, next)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	middle := serve(otelhttp.NewHandler(relay(assistant), "relay", with...))
	c.gateway = serve(baggage.NewHandler(otelhttp.NewHandler(relay(middle), "gateway", with...),
		baggage.WithConsent(consentHeader), baggage.WithPublicEndpoint()))
	return c
}

// events sends a request and returns the events that it makes.
func (c *chain) events(t *testing.T, header map[string]string) []posthogtest.Event {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.gateway, http.NoBody)
	require.NoError(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, c.tracing.ForceFlush(t.Context()))
	return c.posthog.Reset()
}

func TestConsentTravels(t *testing.T) {
	t.Parallel()
	byDefault, onConsent, dropping := newChain(t), newChain(t, exporter.WithContentOnConsent()), newChain(t, exporter.WithoutOptedOut())
	session := newSessionID(t)
	for name, tt := range map[string]struct {
		header               map[string]string
		optOut               any // the property
		byDefault, onConsent bool
	}{
		"nothing said":                    {nil, nil, true, false},
		"refused":                         {map[string]string{"X-Consent": "no"}, true, false, false},
		"given":                           {map[string]string{"X-Consent": "yes"}, false, true, true},
		"a stranger opts out":             {map[string]string{"Baggage": "posthog.opt_out=1"}, true, false, false},
		"and the server knows better":     {map[string]string{"Baggage": "posthog.opt_out=true", "X-Consent": "yes"}, true, false, false},
		"a stranger opts in":              {map[string]string{"Baggage": "posthog.opt_out=0"}, nil, true, false},
		"a stranger opts a session in":    {map[string]string{"Baggage": "posthog.opt_out=false,session.id=" + session}, nil, true, false},
		"a stranger says what is neither": {map[string]string{"Baggage": "posthog.opt_out=perhaps"}, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"X-POSTHOG-SESSION-ID": session}
			for k, v := range tt.header {
				header[k] = v
			}
			for c, content := range map[*chain]bool{byDefault: tt.byDefault, onConsent: tt.onConsent} {
				events := c.events(t, header)
				require.Len(t, events, 2, "the agent and the generation")
				require.True(t, posthogtest.AssertSession(t, events, session))
				for _, e := range events {
					require.Equal(t, tt.optOut, e.Properties["posthog.opt_out"], e.Name)
					if e.Name == "$ai_generation" {
						require.Equal(t, content, strings.Contains(e.String(), "How do I get there?"), e.String())
					}
				}
			}
			if tt.optOut == true {
				require.Empty(t, dropping.events(t, header))
			} else {
				require.Len(t, dropping.events(t, header), 2)
			}
		})
	}
	for _, c := range []*chain{byDefault, onConsent, dropping} {
		require.NotEmpty(t, c.llmSaw)
		for _, h := range c.llmSaw {
			require.NotContains(t, h.Get("Baggage"), "opt_out", "an unnamed host")
		}
	}
}

// A page without a replay can opt out, too.
func TestConsentWithoutSession(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	for _, e := range c.events(t, map[string]string{"X-Consent": "no"}) {
		require.Equal(t, true, e.Properties["posthog.opt_out"])
		require.NotContains(t, e.String(), "How do I get there?")
	}
}
