package baggage_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/otelposthog/otelposthog-go/baggage"
)

func answer(c baggage.Consent) baggage.HandlerOption {
	return baggage.WithConsent(func(*http.Request) baggage.Consent { return c })
}

func TestHandlerConsent(t *testing.T) {
	t.Parallel()
	const given, optedOut, unknown = baggage.ConsentGiven, baggage.ConsentRefused, baggage.ConsentUnknown
	identity := func(s baggage.Session) baggage.HandlerOption {
		return baggage.WithIdentity(func(*http.Request) baggage.Session { return s })
	}
	for name, tt := range map[string]struct {
		opts    []baggage.HandlerOption
		header  http.Header
		want    baggage.Consent
		refused map[string]int64 // by source and reason
	}{
		"nothing":               {nil, headers("X-Posthog-Session-Id", sessionA), unknown, nil},
		"nil functions":         {[]baggage.HandlerOption{baggage.WithConsent(nil)}, headers(), unknown, nil},
		"the server":            {[]baggage.HandlerOption{answer(given)}, headers("X-Posthog-Session-Id", sessionA), given, nil},
		"the server refuses":    {[]baggage.HandlerOption{answer(optedOut)}, headers(), optedOut, nil},
		"a wrong constant":      {[]baggage.HandlerOption{answer(7)}, headers(), optedOut, map[string]int64{"server not_a_consent": 1}},
		"the identity":          {[]baggage.HandlerOption{identity(baggage.Session{Consent: given})}, headers(), given, nil},
		"the stricter of both":  {[]baggage.HandlerOption{identity(baggage.Session{Consent: optedOut}), answer(given)}, headers(), optedOut, nil},
		"a service of ours":     {nil, headers("baggage", "session.id=s,posthog.opt_out=false"), given, nil},
		"and its opt-out":       {nil, headers("baggage", "session.id=s,posthog.opt_out=true"), optedOut, nil},
		"an opt-out is final":   {[]baggage.HandlerOption{answer(given)}, headers("baggage", "posthog.opt_out=true"), optedOut, nil},
		"twice":                 {nil, headers("baggage", "posthog.opt_out=true,posthog.opt_out=false"), optedOut, nil},
		"encoded":               {nil, headers("baggage", "posthog%2Eopt_out=%74rue"), optedOut, nil},
		"neither":               {nil, headers("baggage", "posthog.opt_out=perhaps"), optedOut, map[string]int64{"baggage not_a_consent": 1}},
		"empty":                 {nil, headers("baggage", "posthog.opt_out="), optedOut, map[string]int64{"baggage not_a_consent": 1}},
		"of another session":    {nil, headers("baggage", "session.id=t,posthog.opt_out=0", "X-Posthog-Session-Id", "s"), unknown, nil},
		"an opt-out of another": {nil, headers("baggage", "session.id=t,posthog.opt_out=1", "X-Posthog-Session-Id", "s"), optedOut, nil},
		"from outside": {
			nil, headers("baggage", "posthog.opt_out=0", "X-Posthog-Session-Id", "s"), unknown, map[string]int64{"baggage outside": 1},
		},
		"at a public endpoint": {
			[]baggage.HandlerOption{baggage.WithPublicEndpoint()}, headers("baggage", "session.id=s,posthog.opt_out=0"), unknown, map[string]int64{"baggage outside": 1},
		},
		"an opt-out at a public endpoint": {
			[]baggage.HandlerOption{baggage.WithPublicEndpoint()}, headers("baggage", "session.id=s,posthog.opt_out=1"), optedOut, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counts := refused(t, tt.header, tt.opts...)
			require.Len(t, counts, len(tt.refused))
			for k, n := range tt.refused {
				require.Equal(t, n, counts[k], k)
			}
			got := newEdge(t, tt.opts...).get(t, tt.header)
			require.Equal(t, tt.want, got.Session.Consent)
			require.Equal(t, got.Session, got.Span, "what the span of the request is stamped with")
			want := map[baggage.Consent]string{optedOut: "true", given: "false"}[tt.want]
			require.Equal(t, want, got.Bag.Member("posthog.opt_out").Value())
		})
	}
}

// The handler inside trusts what the one outside let in.
func TestNestedHandlerKeepsConsent(t *testing.T) {
	t.Parallel()
	var got baggage.Session
	h := baggage.NewHandler(baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, _ = baggage.SessionFromContext(r.Context())
	}), baggage.WithPublicEndpoint()), answer(baggage.ConsentGiven), baggage.WithPublicEndpoint())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	require.Equal(t, baggage.ConsentGiven, got.Consent)
}

func TestContextWithConsent(t *testing.T) {
	t.Parallel()
	for c, text := range map[baggage.Consent]string{
		baggage.ConsentRefused: "posthog.opt_out=true", baggage.ConsentGiven: "posthog.opt_out=false", baggage.ConsentUnknown: "",
	} {
		ctx := mustContext(t, baggage.Session{Consent: c})
		require.Equal(t, text, otelbaggage.FromContext(ctx).String())
		got, ok := baggage.SessionFromContext(ctx)
		require.Equal(t, c, got.Consent)
		require.Equal(t, c != baggage.ConsentUnknown, ok)
	}
	_, err := baggage.ContextWithSession(t.Context(), baggage.Session{Consent: 3})
	require.ErrorIs(t, err, baggage.ErrInvalidSession)
	require.ErrorContains(t, err, "Consent refused (not_a_consent)")
}

// A receiver without NewHandler gets the canonical form, too.
func TestPropagatorConsent(t *testing.T) {
	t.Parallel()
	p := baggage.Propagator(nil)
	ctx := p.Extract(t.Context(), propagation.MapCarrier{"baggage": "session.id=s,posthog.opt_out=1;x=y,tenant=a"})
	require.Equal(t, "true", otelbaggage.FromContext(ctx).Member("posthog.opt_out").Value())
	out := propagation.MapCarrier{"baggage": "posthog.opt_out=true,b=c"}
	p.Inject(ctx, out)
	require.Equal(t, "tenant=a", out["baggage"], "nobody trusts the receiver")
	out = propagation.MapCarrier{}
	p.Inject(baggage.ContextWithTrust(ctx), out)
	require.Contains(t, out["baggage"], "posthog.opt_out=true")
}

// An opt-out that does not go out is counted, also without a session id.
func TestTransportCountsLostOptOut(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(srv.Close)
	for name, tt := range map[string]struct {
		inner http.RoundTripper
		want  int64
	}{
		"nothing writes it": {srv.Client().Transport, 1},
		"otelhttp does":     {otelhttp.NewTransport(srv.Client().Transport, otelhttp.WithPropagators(w3c)), 0},
	} {
		reader := sdkmetric.NewManualReader()
		rt := baggage.NewTransport(tt.inner, baggage.WithTrustedHosts("127.0.0.1"),
			baggage.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
		req, err := http.NewRequestWithContext(mustContext(t, baggage.Session{Consent: baggage.ConsentRefused}), http.MethodGet, srv.URL, http.NoBody)
		require.NoError(t, err)
		res, err := rt.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, tt.want, counted(t, reader, "otelposthog.baggage.not_sent"), name)
	}
}
