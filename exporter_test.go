package otelposthog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// system is two services, an LLM API and PostHog, each a server of its own on
// loopback.
type system struct {
	gateway string // URL
	posthog *posthogtest.Server
	flush   func(context.Context) error
	// llmSaw counts the requests that the LLM API got, and those among them
	// that told it something about the user.
	llmSaw, llmToldAbout atomic.Int64
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{posthog: posthogtest.NewServer()}
	t.Cleanup(s.posthog.Close)
	gatewayTracing, assistantTracing := s.tracing(t), s.tracing(t)
	s.flush = func(ctx context.Context) error {
		if err := gatewayTracing.ForceFlush(ctx); err != nil {
			return err
		}
		return assistantTracing.ForceFlush(ctx)
	}
	llm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.llmSaw.Add(1)
		// Members of others, such as the tenant, are not ours to withhold.
		if header := strings.ToLower(fmt.Sprint(r.Header)); strings.Contains(header, "session") || strings.Contains(header, "posthog") {
			s.llmToldAbout.Add(1)
		}
		_, _ = io.WriteString(w, `{"text":"Take the night train."}`)
	}))
	t.Cleanup(llm.Close)
	assistant := httptest.NewServer(otelhttp.NewHandler(assistantHandler(assistantTracing, llm.URL), "assistant",
		otelhttp.WithTracerProvider(assistantTracing), otelhttp.WithPropagators(propagator)))
	t.Cleanup(assistant.Close)
	// The LLM API is on the same machine here, so only the assistant is trusted.
	toAssistant := client(gatewayTracing, strings.TrimPrefix(assistant.URL, "http://"))
	gateway := httptest.NewServer(baggage.NewHandler(otelhttp.NewHandler(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, status, err := get(r.Context(), toAssistant, assistant.URL)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}), "gateway", otelhttp.WithTracerProvider(gatewayTracing), otelhttp.WithPropagators(propagator))))
	t.Cleanup(gateway.Close)
	s.gateway = gateway.URL
	return s
}

// tracing is the set-up of the README.
func (s *system) tracing(t *testing.T) *sdktrace.TracerProvider {
	t.Helper()
	exp, err := exporter.New("phc_test", exporter.WithHost(s.posthog.URL))
	require.NoError(t, err)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp))))
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	return tp
}

// client is an HTTP client that lets the session out to the trusted hosts only.
func client(tp trace.TracerProvider, trusted ...string) *http.Client {
	transport := otelhttp.NewTransport(&http.Transport{DisableKeepAlives: true}, otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(propagator))
	return &http.Client{Transport: baggage.NewTransport(transport, baggage.WithTrustedHosts(trusted...)), Timeout: time.Minute}
}

