package processor_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
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
		tp:       tp, prop: baggage.Propagator(nil, baggage.WithAIParent(p.AIParent)),
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(base.CloseIdleConnections)
	s.client = &http.Client{Transport: baggage.NewTransport(otelhttp.NewTransport(base,
		otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(s.prop)), baggage.WithTrustedHosts("loopback"))}
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
