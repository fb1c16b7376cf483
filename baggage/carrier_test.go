package baggage_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// metadata is a carrier that cannot delete a key and holds several values, as
// that of gRPC.
type metadata map[string][]string

func (m metadata) Get(key string) string {
	if values := m[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}
func (m metadata) Values(key string) []string { return m[key] }
func (m metadata) Set(key, value string)      { m[key] = []string{value} }
func (m metadata) Keys() []string             { return slices.Collect(maps.Keys(m)) }

// single is a carrier with nothing but the methods that it must have.
type single struct{ m map[string]string }

func (s single) Get(key string) string { return s.m[key] }
func (s single) Set(key, value string) { s.m[key] = value }
func (s single) Keys() []string        { return slices.Collect(maps.Keys(s.m)) }

// carriers makes a carrier of each kind that has the given fields already, and a
// function that returns all that is in it afterwards.
func carriers(fields map[string]string) map[string]struct {
	carrier propagation.TextMapCarrier
	all     func() http.Header
} {
	h, m, md, s := http.Header{}, propagation.MapCarrier{}, metadata{}, single{map[string]string{}}
	for k, v := range fields {
		h[k], m[k], md[k], s.m[k] = []string{v}, v, []string{v}, v
	}
	text := func(m map[string]string) http.Header {
		all := http.Header{}
		for k, v := range m {
			if v != "" {
				all.Add(k, v)
			}
		}
		return all
	}
	type row = struct {
		carrier propagation.TextMapCarrier
		all     func() http.Header
	}
	return map[string]row{
		"http.Header": {propagation.HeaderCarrier(h), func() http.Header { return h }},
		"map":         {m, func() http.Header { return text(m) }},
		"metadata": {md, func() http.Header {
			all := http.Header{}
			for k, vs := range md {
				if v := strings.Join(vs, ","); v != "" {
					all.Add(k, v)
				}
			}
			return all
		}},
		"any other": {s, func() http.Header { return text(s.m) }},
	}
}

func TestPropagatorKeepsTheSession(t *testing.T) {
	t.Parallel()
	tp, _ := tracing(t)
	for name, tc := range map[string]struct {
		ctx    context.Context
		before map[string]string
		want   string // the baggage header
	}{
		"the session of the context": {laden(t, tp), nil, "tenant=a%20c%2Cm;p"},
		"nothing but a session":      {mustContext(t, ofA), nil, ""},
		"under an encoded name": {
			w3c.Extract(t.Context(), propagation.MapCarrier{"baggage": "%24session_id=" + sessionA + ",a=1,posthog%2Ewindow_id=" + windowA}), nil, "a=1",
		},
		"what the carrier had": {
			t.Context(),
			map[string]string{
				"baggage": "x=1, session.id=" + sessionA + " ,y=2", "X-POSTHOG-SESSION-ID": sessionA, "x-posthog-window-id": windowA,
				"ot-baggage-session.id": sessionA, "Uberctx-Posthog.distinct_id": "zoe", "ot-baggage-%24session_id": sessionA,
				"correlation-context": "session.id=" + sessionA, "jaeger-baggage": "session.id=" + sessionA,
				"x-other": "stays", "": "", "box": "stays",
			},
			"x=1,y=2",
		},
		"nothing at all": {t.Context(), map[string]string{"other": "stays"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, c := range carriers(tc.before) {
				ours.Inject(tc.ctx, c.carrier)
				all, field := c.all(), "baggage"
				requireNothingOfOurs(t, all)
				require.Equal(t, tc.want, strings.Join(append(all[field], all.Values(field)...), ","), kind)
				for key, value := range tc.before {
					if value == "stays" {
						require.Equal(t, []string{"stays"}, slices.Concat(all[key], all[http.CanonicalHeaderKey(key)])[:1], kind)
					}
				}
				if trace.SpanContextFromContext(tc.ctx).IsValid() {
					require.NotEmpty(t, c.carrier.Get("traceparent"), kind)
				}
			}
		})
	}

	t.Run("several values of metadata", func(t *testing.T) {
		t.Parallel()
		md := metadata{"baggage": {"a=1", "session.id=" + sessionA, "b=2"}, "x-posthog-session-id": {"", sessionA}}
		ours.Inject(t.Context(), md)
		require.Equal(t, metadata{"baggage": {"a=1,b=2"}, "x-posthog-session-id": {""}}, md)
	})

	t.Run("cookies of a request that is forwarded", func(t *testing.T) {
		t.Parallel()
		h := http.Header{"Cookie": {"a=1; ph_phc_x_posthog=" + sessionA}, "cookie": {"ph_phc_x_posthog=1"}, "Content-Type": {"x"}}
		ours.Inject(t.Context(), propagation.HeaderCarrier(h))
		require.Equal(t, http.Header{"Cookie": {"a=1"}, "Content-Type": {"x"}}, h)
	})

	t.Run("header lines that somebody else holds", func(t *testing.T) {
		t.Parallel()
		lines := []string{"a=1", "session.id=" + sessionA, "b=2"}
		h := http.Header{"Baggage": lines}
		ours.Inject(t.Context(), propagation.HeaderCarrier(h))
		require.Equal(t, []string{"a=1", "b=2"}, h["Baggage"])
		require.Equal(t, []string{"a=1", "session.id=" + sessionA, "b=2"}, lines)
	})
}
