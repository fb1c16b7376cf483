package processor_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// service is one process: its own pipeline, and otelhttp on both sides.
type service struct {
	*pipeline
	tp     *sdktrace.TracerProvider
	prop   propagation.TextMapPropagator
	client *http.Client
}

func newService(t *testing.T) *service {
	t.Helper()
	next := tracetest.NewInMemoryExporter()
	p := processor.New(sdktrace.NewSimpleSpanProcessor(next))
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	s := &service{
		pipeline: &pipeline{tracer: tp.Tracer("test"), p: p, next: next},
		tp:       tp, prop: p.Propagator(nil),
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(base.CloseIdleConnections)
	s.client = &http.Client{Transport: otelhttp.NewTransport(base,
		otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(s.prop))}
	return s
}

func (s *service) serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(otelhttp.NewHandler(h, "server",
		otelhttp.WithTracerProvider(s.tp), otelhttp.WithPropagators(s.prop)))
	t.Cleanup(srv.Close)
	return srv.URL
}

func (s *service) get(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	res, err := s.client.Do(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
}

// An agent in A calls B, which calls C: HTTP spans lie between all AI spans.
func TestAIParentAcrossServices(t *testing.T) {
	t.Parallel()
	a, b, c := newService(t), newService(t), newService(t)
	urlC := c.serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, s := c.start(r.Context(), "call in C", chat)
		s.End()
	})
	urlB := b.serve(t, func(_ http.ResponseWriter, r *http.Request) {
		b.get(r.Context(), t, urlC) // No AI span of B's own: A's agent stays the parent.
		ctx, s := b.start(r.Context(), "agent in B", agent)
		b.get(ctx, t, urlC)
		s.End()
	})
	ctx, ag := a.start(withBaggage(t.Context(), t, "session.id", sessionID, "foreign", "value"), "agent in A", agent)
	a.get(ctx, t, urlB)
	ag.End()
	for _, s := range []*service{b, c} { // their server spans may end later than the answer comes
		require.NoError(t, s.p.ForceFlush(t.Context()))
	}

	inB := b.sent(t, "agent in B")
	requireBelow(t, inB, ag.SpanContext())
	require.True(t, inB.Parent.IsRemote())
	inC := c.next.GetSpans()
	require.Len(t, inC, 2)
	requireBelow(t, inC[0], ag.SpanContext())
	requireBelow(t, inC[1], inB.SpanContext)
	for _, s := range inC {
		require.Equal(t, sessionID, value(s, "$session_id"))
	}
}

// What goes to a host that is not trusted: nothing of ours, wherever the
// transport of the baggage package stands.
func TestAIParentStaysFromStrangers(t *testing.T) {
	t.Parallel()
	a := newService(t)
	headers := make(chan http.Header, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { headers <- r.Header }))
	t.Cleanup(srv.Close)
	base := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(base.CloseIdleConnections)
	otel := func(next http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(next, otelhttp.WithTracerProvider(a.tp), otelhttp.WithPropagators(a.prop))
	}
	host := strings.TrimPrefix(srv.URL, "http://")
	trusted := baggage.WithTrustedHosts(host)
	for _, tt := range []struct {
		name      string
		transport http.RoundTripper
		want      bool
	}{
		{"above otelhttp, not trusted", baggage.NewTransport(otel(base)), false},
		{"below otelhttp, not trusted", otel(baggage.NewTransport(base)), false},
		{"above otelhttp, trusted", baggage.NewTransport(otel(base), trusted), true},
		{"below otelhttp, trusted", otel(baggage.NewTransport(base, trusted)), true},
	} {
		ctx, s := a.start(withBaggage(t.Context(), t, "session.id", sessionID), "agent", agent)
		a.client = &http.Client{Transport: tt.transport}
		a.get(ctx, t, srv.URL)
		s.End()
		h := <-headers
		require.NotEmpty(t, h.Get("traceparent"), tt.name)
		require.Equal(t, tt.want, strings.Contains(h.Get("baggage"), "posthog.ai_parent="+s.SpanContext().SpanID().String()), "%s: %s", tt.name, h.Get("baggage"))
		require.Equal(t, tt.want, strings.Contains(h.Get("baggage"), sessionID), tt.name)
	}
}

