package baggage_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// refused sends a request through an edge and returns the counts by source and
// reason.
func refused(t *testing.T, h http.Header, opts ...baggage.HandlerOption) map[string]int64 {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header = h
	serve(t, r, append(opts, baggage.WithMeterProvider(mp))...)

	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	counts := make(map[string]int64)
	for _, scope := range data.ScopeMetrics {
		require.Equal(t, "github.com/otelposthog/otelposthog-go/baggage", scope.Scope.Name)
		require.NotEmpty(t, scope.Scope.Version)
		for _, m := range scope.Metrics {
			require.Equal(t, "otelposthog.baggage.refused", m.Name)
			sum := m.Data.(metricdata.Sum[int64])
			require.True(t, sum.IsMonotonic)
			for _, p := range sum.DataPoints {
				source, _ := p.Attributes.Value("source")
				reason, _ := p.Attributes.Value("reason")
				counts[source.AsString()+" "+reason.AsString()] += p.Value
			}
		}
	}
	return counts
}

func TestRefusedIsCounted(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 201)
	for name, tc := range map[string]struct {
		header http.Header
		opts   []baggage.HandlerOption
		want   map[string]int64
	}{
		"nothing": {headers(append(ofA1, "baggage", "k=v,k=w,,session.id=a")...), nil, map[string]int64{}},
		"headers": {
			headers("X-Posthog-Session-Id", long, "X-Posthog-Window-Id", "a b", "X-Posthog-Distinct-Id", "null"), nil,
			map[string]int64{"headers too_long": 1, "headers characters": 1, "headers not_a_person": 1},
		},
		"ambiguous headers": {
			headers("X-Posthog-Session-Id", "a", "X-Posthog-Session-Id", "b", "X-Posthog-Session-Id", "c"), nil,
			map[string]int64{"headers ambiguous": 1},
		},
		"baggage": {
			headers("baggage", "session.id="+long+",$session_id=a%20b,posthog.distinct_id=0,k=%zz,l,posthog.ai_parent=1"), nil,
			map[string]int64{"baggage too_long": 1, "baggage characters": 1, "baggage not_a_person": 1, "baggage malformed": 3},
		},
		"too many members": {
			headers("baggage", strings.Join(numbered(70), ","), "X-Posthog-Session-Id", "s"), nil,
			map[string]int64{"baggage over_limit": 7},
		},
		"too many bytes": {
			headers("baggage", "a="+strings.Repeat("v", 8180), "X-Posthog-Session-Id", "s"), nil,
			map[string]int64{"baggage over_limit": 1},
		},
		"foreign members that were not wanted are no refusal": {
			headers("baggage", strings.Join(numbered(70), ",")), []baggage.HandlerOption{baggage.WithoutForeignBaggage()}, map[string]int64{},
		},
		"the browser's person, by option": {
			headers("baggage", "posthog.distinct_id=zoe", "X-Posthog-Distinct-Id", "zoe"),
			[]baggage.HandlerOption{baggage.WithoutBrowserDistinctID()},
			map[string]int64{"baggage by_option": 1, "headers by_option": 1},
		},
		"the server": {
			headers(),
			[]baggage.HandlerOption{identity(baggage.Session{ID: long, WindowID: long, DistinctID: "guest"})},
			map[string]int64{"server too_long": 2, "server not_a_person": 1},
		},
		"the cookie": {
			headers("Cookie", cookie(t, "email", []any{ago(time.Hour), "s", 0})+"; "+cookie(t, "zoe", nil)),
			[]baggage.HandlerOption{baggage.WithCookie(projectKey)},
			map[string]int64{"cookie not_a_person": 1, "cookie expired": 1},
		},
		"cookies that are none": {
			headers("Cookie", "ph_phc_aPLbSLcEQ_posthog=x; ph_phc_aPLbSLcEQ_posthog="+strings.Repeat("x", 20_000)),
			[]baggage.HandlerOption{baggage.WithCookie(projectKey)},
			map[string]int64{"cookie malformed": 1, "cookie too_long": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, refused(t, tc.header, tc.opts...))
		})
	}
}

func numbered(n int) []string {
	members := make([]string, n)
	for i := range members {
		members[i] = "m" + strings.Repeat("x", i) + "=1"
	}
	return members
}

func TestMeterProviders(t *testing.T) {
	t.Parallel()
	before := reported.count("no counters today")
	for _, mp := range map[string]metric.MeterProvider{"nil": nil, "nil pointer": (*sdkmetric.MeterProvider)(nil), "noop": noop.NewMeterProvider(), "failing": failingMeter{}} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header = headers("X-Posthog-Session-Id", "a b")
		serve(t, r, baggage.WithMeterProvider(mp))
	}
	require.Equal(t, before+2, reported.count("no counters today"), "each counter of NewHandler")
}

type failingMeter struct{ noop.MeterProvider }

func (failingMeter) Meter(string, ...metric.MeterOption) metric.Meter { return failingCounter{} }

type failingCounter struct{ noop.Meter }

