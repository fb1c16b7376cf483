package baggage_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

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
	require.Equal(t, before+1, reported.count("no counters today"))
}

type failingMeter struct{ noop.MeterProvider }

func (failingMeter) Meter(string, ...metric.MeterOption) metric.Meter { return failingCounter{} }

type failingCounter struct{ noop.Meter }

func (failingCounter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errors.New("no counters today")
}