// assistantHandler answers with the help of the LLM API, under an agent span
// and a chat span.
func assistantHandler(tp trace.TracerProvider, llmURL string) http.Handler {
	tracer, toLLM := tp.Tracer("assistant"), client(tp)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, agent := tracer.Start(r.Context(), "invoke_agent wren", trace.WithAttributes(
			attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.agent.name", "wren")))
		defer agent.End()
		ctx, chat := tracer.Start(ctx, "chat m-1", trace.WithAttributes(
			attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m-1"),
			attribute.String("gen_ai.provider.name", "acme"),
			attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"How do I get there?"}]}]`)))
		defer chat.End()
		body, _, err := get(ctx, toLLM, llmURL)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		chat.SetAttributes(attribute.Int("gen_ai.usage.input_tokens", 12), attribute.Int("gen_ai.usage.output_tokens", 5))
		_, _ = io.WriteString(w, body)
	})
}

func get(ctx context.Context, c *http.Client, url string) (string, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", 0, err
	}
	res, err := c.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), res.StatusCode, err
}

// browser sends one request as a page would, with the session in the headers of
// posthog-js or in baggage.
func (s *system) browser(ctx context.Context, session, window, person string, viaBaggage bool) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.gateway, http.NoBody)
	if err != nil {
		return err
	}
	if viaBaggage {
		req.Header.Set("Baggage", "session.id="+session+",posthog.window_id="+window+",posthog.distinct_id="+person+",tenant=nordlicht")
	} else {
		req.Header.Set("X-POSTHOG-SESSION-ID", session)
		req.Header.Set("X-POSTHOG-WINDOW-ID", window)
		req.Header.Set("X-POSTHOG-DISTINCT-ID", person)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the gateway answered %s", res.Status)
	}
	return nil
}

func newSessionID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id.String()
}

// TestSessionReachesTheEvents is the whole way of a session id, from a browser
// to the events in PostHog, for both forms in which it can come.
func TestSessionReachesTheEvents(t *testing.T) {
	t.Parallel()
	for _, viaBaggage := range []bool{false, true} {
		t.Run(fmt.Sprintf("viaBaggage=%v", viaBaggage), func(t *testing.T) {
			t.Parallel()
			s := newSystem(t)
			session, window := newSessionID(t), newSessionID(t)
			require.NoError(t, s.browser(t.Context(), session, window, "user-42", viaBaggage))
			require.NoError(t, s.flush(t.Context()))
			events := s.posthog.Events()
			require.Len(t, events, 2, "the agent and the generation, and nothing of HTTP")

			byName := map[string]posthogtest.Event{}
			for _, e := range events {
				byName[e.Name] = e
				require.Equal(t, session, e.Properties["$session_id"])
				require.Equal(t, window, e.Properties["$window_id"])
				require.Equal(t, "user-42", e.DistinctID)
			}
			agent, generation := byName["$ai_span"].Properties, byName["$ai_generation"].Properties
			require.Equal(t, agent["$ai_trace_id"], generation["$ai_trace_id"])
			require.Equal(t, agent["$ai_trace_id"], agent["$ai_parent_id"], "above the agent is only HTTP")
			require.Equal(t, agent["$ai_span_id"], generation["$ai_parent_id"])
			require.Equal(t, "wren", agent["$ai_span_name"])
			require.Equal(t, "m-1", generation["$ai_model"])
			require.Equal(t, json.Number("12"), generation["$ai_input_tokens"])
			require.EqualValues(t, 1, s.llmSaw.Load())
			require.Zero(t, s.llmToldAbout.Load(), "the LLM API learned something about the user")
		})
	}
}

// TestSessionsDoNotMixConcurrentSafe sends many sessions at once.
func TestSessionsDoNotMixConcurrentSafe(t *testing.T) {
	t.Parallel()
	const n = 60
	s := newSystem(t)
	people := map[string]string{} // by session
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for i := range n {
		session, person := newSessionID(t), fmt.Sprintf("user-%d", i)
		people[session] = person
		wg.Go(func() { errs <- s.browser(t.Context(), session, "w-1", person, i%2 == 0) })
	}
	wg.Wait()
	for range n {
		require.NoError(t, <-errs)
	}
	require.NoError(t, s.flush(t.Context()))
	traces := map[any]any{} // trace to session
	for _, e := range s.posthog.Events() {
		session, _ := e.Properties["$session_id"].(string)
		require.Equal(t, people[session], e.DistinctID)
		if known, ok := traces[e.Properties["$ai_trace_id"]]; ok {
			require.Equal(t, known, session)
		}
		traces[e.Properties["$ai_trace_id"]] = session
	}
	require.Len(t, s.posthog.Events(), 2*n)
	require.Len(t, traces, n)
	for id, times := range s.posthog.Stored() {
		require.Equal(t, 1, times, id)
	}
}

// TestWithoutASession shows that a request without a session is traced all the
// same, and that nobody is made up.
func TestWithoutASession(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	_, status, err := get(t.Context(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, s.gateway)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, s.flush(t.Context()))
	require.Len(t, s.posthog.Events(), 2)
	for _, e := range s.posthog.Events() {
		require.NotContains(t, e.Properties, "$session_id")
		require.Equal(t, false, e.Properties["$process_person_profile"])
	}
}

// TestBadSessionsStopAtTheEdge sends what no browser sends. The request is
// served, and the events carry no session.
func TestBadSessionsStopAtTheEdge(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"too long":             {"X-Posthog-Session-Id": {strings.Repeat("a", 1000)}},
		"not ASCII":            {"X-Posthog-Session-Id": {"s\u00e9ance"}},
		"with a space":         {"X-Posthog-Session-Id": {"a b"}},
		"two different ones":   {"X-Posthog-Session-Id": {"a", "b"}},
		"baggage, too long":    {"Baggage": {"session.id=" + strings.Repeat("a", 9000)}},
		"baggage, control":     {"Baggage": {"session.id=a%0Ab"}},
		"baggage, half escape": {"Baggage": {"session.id=a%2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.gateway, http.NoBody)
			require.NoError(t, err)
			req.Header = header
			res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.NoError(t, s.flush(t.Context()))
			require.Len(t, s.posthog.Events(), 2)
			for _, e := range s.posthog.Events() {
				require.NotContains(t, e.Properties, "$session_id")
			}
		})
	}
}

// TestBaggageOverTheLimit shows that the session survives baggage that
// OpenTelemetry would drop as a whole.
func TestBaggageOverTheLimit(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	session := newSessionID(t)
	var members []string
	for i := range 100 {
		members = append(members, fmt.Sprintf("member%d=%s", i, strings.Repeat("v", 150)))
	}
	header := strings.Join(append(members, "session.id="+session), ",")
	require.Greater(t, len(header), 8192)
	_, parseErr := otelbaggage.Parse(header)
	require.Error(t, parseErr, "OpenTelemetry takes it by now: this test proves nothing")

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.gateway, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Baggage", header)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.NoError(t, s.flush(t.Context()))
	require.Len(t, s.posthog.Events(), 2)
	for _, e := range s.posthog.Events() {
		require.Equal(t, session, e.Properties["$session_id"])
	}
}
