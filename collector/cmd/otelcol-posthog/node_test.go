package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

// TestNodeServices has two services in Node, with the packages from npm, and one in Go
// between them: the session that the browser named is on the events of all three, the
// services of Node stamp it by themselves, and it does not leave to a stranger.
func TestNodeServices(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	dir := filepath.Join("testdata", "node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		cmd := exec.CommandContext(deadline(t), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("npm ci: %v\n%s", err, out)
		}
	}
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer backend.Close()
	c := newCollector(t, "beside.yaml", server.URL, []string{"OTLP_BACKEND=" + backend.URL})
	c.start(ctx)

	var leaked atomic.Value
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked.Store(r.Header.Get("Baggage") + r.Header.Get("X-Posthog-Session-Id"))
	}))
	defer foreign.Close()
	last := startNode(ctx, t, node, dir, "NAME=last", "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+c.otlp)
	middle := goService(t, server.URL, last)
	first := startNode(ctx, t, node, dir, "NAME=first", "EDGE=1", "NEXT="+middle, "FOREIGN="+foreign.URL, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+c.otlp)

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, first, nil)
	require.NoError(t, err)
	req.Header.Set("X-Posthog-Session-Id", "from-the-browser")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	events, err := server.Wait(ctx, 3)
	require.NoError(t, err)
	services := map[any]bool{}
	for _, e := range events {
		require.Equal(t, "from-the-browser", e.Properties["$session_id"], e.Properties["service"])
		require.Equal(t, events[0].Properties["$ai_trace_id"], e.Properties["$ai_trace_id"])
		services[e.Properties["service"]] = true
	}
	require.Equal(t, map[any]bool{"first": true, "middle": true, "last": true}, services)
	require.Empty(t, leaked.Load(), "a stranger got the session")
	c.kill()
}

// startNode starts a service and returns its address.
func startNode(ctx context.Context, t *testing.T, node, dir string, env ...string) string {
	address := freeAddress(t)
	cmd := exec.CommandContext(ctx, node, "service.js")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PORT="+address[strings.LastIndexByte(address, ':')+1:]), env...)
	var log syncBuffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // It may have ended.
		_ = cmd.Wait()
	})
	for !log.contains(0, "listening") {
		require.NoError(t, pause(ctx, 20*time.Millisecond), log.tail(1000))
	}
	return "http://" + address
}

// goService is the service in between. It sends its events itself.
func goService(t *testing.T, posthogURL, next string) string {
	exp, err := posthog.New("phc_test", posthog.WithHost(posthogURL))
	require.NoError(t, err)
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp, sdktrace.WithBatchTimeout(100*time.Millisecond)))))
	t.Cleanup(func() { require.NoError(t, provider.Shutdown(context.Background())) })
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	options := []otelhttp.Option{otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagator)}
	client := &http.Client{Transport: baggage.NewTransport(otelhttp.NewTransport(http.DefaultTransport, options...), baggage.WithTrustedHosts(baggage.Loopback))}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := provider.Tracer("assistant").Start(r.Context(), "chat gpt-4o")
		defer span.End()
		span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-4o"), attribute.String("service", "middle"))
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, next, nil)
		if err == nil {
			var resp *http.Response
			if resp, err = client.Do(req); err == nil {
				err = resp.Body.Close()
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	service := httptest.NewServer(otelhttp.NewHandler(handler, "GET /", options...))
	t.Cleanup(service.Close)
	return service.URL
}
