package grpc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver/manual"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	tp := tracing(t)
	for kind, call := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newService(t, grpc.StatsHandler(serverStats(tp)))
			otelgrpcOption := grpc.WithStatsHandler(clientStats(tp))
			guard := posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test"), nil)

			t.Run("nobody guards the client", func(t *testing.T) {
				require.NoError(t, call(laden(t, tp), s.client(t, own, otelgrpcOption)))
				a := s.arrived(t)[0]
				requireNothing(t, a)
				require.Equal(t, []string{"tenant=acme"}, a.md["baggage"])
				require.NotEmpty(t, a.md["traceparent"])
			})
			t.Run("a guard that trusts nobody", func(t *testing.T) {
				require.NoError(t, call(laden(t, tp), s.client(t, own, append(posthoggrpc.DialOptions(), otelgrpcOption)...)))
				requireNothing(t, s.arrived(t)[0])
			})
			for order, opts := range map[string][]grpc.DialOption{
				"before otelgrpc": append(guard[:2:2], otelgrpcOption),
				"after otelgrpc":  append([]grpc.DialOption{otelgrpcOption}, guard...),
			} {
				t.Run("a trusted host, the guard "+order, func(t *testing.T) {
					require.NoError(t, call(laden(t, tp), s.client(t, own, opts...)))
					a := s.arrived(t)[0]
					require.Equal(t, ofA, a.session)
					require.Contains(t, a.md["baggage"][0], "tenant=acme")
					require.Contains(t, a.md["baggage"][0], "zoe%2B1@example.com")
				})
				t.Run("another host, the guard "+order, func(t *testing.T) {
					require.NoError(t, call(baggage.ContextWithTrust(laden(t, tp)), s.client(t, other, opts...)))
					a := s.arrived(t)[0]
					requireNothing(t, a)
					require.Equal(t, []string{"tenant=acme"}, a.md["baggage"])
				})
			}
		})
	}
}

// With the plain propagators of W3C, a guard keeps the session from others, too.
func TestGuardWithPlainPropagator(t *testing.T) {
	t.Parallel()
	guard := posthoggrpc.UnaryClientInterceptor(posthoggrpc.WithTrustedHosts("*.own.test"))
	carried := func(target string) string {
		carrier := propagation.MapCarrier{}
		call(t, guard, laden(t, tracing(t)), target, func(ctx context.Context) { propagation.Baggage{}.Inject(ctx, carrier) })
		return carrier["baggage"]
	}
	require.Contains(t, carried(own), ofA.ID)
	require.Equal(t, "tenant=acme", carried(other))
}

// call runs an interceptor for a connection to target that is never made.
func call(t *testing.T, guard grpc.UnaryClientInterceptor, ctx context.Context, target string, with func(context.Context)) { //nolint:revive // t comes first in a helper
	t.Helper()
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithResolvers(manual.NewBuilderWithScheme("xds"), manual.NewBuilderWithScheme("custom")))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.NoError(t, guard(ctx, "/m", nil, nil, conn, func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
		with(ctx)
		return nil
	}))
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern string
		yes, no []string
	}{
		{
			"api.example.com",
			[]string{
				"api.example.com", "api.example.com:50051", "dns:api.example.com", "dns:///api.example.com", "dns:///API.Example.com:443",
				"dns://8.8.8.8/api.example.com:443", "passthrough:///api.example.com:443",
			},
			[]string{
				"example.com", "dns:///xapi.example.com", "dns:///api.example.com.evil.test", "dns://api.example.com/evil.test", "xds:///api.example.com",
				"unix:///api.example.com", "passthrough:///evil.test:443", "dns:///evil.test:443?api.example.com", "custom://api.example.com/x",
			},
		},
		{"api.example.com:443", []string{"dns:///api.example.com", "api.example.com:443"}, []string{"api.example.com:8443"}},
		{"10.0.0.0/8", []string{"10.1.2.3", "dns:///10.1.2.3:443", "passthrough:///10.1.2.3:1"}, []string{"11.1.2.3", "dns:///x.10.1.2.3"}},
		{"fd00::/8", []string{"dns:///[fd00::1]:443", "dns:///fd00::1"}, []string{"dns:///[fe00::1]:443"}},
		{"loopback", []string{"unix:///tmp/x.sock", "unix:x.sock", "localhost:1", "[::1]:1", "127.0.0.1"}, []string{"example.com"}},
		{"xds:///assistant", []string{"xds:///assistant"}, []string{"xds:///assistant2", "dns:///assistant", "assistant"}},
		{" unix:///tmp/x.sock ", []string{"unix:///tmp/x.sock"}, []string{"unix:///tmp/y.sock", "localhost:1"}},
	} {
		guard := posthoggrpc.UnaryClientInterceptor(posthoggrpc.WithTrustedHosts(tc.pattern))
		trusted := func(target string) (yes bool) {
			call(t, guard, laden(t, tracing(t)), target, func(ctx context.Context) {
				carrier := propagation.MapCarrier{}
				propagator.Inject(ctx, carrier)
				yes = strings.Contains(carrier["baggage"], ofA.ID)
			})
			return yes
		}
		for _, target := range tc.yes {
			t.Run(tc.pattern+" trusts "+target, func(t *testing.T) { require.True(t, trusted(target)) })
		}
		for _, target := range tc.no {
			t.Run(tc.pattern+" does not trust "+target, func(t *testing.T) { require.False(t, trusted(target)) })
		}
	}

	t.Run("no connection", func(t *testing.T) {
		err := posthoggrpc.UnaryClientInterceptor(posthoggrpc.WithTrustedHosts("loopback"))(baggage.ContextWithTrust(laden(t, tracing(t))), "/m", nil, nil, nil,
			func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
				carrier := propagation.MapCarrier{}
				propagator.Inject(ctx, carrier)
				require.Equal(t, "tenant=acme", carrier["baggage"])
				return nil
			})
		require.NoError(t, err)
	})
	t.Run("a bad pattern is reported", func(t *testing.T) {
		posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("https://bad.example.com"))
		reported.mu.Lock()
		defer reported.mu.Unlock()
		require.Contains(t, strings.Join(reported.texts, "\n"), `pattern "https://bad.example.com" trusts nothing`)
	})
}

