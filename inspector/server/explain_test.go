package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/inspector/server"
	"github.com/otelposthog/otelposthog-go/processor"
)

// svc is a service as the README wires it, with what a test leaves out.
type svc struct {
	t          *testing.T
	tp         *sdktrace.TracerProvider
	propagator propagation.TextMapPropagator
}

func newService(t *testing.T, url, name string, stamped bool) *svc {
	t.Helper()
	exp, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(url+"/v1/traces"))
	require.NoError(t, err)
	opts := []sdktrace.TracerProviderOption{sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", name)))}
	if stamped {
		opts = append(opts, sdktrace.WithSpanProcessor(processor.New(nil)))
	}
	tp := sdktrace.NewTracerProvider(append(opts, sdktrace.WithSyncer(exp))...)
	t.Cleanup(func() { _ = tp.Shutdown(context.WithoutCancel(t.Context())) })
	return &svc{t, tp, propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})}
}

// export sends the LLM spans once more from behind a processor, which notes the
// link on them.
func (s *svc) export(url string) {
	exp, err := otlptracehttp.New(s.t.Context(), otlptracehttp.WithEndpointURL(url+"/v1/traces"))
	require.NoError(s.t, err)
	s.tp.RegisterSpanProcessor(processor.New(sdktrace.NewSimpleSpanProcessor(exp)))
}

func (s *svc) options() []otelhttp.Option {
	return []otelhttp.Option{otelhttp.WithTracerProvider(s.tp), otelhttp.WithPropagators(s.propagator)}
}

// edge is the handler that browsers reach, listen that of other services.
func (s *svc) edge(h http.HandlerFunc) string {
	return serveHTTP(s.t, baggage.NewHandler(otelhttp.NewHandler(h, "POST /api/chat", s.options()...)))
}

func (s *svc) listen(h http.HandlerFunc) string {
	return serveHTTP(s.t, otelhttp.NewHandler(h, "POST /assist", s.options()...))
}

func serveHTTP(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// llm answers a request by an LLM call.
func (s *svc) llm(attrs ...attribute.KeyValue) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { chat(r.Context(), s.tp, attrs...) }
}

// call answers a request by a request to another service.
func (s *svc) call(url string, opts ...baggage.TransportOption) http.HandlerFunc {
	client := &http.Client{Transport: baggage.NewTransport(otelhttp.NewTransport(http.DefaultTransport, s.options()...), opts...)}
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, url, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = io.Copy(w, resp.Body)
		_ = resp.Body.Close()
	}
}

func browse(t *testing.T, url string, header ...string) {
	t.Helper()
	status, answer, _ := do(t, http.MethodPost, url, "", header...)
	require.Equal(t, http.StatusOK, status, answer)
}

// captured sends the event of an LLM call as another library of PostHog does, and
// its span.
func captured(ctx context.Context, t *testing.T, url string, tp *sdktrace.TracerProvider) {
	t.Helper()
	_, span := tp.Tracer("t").Start(ctx, "chat gpt-5-mini")
	sc := span.SpanContext()
	span.End()
	body := fmt.Sprintf(`{"api_key":"phc_x","batch":[{"event":"$ai_generation","distinct_id":"ada","uuid":%q,"properties":{"$lib":"posthog-python","$ai_trace_id":%q,"$ai_span_id":%q}}]}`,
		uuid.NewString(), sc.TraceID(), sc.SpanID())
	status, answer, _ := do(t, http.MethodPost, url+"/batch/", body)
	require.Equal(t, http.StatusOK, status, answer)
}