func inject(ctx context.Context, prop propagation.TextMapPropagator) string {
	c := propagation.MapCarrier{}
	prop.Inject(ctx, c)
	return c.Get("baggage")
}

func TestInject(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	prop := pl.p.Propagator(nil)
	ctx, ag := pl.start(t.Context(), "agent", agent)
	ctx, _ = pl.start(ctx, "http")
	sc := ag.SpanContext()
	member := "posthog.ai_parent=" + sc.SpanID().String() + ";trace=" + sc.TraceID().String()
	plain, _ := pl.start(t.Context(), "no AI span")
	stale := "posthog.ai_parent=00000000000000aa"
	parse := func(header string) otelbaggage.Baggage {
		b, err := otelbaggage.Parse(header)
		require.NoError(t, err)
		return b
	}
	many := func(n, size int) string {
		members := []string{"session.id=s"}
		for i := 1; i < n; i++ {
			members = append(members, fmt.Sprintf("m%02d=%s", i, strings.Repeat("x", size)))
		}
		return strings.Join(members, ",")
	}

	for _, tt := range []struct {
		name   string
		ctx    context.Context
		bag    string
		want   []string // members, in any order
		gone   []string
		intact bool
	}{
		{name: "with a session", ctx: ctx, bag: "session.id=s,other=1", want: []string{"session.id=s", "other=1", member}},
		{name: "with a session of another name", ctx: ctx, bag: "posthog.session_id=s", want: []string{member}},
		{name: "with a session of the third name", ctx: ctx, bag: "$session_id=s", want: []string{member}},
		{name: "replaces the one that came in", ctx: ctx, bag: "session.id=s," + stale, want: []string{member}, gone: []string{stale}},
		{name: "without a session, as for a host that is not trusted", ctx: ctx, bag: "other=1", intact: true},
		{name: "without a session an old one goes", ctx: ctx, bag: "other=1," + stale, want: []string{"other=1"}, gone: []string{"ai_parent"}},
		{name: "a person is no session", ctx: ctx, bag: "posthog.distinct_id=d", intact: true},
		{name: "no baggage", ctx: ctx, intact: true},
		{name: "no AI span here: the old one stays", ctx: plain, bag: "session.id=s," + stale, want: []string{"session.id=s", stale}},
		{name: "no span at all", ctx: t.Context(), bag: "session.id=s", intact: true},
		{name: "63 members", ctx: ctx, bag: many(63, 1), want: []string{member}},
		{name: "64 members", ctx: ctx, bag: many(64, 1), gone: []string{"ai_parent"}},
		{name: "almost 8192 bytes", ctx: ctx, bag: many(50, 156), want: []string{member}},
		{name: "too close to 8192 bytes", ctx: ctx, bag: many(50, 161), gone: []string{"ai_parent"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := otelbaggage.ContextWithBaggage(tt.ctx, parse(tt.bag))
			got := inject(ctx, prop)
			require.LessOrEqual(t, len(got), 8192)
			require.Equal(t, len(strings.Split(got, ",")) > 1, strings.Contains(got, ","))
			for _, m := range tt.want {
				require.Contains(t, strings.Split(got, ","), m)
			}
			for _, m := range tt.gone {
				require.NotContains(t, got, m)
			}
			if tt.intact {
				require.Equal(t, inject(ctx, propagation.Baggage{}), got)
			}
			back, err := otelbaggage.Parse(got)
			require.NoError(t, err, "a receiver must take it")
			require.Equal(t, parse(tt.bag).Member("session.id").Value(), back.Member("session.id").Value())
		})
	}
}

func TestPropagatorLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	ctx, s := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "agent", agent)
	defer s.End()

	t.Run("a propagator without baggage", func(t *testing.T) {
		t.Parallel()
		prop := pl.p.Propagator(propagation.TraceContext{})
		require.Empty(t, inject(ctx, prop))
		require.Equal(t, propagation.TraceContext{}.Fields(), prop.Fields())
	})
	t.Run("several header lines", func(t *testing.T) {
		t.Parallel()
		h := http.Header{"Baggage": {"a=1", "b=2"}}
		pl.p.Propagator(propagation.TraceContext{}).Inject(ctx, propagation.HeaderCarrier(h))
		require.Equal(t, []string{"a=1", "b=2"}, h.Values("baggage"))
	})
	t.Run("a processor that stamps only passes on", func(t *testing.T) {
		t.Parallel()
		stamps := newPipelineWith(t, processor.New(nil))
		ctx := withBaggage(t.Context(), t, "session.id", "s", "posthog.ai_parent", "00f067aa0ba902b7")
		ctx, s := stamps.start(ctx, "agent", agent)
		defer s.End()
		require.Contains(t, inject(ctx, stamps.p.Propagator(nil)), "posthog.ai_parent=00f067aa0ba902b7")
	})
}

func TestAIParentFromBaggage(t *testing.T) {
	t.Parallel()
	traceID := trace.TraceID{1, 2, 3}
	const id = "00f067aa0ba902b7"
	for _, tt := range []struct {
		name, header string
		taken        bool
	}{
		{"with its trace", "posthog.ai_parent=" + id + ";trace=" + traceID.String(), true},
		{"the trace dropped by a hop that rewrites baggage", "posthog.ai_parent=" + id, true},
		{"of another trace", "posthog.ai_parent=" + id + ";trace=" + trace.TraceID{9}.String(), false},
		{"too short", "posthog.ai_parent=00f067aa", false},
		{"upper case", "posthog.ai_parent=00F067AA0BA902B7", false},
		{"zero", "posthog.ai_parent=0000000000000000", false},
		{"no id", "posthog.ai_parent=hello", false},
		{"empty", "posthog.ai_parent=", false},
		{"not there", "other=1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t)
			bag, err := otelbaggage.Parse(tt.header)
			require.NoError(t, err)
			ctx := otelbaggage.ContextWithBaggage(t.Context(), bag)
			ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: traceID, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
			}))
			ctx, server := pl.start(ctx, "GET /")
			_, direct := pl.start(ctx, "below the server span", chat)
			direct.End()
			server.End()
			_, late := pl.start(ctx, "after the server span", chat)
			late.End()
			_, bare := pl.start(otelbaggage.ContextWithoutBaggage(ctx), "after it, without baggage", chat)
			bare.End()
			for _, name := range []string{"below the server span", "after the server span", "after it, without baggage"} {
				got := pl.sent(t, name)
				if tt.taken && name != "after it, without baggage" { // the server span is forgotten then
					require.Equal(t, id, got.Parent.SpanID().String(), name)
					require.False(t, hasKey(got, "$ai_parent_id"))
				} else {
					requireTop(t, got)
				}
			}
		})
	}

	t.Run("not for a root", func(t *testing.T) {
		t.Parallel()
		pl := newPipeline(t)
		_, s := pl.start(withBaggage(t.Context(), t, "posthog.ai_parent", id), "call", chat)
		s.End()
		require.False(t, pl.sent(t, "call").Parent.IsValid())
	})
	t.Run("a local AI span is nearer", func(t *testing.T) {
		t.Parallel()
		pl := newPipeline(t)
		ctx := trace.ContextWithRemoteSpanContext(withBaggage(t.Context(), t, "posthog.ai_parent", id),
			trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled}))
		ctx, server := pl.start(ctx, "POST /agent")
		_, s := pl.start(ctx, "call", chat)
		server.SetAttributes(attribute.String("gen_ai.agent.name", "a server span may be one"))
		s.End()
		server.End()
		requireBelow(t, pl.sent(t, "call"), server.SpanContext())
		require.Equal(t, id, pl.sent(t, "POST /agent").Parent.SpanID().String())
	})
}