// A proxy hands the metadata on that came in, with otelgrpc or without.
func TestGuardCleansMetadata(t *testing.T) {
	t.Parallel()
	tp := tracing(t)
	forwarded := metadata.Pairs("baggage", "a=1,session.id="+ofA.ID, "baggage", "%24session_id="+ofA.ID, "x-posthog-session-id", ofA.ID,
		"x-posthog-distinct-id", "zoe", "authorization", "Bearer x", "blob-bin", "\x00\x01")
	for name, opts := range map[string][]grpc.DialOption{
		"without otelgrpc": posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test")),
		"with otelgrpc":    append(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test")), grpc.WithStatsHandler(clientStats(tp))),
		"otelgrpc alone":   {grpc.WithStatsHandler(clientStats(tp))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			ctx := metadata.NewOutgoingContext(t.Context(), forwarded.Copy())
			require.NoError(t, kinds["unary"](ctx, s.client(t, other, opts...)))
			a := s.arrived(t)[0]
			requireNothing(t, a)
			require.Equal(t, "a=1", a.md["baggage"][0])
			require.Equal(t, []string{"Bearer x"}, a.md["authorization"])
			require.Equal(t, []string{"\x00\x01"}, a.md["blob-bin"])
			md, _ := metadata.FromOutgoingContext(ctx)
			require.Equal(t, forwarded, md, "the caller's metadata is the caller's")
		})
	}
	s := newService(t)
	require.NoError(t, kinds["unary"](metadata.NewOutgoingContext(t.Context(), forwarded),
		s.client(t, own, posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test"))...)))
	require.Equal(t, []string{ofA.ID}, s.arrived(t)[0].md["x-posthog-session-id"])
}

// Every attempt of a call that gRPC repeats carries the session.
func TestGuardCoversRetries(t *testing.T) {
	t.Parallel()
	tp := tracing(t)
	for kind, call := range kinds {
		s := newService(t, grpc.StatsHandler(serverStats(tp)))
		s.fails = 2
		c := s.client(t, own, append(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test")), grpc.WithStatsHandler(clientStats(tp)),
			grpc.WithDefaultServiceConfig(`{"methodConfig": [{"name": [{"service": "grpc.health.v1.Health"}], "retryPolicy": {"maxAttempts": 4,
				"initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`))...)
		require.NoError(t, call(laden(t, tp), c))
		got := s.arrived(t)
		require.Len(t, got, 3, kind)
		for _, a := range got {
			require.Equal(t, ofA, a.session, kind)
		}
	}
}

// tokens are credentials that fetch a token over HTTP with the context of the
// call.
type tokens struct {
	client *http.Client
	url    string
}

func (c tokens) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer x"}, res.Body.Close()
}

func (tokens) RequireTransportSecurity() bool { return false }

func TestGuardDoesNotReachCredentials(t *testing.T) {
	t.Parallel()
	for name, sampler := range map[string]sdktrace.Sampler{"sampled": sdktrace.AlwaysSample(), "not sampled": sdktrace.NeverSample()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tp := tracing(t, sdktrace.WithSampler(sampler))
			var mu sync.Mutex
			var asked []http.Header
			issuer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, r.Header)
			}))
			t.Cleanup(issuer.Close)
			base := http.DefaultTransport.(*http.Transport).Clone()
			t.Cleanup(base.CloseIdleConnections)
			creds := tokens{&http.Client{Transport: otelhttp.NewTransport(base, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(propagator))}, issuer.URL}

			s := newService(t, grpc.StatsHandler(serverStats(tp)))
			c := s.client(t, own, append(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts("*.own.test")),
				grpc.WithStatsHandler(clientStats(tp)), grpc.WithPerRPCCredentials(creds))...)
			for kind, call := range kinds {
				require.NoError(t, call(laden(t, tp), c))
				require.Equal(t, ofA, s.arrived(t)[0].session, kind)
			}
			mu.Lock()
			defer mu.Unlock()
			require.Len(t, asked, 2)
			for _, h := range asked {
				require.Equal(t, "tenant=acme", h.Get("baggage"))
			}
		})
	}
}
