package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// newInspector runs one on a free port.
func newInspector(t *testing.T) *inspector {
	t.Helper()
	cfg := serveConfig{addr: "127.0.0.1:0"}
	i, err := cfg.start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, i.stop()) })
	return i
}

// newEndpoint is a service that asks an LLM over a client of its own.
func newEndpoint(t *testing.T, i *inspector, llm string, wrap func(http.RoundTripper) http.RoundTripper) string {
	t.Helper()
	exp, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(i.url+"/v1/traces"))
	require.NoError(t, err)
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "gateway"))),
		sdktrace.WithSpanProcessor(processor.New(nil)), sdktrace.WithSyncer(exp))
	t.Cleanup(func() { _ = tp.Shutdown(context.WithoutCancel(t.Context())) })
	opts := []otelhttp.Option{
		otelhttp.WithTracerProvider(tp),
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})),
	}
	client := &http.Client{Transport: wrap(otelhttp.NewTransport(http.DefaultTransport, opts...))}
	srv := httptest.NewServer(strict(baggage.NewHandler(otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := tp.Tracer("t").Start(r.Context(), "chat gpt-5-mini")
		defer span.End()
		span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5-mini"))
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, llm+"/v1/chat/completions", strings.NewReader(`{"model":"gpt-5-mini"}`))
		if err != nil {
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = io.Copy(w, resp.Body)
		_ = resp.Body.Close()
	}), "POST", opts...))))
	t.Cleanup(srv.Close)
	return srv.URL
}

// strict treats the header of a session as the doctor wants it.
func strict(next http.Handler) http.Handler {
	const header = "X-Posthog-Session-Id"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			w.Header().Set("Access-Control-Allow-Headers", strings.Join(baggage.AllowedHeaders(), ","))
			return
		}
		first, _, _ := strings.Cut(r.Header.Get(header), ",")
		r.Header.Set(header, first)
		if first == "undefined" || first == "" {
			r.Header.Del(header)
		}
		next.ServeHTTP(w, r)
	})
}

type doctorReport struct {
	OK      bool
	Results []struct{ Name, Grade, Detail, Fix string }
}

func (r doctorReport) grade(name string) string {
	for _, result := range r.Results {
		if result.Name == name {
			return result.Grade
		}
	}
	return ""
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	guarded := func(next http.RoundTripper) http.RoundTripper { return baggage.NewTransport(next) }
	bare := func(next http.RoundTripper) http.RoundTripper { return next }
	for name, test := range map[string]struct {
		wrap func(http.RoundTripper) http.RoundTripper
		llm  string
		err  error
	}{
		"all is well":                {guarded, "pass", nil},
		"the LLM API learns of them": {bare, "fail", errFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInspector(t)
			llm := freeAddress(t)
			endpoint := newEndpoint(t, i, "http://"+llm, test.wrap)
			var out bytes.Buffer
			err := command(t.Context(), []string{"doctor", "-json", "-inspector", i.url, "-llm-listen", llm, endpoint}, &out, io.Discard)
			var report doctorReport
			require.NoError(t, json.Unmarshal(out.Bytes(), &report), out.String())
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.err == nil, report.OK)
			require.Equal(t, test.llm, report.grade("LLM API"), out.String())
			for _, probe := range []string{"headers", "baggage", "both", "joined", "undefined", "no session", "preflight"} {
				require.Equal(t, "pass", report.grade(probe), out.String())
			}

			out.Reset()
			require.NoError(t, command(t.Context(), []string{"doctor", "-inspector", i.url, endpoint}, &out, io.Discard))
			require.Contains(t, out.String(), "✓ headers")
			require.Contains(t, out.String(), "The endpoint answered 502", "no LLM API is there any more")
		})
	}
}

func TestDoctorSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := newInspector(t)
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(silent.Close)
	var out bytes.Buffer
	err := command(t.Context(), []string{"doctor", "-inspector", i.url, "-wait", "10ms", silent.URL}, &out, io.Discard)
	require.ErrorIs(t, err, errFailed)
	require.Contains(t, out.String(), "✗ headers")
	require.Contains(t, out.String(), "OTEL_EXPORTER_OTLP_ENDPOINT")

	gone := freeAddress(t)
	err = command(t.Context(), []string{"doctor", "-inspector", i.url, "http://" + gone}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "does not answer")
	err = command(t.Context(), []string{"doctor", "-inspector", "http://" + gone, silent.URL}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "no inspector at")
	require.Error(t, command(t.Context(), []string{"doctor"}, io.Discard, io.Discard))
	require.ErrorContains(t, command(t.Context(), []string{"nonsense"}, io.Discard, io.Discard), "nonsense")
	require.ErrorContains(t, command(t.Context(), []string{"-addr", strings.TrimPrefix(i.url, "http://")}, io.Discard, io.Discard), "-addr")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(nil)
	defer srv.Close()
	return srv.Listener.Addr().String()
}

// lockedBuffer is written by a command while the test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestTail(t *testing.T) {
	t.Parallel()
	i := newInspector(t)
	send := func(title string) {
		body := `[{"event":"$ai_generation","distinct_id":"ada","timestamp":"2026-11-28T12:00:00Z","properties":{"token":"phc_x","$ai_trace_id":"t","$ai_span_name":"` + title + `","$ai_model":"m","$ai_latency":1.5,"$ai_input_tokens":3,"$ai_output_tokens":4}}]`
		resp, err := http.Post(i.url+"/e/", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	send("before")
	for _, format := range []string{"text", "json"} {
		ctx, cancel := context.WithCancel(t.Context())
		var out lockedBuffer
		args := []string{"tail", "-inspector", i.url}
		if format == "json" {
			args = append(args, "-json")
		}
		done := make(chan error, 1)
		go func() { done <- command(ctx, args, &out, io.Discard) }()
		require.Eventually(t, func() bool { return strings.Contains(out.String(), "before") }, 10*time.Second, 10*time.Millisecond)
		send(`\u001b[31mafter ` + format)
		require.Eventually(t, func() bool { return strings.Contains(out.String(), "after "+format) }, 10*time.Second, 10*time.Millisecond)
		cancel()
		require.NoError(t, <-done)
		require.NotContains(t, out.String(), "\x1b", "no escape sequence reaches the terminal")
		require.Contains(t, out.String(), map[string]string{"text": "1.5s  3+4 tokens  no session", "json": `"model":"m"`}[format])
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	var out, notes bytes.Buffer
	err := command(t.Context(), []string{"run", "-addr", "127.0.0.1:0", "-exit", "--", "sh", "-c", `echo "$POSTHOG_HOST $OTEL_EXPORTER_OTLP_ENDPOINT"; exit 3`}, &out, &notes)
	require.Equal(t, exitError{3}, err)
	host, endpoint, _ := strings.Cut(strings.TrimSpace(out.String()), " ")
	require.Equal(t, host, endpoint)
	require.Contains(t, host, "http://127.0.0.1:")
	require.Contains(t, notes.String(), host)
	require.NoError(t, command(t.Context(), []string{"run", "-addr", "127.0.0.1:0", "-exit", "--", "true"}, io.Discard, io.Discard))
	require.ErrorContains(t, command(t.Context(), []string{"run"}, io.Discard, io.Discard), "needs a program")
	require.ErrorContains(t, command(t.Context(), []string{"run", "-addr", "127.0.0.1:0", "--", "/no/such/program"}, io.Discard, io.Discard), "no such file")
}

func TestServe(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var out lockedBuffer
	done := make(chan error, 1)
	go func() { done <- command(ctx, []string{"-addr", "0.0.0.0:0", "-limit", "8"}, &out, io.Discard) }()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "/mcp") }, 10*time.Second, 10*time.Millisecond)
	stop()
	require.NoError(t, <-done)
	require.Contains(t, out.String(), "export POSTHOG_HOST=http://127.0.0.1:")
	require.Contains(t, out.String(), "/?token=", "it can be reached from elsewhere")
	require.ErrorContains(t, command(t.Context(), []string{"-limit", "no"}, io.Discard, io.Discard), "MiB")
}