// TestCauses makes each cause happen and looks whether it is named.
func TestCauses(t *testing.T) {
	t.Parallel()
	const header = "X-POSTHOG-SESSION-ID"
	for name, test := range map[string]struct {
		cause, detail string
		uncertain     bool
		happen        func(t *testing.T, url string)
	}{
		"request without a session": {
			cause: "request_without_session", detail: "gateway received “POST”", uncertain: true,
			happen: func(t *testing.T, url string) {
				gw := newService(t, url, "gateway", true)
				browse(t, gw.edge(gw.llm()))
			},
		},
		"request without a session, noted": {
			cause: "request_without_session", detail: "gateway received “POST” with no session in its headers.",
			happen: func(t *testing.T, url string) {
				gw := newService(t, url, "gateway", true)
				gw.export(url)
				browse(t, gw.edge(gw.llm()))
			},
		},
		"refused": {
			cause: "refused", detail: "noted that the id in the request was refused: ",
			happen: func(t *testing.T, url string) {
				gw := newService(t, url, "gateway", true)
				gw.export(url)
				browse(t, gw.edge(gw.llm()), header, "two words")
			},
		},
		"the client does not trust the other host": {
			cause: "dropped_between", detail: "gateway has the session on “HTTP POST”. The next span, “POST” of assistant, does not.",
			happen: func(t *testing.T, url string) {
				gw, as := newService(t, url, "gateway", true), newService(t, url, "assistant", true)
				browse(t, gw.edge(gw.call(as.listen(as.llm()))), header, sessionID)
			},
		},
		"a propagator without baggage": {
			cause: "dropped_between", detail: "of assistant, does not",
			happen: func(t *testing.T, url string) {
				gw, as := newService(t, url, "gateway", true), newService(t, url, "assistant", true)
				as.propagator = propagation.TraceContext{}
				browse(t, gw.edge(gw.call(as.listen(as.llm()), baggage.WithTrustedHosts("127.0.0.1"))), header, sessionID)
			},
		},
		"lost in a service": {
			cause: "lost_in_service", detail: "In gateway the span “POST” has the session, its child “chat gpt-5-mini” does not.",
			happen: func(t *testing.T, url string) {
				gw, other := newService(t, url, "gateway", true), newService(t, url, "gateway", false)
				browse(t, gw.edge(func(_ http.ResponseWriter, r *http.Request) { captured(r.Context(), t, url, other.tp) }), header, sessionID)
			},
		},
		"a span before the context": {
			cause: "before_context", detail: "after “chat gpt-5-mini” had begun",
			happen: func(t *testing.T, url string) {
				// processor.New mends this by itself: this service copies baggage by hand.
				s := newService(t, url, "assistant", false)
				ctx, span := s.tp.Tracer("t").Start(t.Context(), "chat gpt-5-mini", trace.WithAttributes(
					attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5-mini")))
				_, inner := s.tp.Tracer("t").Start(ctx, "HTTP POST", trace.WithAttributes(attribute.String("$session_id", sessionID)))
				inner.End()
				span.End()
			},
		},
		"no processor": {
			cause: "no_processor", detail: "assistant notes nothing", uncertain: true,
			happen: func(t *testing.T, url string) {
				gw, as := newService(t, url, "gateway", true), newService(t, url, "assistant", false)
				gw.export(url)
				browse(t, gw.edge(gw.llm()), header, sessionID)
				browse(t, as.listen(as.llm()))
			},
		},
		"preflight refused": {
			cause: "preflight_refused", detail: "answered an OPTIONS request with an error", uncertain: true,
			happen: func(t *testing.T, url string) {
				gw := newService(t, url, "gateway", true)
				at := gw.edge(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodOptions {
						w.WriteHeader(http.StatusMethodNotAllowed)
						return
					}
					chat(r.Context(), gw.tp)
				})
				_, _, _ = do(t, http.MethodOptions, at, "", "Origin", "https://app.example.com")
				browse(t, at)
			},
		},
		"no request": {
			cause: "no_request", detail: "The trace begins with “chat gpt-5-mini” of worker",
			happen: func(t *testing.T, url string) { chat(context.Background(), newService(t, url, "worker", true).tp) },
		},
		"a parent that is not exported": {
			cause: "no_parent", detail: "of the same process",
			happen: func(t *testing.T, url string) {
				ctx, span := sdktrace.NewTracerProvider().Tracer("t").Start(t.Context(), "not exported")
				chat(ctx, newService(t, url, "assistant", true).tp)
				span.End()
			},
		},
		"a parent in another process": {
			cause: "no_parent", detail: "of another process",
			happen: func(t *testing.T, url string) {
				carrier := propagation.MapCarrier{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
				chat(propagation.TraceContext{}.Extract(t.Context(), carrier), newService(t, url, "assistant", true).tp)
			},
		},
		"the session as a chat": {
			cause: "chat_id_instead", detail: "as $ai_session_id only",
			happen: func(t *testing.T, url string) {
				body := `{"api_key":"phc_x","batch":[{"event":"$pageview","distinct_id":"ada","uuid":"` + uuid.NewString() + `","properties":{"$session_id":"` + sessionID + `"}}]}`
				status, answer, _ := do(t, http.MethodPost, url+"/batch/", body)
				require.Equal(t, http.StatusOK, status, answer)
				chat(t.Context(), provider(t, url, "assistant"), attribute.String("gen_ai.conversation.id", sessionID))
			},
		},
		"a login session": {
			cause: "not_a_browser_id", detail: `"login-42"`,
			happen: func(t *testing.T, url string) {
				chat(t.Context(), provider(t, url, "assistant"), attribute.String("$session_id", "login-42"))
			},
		},
		"two sessions": {
			cause: "two_sessions", detail: "000000000002",
			happen: func(t *testing.T, url string) {
				tp := provider(t, url, "assistant")
				ctx, span := tp.Tracer("t").Start(t.Context(), "batch", trace.WithAttributes(attribute.String("$session_id", "0198f2a0-0000-7000-8000-000000000002")))
				chat(ctx, tp, attribute.String("$session_id", sessionID))
				span.End()
			},
		},
		"events alone": {
			cause: "unknown", detail: "Only the event arrived",
			happen: func(t *testing.T, url string) { captured(t.Context(), t, url, sdktrace.NewTracerProvider()) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t, server.Options{})
			test.happen(t, url)
			var groups []group
			// The span of a request ends after its answer.
			require.EventuallyWithT(t, func(c *assert.CollectT) {
				groups = ask[[]group](t, url, "unlinked")
				require.Len(c, groups, 1)
				require.Equal(c, test.cause, groups[0].Cause)
			}, 10*time.Second, 20*time.Millisecond)
			require.NotEmpty(t, groups[0].Title)
			require.NotEmpty(t, groups[0].Fix)
			require.Contains(t, groups[0].Events[0].Detail, test.detail)
			require.Equal(t, !test.uncertain, groups[0].Events[0].Certain)
		})
	}
}

// TestWhyItIsLinked follows a session over two services.
func TestWhyItIsLinked(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	gw, as := newService(t, url, "gateway", true), newService(t, url, "assistant", true)
	browse(t, gw.edge(gw.call(as.listen(as.llm()), baggage.WithTrustedHosts("127.0.0.1"))), "X-POSTHOG-SESSION-ID", sessionID)
	require.Empty(t, ask[[]group](t, url, "unlinked"))

	var nodes []node
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		traces := ask[[]traceSummary](t, url, "traces")
		require.Len(c, traces, 1)
		nodes = ask[traceRows](t, url, "traces/"+traces[0].ID).Nodes
		require.Len(c, nodes, 4)
	}, 10*time.Second, 20*time.Millisecond)
	why := ask[struct {
		Why struct {
			Linked bool
			Cause  string
			Detail string
			Hops   []struct {
				Service, Key string
				SessionID    string `json:"session_id"`
			}
		}
	}](t, url, "events/"+nodes[3].UUID).Why
	require.True(t, why.Linked)
	require.Equal(t, "linked", why.Cause)
	require.Equal(t, "The session is first seen on “POST” of gateway, as the attribute $session_id. From there it went on to assistant.", why.Detail)
	require.Len(t, why.Hops, 4)
	for _, hop := range why.Hops {
		require.Equal(t, sessionID, hop.SessionID)
	}
}
