package processor_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// front is a service that faces the public, as the documentation builds it.
type front struct {
	*pipeline
	tp  *sdktrace.TracerProvider
	url string
}

// newFront serves requests with handle, behind the edge handler if it is one.
func newFront(t *testing.T, edge bool, handle http.HandlerFunc, opts ...processor.Option) *front {
	t.Helper()
	next := tracetest.NewInMemoryExporter()
	p := processor.New(sdktrace.NewSimpleSpanProcessor(next), opts...)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	h := otelhttp.NewHandler(handle, "server", otelhttp.WithTracerProvider(tp),
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})))
	if edge {
		h = baggage.NewHandler(h)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &front{&pipeline{tracer: tp.Tracer("test"), p: p, next: next}, tp, srv.URL}
}

// send sends a request with headers, name and value in turn.
func (f *front) send(t *testing.T, path string, headers ...string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+path, http.NoBody)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
}

const (
	victims   = "0197c4a0-7e1a-7b60-8a6e-111111111111"
	strangers = "0197c4a0-7e1a-7b60-8a6e-222222222222"
)

// A stranger repeats the traceparent of a victim, whose request is still being
// worked on, and whose background work goes on after that. Each has the session
// and the person of their own, or none.
func TestSessionsAreNotStolen(t *testing.T) {
	t.Parallel()
	const traceID = "0af7651916cd43dd8448eb211c80319c"
	for _, edge := range []bool{true, false} {
		var f *front
		serverSpan := make(chan string, 1)
		background := make(chan context.Context, 1)
		goOn := make(chan struct{})
		work := func(ctx context.Context, name string) {
			ctx, ag := f.start(ctx, name+"'s agent", agent)
			// The baggage is lost on the way.
			_, call := f.start(trace.ContextWithSpanContext(context.Background(), trace.SpanContextFromContext(ctx)), name+"'s call", chat)
			call.End()
			ag.End()
		}
		f = newFront(t, edge, func(_ http.ResponseWriter, r *http.Request) {
			name := r.URL.Path[1:]
			work(r.Context(), name)
			if name == "victim" {
				serverSpan <- trace.SpanContextFromContext(r.Context()).SpanID().String()
				background <- context.WithoutCancel(r.Context())
				<-goOn
				work(r.Context(), "late victim")
			}
		})
		browser := "00-" + traceID + "-b7ad6b7169203331-01"
		done := make(chan struct{})
		session := func(id, person string) []string {
			if edge {
				return []string{"X-Posthog-Session-Id", id, "X-Posthog-Distinct-Id", person}
			}
			return []string{"baggage", "session.id=" + id + ",posthog.distinct_id=" + person}
		}
		go func() {
			defer close(done)
			f.send(t, "/victim", append(session(victims, "ada"), "traceparent", browser)...)
		}()
		known := "00-" + traceID + "-" + <-serverSpan + "-01" // as an LLM host gets it
		ctx := <-background
		_, job := f.start(ctx, "job")
		f.send(t, "/bare", "traceparent", browser)
		f.send(t, "/knowing", "traceparent", known)
		f.send(t, "/other", append(session(strangers, "eve"), "traceparent", browser)...)
		f.send(t, "/bold", append(session(strangers, "eve"), "traceparent", known)...)
		close(goOn)
		<-done
		work(trace.ContextWithSpan(context.Background(), job), "victim's background")
		job.End()
		f.send(t, "/after", "traceparent", known)
		require.NoError(t, f.p.ForceFlush(t.Context()))

		got := map[string]string{}
		for _, s := range f.next.GetSpans() {
			require.Equal(t, traceID, s.SpanContext.TraceID().String())
			got[s.Name] = value(s, "$session_id") + " " + value(s, "posthog.distinct_id")
		}
		want := map[string]string{}
		for name, session := range map[string]string{
			"victim": victims + " ada", "late victim": victims + " ada", "victim's background": victims + " ada",
			"bare": " ", "knowing": " ", "after": " ", "other": strangers + " eve", "bold": strangers + " eve",
		} {
			want[name+"'s agent"], want[name+"'s call"] = session, session
		}
		require.Equal(t, want, got, "edge: %v", edge)
	}
}

// The root of what PostHog shows is the server span that faces the browser: with
// the traceparent that posthog-js sends, it makes the $ai_trace event. A service
// behind it makes none.
func TestRootAtTheEdge(t *testing.T) {
	t.Parallel()
	var inner, outer *front
	ai := func(f *front, ctx context.Context, name string) {
		_, s := f.start(ctx, name, chat)
		s.End()
	}
	inner = newFront(t, true, func(_ http.ResponseWriter, r *http.Request) { ai(inner, r.Context(), "inner call") }, processor.WithTraceEvents())
	outer = newFront(t, true, func(_ http.ResponseWriter, r *http.Request) {
		ai(outer, r.Context(), "outer call")
		client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithTracerProvider(outer.tp),
			otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})))}
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, inner.url+"/", http.NoBody)
		if err == nil {
			if res, err := client.Do(req); err == nil {
				_ = res.Body.Close()
			}
		}
	}, processor.WithTraceEvents())
	outer.send(t, "/chat", "X-Posthog-Session-Id", victims, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	for _, f := range []*front{outer, inner} {
		// A server span may end after its answer has come.
		require.Eventually(t, func() bool { return f.p.Remembered() == 0 }, 10*time.Second, time.Millisecond)
	}
	require.Equal(t, []string{"outer call", "GET"}, spanNames(outer.next.GetSpans()))
	root := outer.sent(t, "GET")
	require.False(t, root.Parent.IsValid(), "nobody ever sees the browser's span")
	require.False(t, hasKey(root, "$ai_parent_id"))
	require.Equal(t, victims, value(root, "$session_id"))
	requireTop(t, outer.sent(t, "outer call"))
	require.Equal(t, []string{"inner call"}, spanNames(inner.next.GetSpans()), "the request is not from outside")
	require.Equal(t, victims, value(inner.sent(t, "inner call"), "$session_id"))
}

func TestLinkStatus(t *testing.T) {
	t.Parallel()
	var f *front
	f = newFront(t, true, func(_ http.ResponseWriter, r *http.Request) {
		_, s := f.start(r.Context(), r.URL.Path, chat)
		s.End()
	})
	f.send(t, "/linked", "X-Posthog-Session-Id", victims)
	f.send(t, "/none")
	f.send(t, "/refused", "X-Posthog-Session-Id", "undefined")
	_, s := f.start(t.Context(), "/job", chat)
	s.End()
	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
	}))
	_, s = f.start(ctx, "/lost", chat)
	s.End()
	require.NoError(t, f.p.ForceFlush(t.Context()))
	for name, want := range map[string][2]string{
		"/linked": {"linked", ""}, "/none": {"no_session", ""}, "/refused": {"refused", "not_an_id"},
		"/job": {"no_request", ""}, "/lost": {"no_parent", ""},
	} {
		got := f.sent(t, name)
		require.Equal(t, want, [2]string{value(got, "posthog.link.status"), value(got, "posthog.link.reason")}, name)
	}
}