func (failingCounter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errors.New("no counters today")
}

// counted returns the sum of a counter.
func counted(t *testing.T, reader sdkmetric.Reader, name string) (sum int64) {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
					sum += p.Value
				}
			}
		}
	}
	return sum
}

// requireTold requires that a cause was told, and not more often than once.
func requireTold(t *testing.T, text string) {
	t.Helper()
	require.Equal(t, 1, reported.count(text), text)
}

func TestRefusedIsTold(t *testing.T) {
	t.Parallel()
	for range 3 {
		refused(t, headers("X-Posthog-Session-Id", "undefined", "X-Posthog-Distinct-Id", "secret@example.com, other"))
	}
	requireTold(t, "a value in the headers of a request was refused: not_an_id")
	requireTold(t, "a value in the headers of a request was refused: ambiguous")
	require.Zero(t, reported.count("secret@example.com"))
	refused(t, headers("baggage", strings.Join(numbered(70), ",")+",k=%zz", "X-Posthog-Distinct-Id", "zoe", "Cookie", cookie(t, "zoe", []any{ago(time.Hour), "s"})),
		baggage.WithoutBrowserDistinctID(), baggage.WithCookie(projectKey))
	for _, reason := range []string{"expired", "by_option", "over_limit", "malformed"} {
		require.Zero(t, reported.count("refused: "+reason), "no fault of anybody")
	}
}

func TestTrustedCallWithoutSessionIsTold(t *testing.T) {
	t.Parallel()
	const report = "a request to a trusted host went out without its session"
	tp, _ := tracing(t)
	trusted := baggage.WithTrustedHosts("*.own.test")
	for name, tc := range map[string]struct {
		stack func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper
		url   string
		ctx   context.Context
		want  int64
	}{
		"no propagator below": {
			func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
				return baggage.NewTransport(base, opts...)
			}, own, mustContext(t, ofA), 1,
		},
		"one without baggage": {
			func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
				return baggage.NewTransport(otelhttp.NewTransport(base, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(propagation.TraceContext{})), opts...)
			}, own, mustContext(t, ofA), 1,
		},
		"the guard inside": {
			func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
				return otelhttp.NewTransport(baggage.NewTransport(base, opts...), otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours))
			}, own, mustContext(t, ofA), 1,
		},
		"all is well": {
			func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
				return baggage.NewTransport(otelhttp.NewTransport(base, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(ours)), opts...)
			}, own, mustContext(t, ofA), 0,
		},
		"another host": {
			func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
				return baggage.NewTransport(base, opts...)
			}, other, mustContext(t, ofA), 0,
		},
		"no session": {
			func(base http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
				return baggage.NewTransport(base, opts...)
			}, own, t.Context(), 0,
		},
	} {
		reader := sdkmetric.NewManualReader()
		w := newWorld(t)
		w.do(t, tc.stack(w, trusted, baggage.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))), request(tc.ctx, t, tc.url))
		require.Equal(t, tc.want, counted(t, reader, "otelposthog.baggage.not_sent"), name)
	}
	requireTold(t, report)

	reader := sdkmetric.NewManualReader()
	p := baggage.Propagator(propagation.TraceContext{}, baggage.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	for range 2 {
		p.Inject(baggage.ContextWithTrust(mustContext(t, ofA)), propagation.MapCarrier{})
		p.Inject(mustContext(t, ofA), propagation.MapCarrier{})
	}
	require.Equal(t, int64(2), counted(t, reader, "otelposthog.baggage.not_sent"))
	requireTold(t, "the propagator inside writes no baggage")
}

func TestSampler(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	mp := baggage.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	never := baggage.Sampler(sdktrace.NeverSample(), mp, nil)
	require.Equal(t, sdktrace.NeverSample().Description(), never.Description())
	require.Equal(t, sdktrace.ParentBased(sdktrace.AlwaysSample()).Description(), baggage.Sampler(nil).Description())

	start := func(ctx context.Context, s sdktrace.Sampler) context.Context {
		tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(s))
		t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
		ctx, span := tp.Tracer("t").Start(ctx, "request")
		t.Cleanup(func() { span.End() })
		return ctx
	}
	unsampled := func() int64 { return counted(t, reader, "otelposthog.baggage.unsampled") }
	start(t.Context(), never)
	start(mustContext(t, baggage.Session{DistinctID: "zoe"}), never)
	start(mustContext(t, ofA), baggage.Sampler(sdktrace.AlwaysSample(), mp))
	require.Zero(t, unsampled())
	ctx := start(mustContext(t, ofA), never)
	require.Equal(t, int64(1), unsampled())
	start(ctx, never)
	require.Equal(t, int64(1), unsampled(), "once for a request")
	start(ours.Extract(t.Context(), propagation.MapCarrier{"baggage": "session.id=" + sessionA, "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}),
		baggage.Sampler(nil, mp))
	require.Equal(t, int64(2), unsampled(), "the caller did not sample it")
	requireTold(t, "a request with a session was not sampled")
}
