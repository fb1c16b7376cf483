package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

// A session of posthog-js.
const sessionID = "0198f2a0-0000-7000-8000-000000000001"

// start runs an inspector and returns its address.
func start(t *testing.T, opts server.Options) string {
	t.Helper()
	url, stop := startStoppable(t, opts)
	t.Cleanup(stop)
	return url
}

func startStoppable(t *testing.T, opts server.Options) (url string, stop func()) {
	t.Helper()
	srv, err := server.New(opts)
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	http := srv.HTTPServer()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = http.Serve(ln)
	}()
	return "http://" + ln.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		require.NoError(t, http.Shutdown(ctx))
		require.NoError(t, srv.Close())
		<-done
	}
}

// provider makes spans of a service and sends each to the inspector when it ends.
func provider(t *testing.T, url, service string, opts ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	t.Helper()
	exp, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(url+"/v1/traces"))
	require.NoError(t, err)
	tp := sdktrace.NewTracerProvider(append(opts,
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
		sdktrace.WithSyncer(exp))...)
	t.Cleanup(func() { _ = tp.Shutdown(context.WithoutCancel(t.Context())) })
	return tp
}

// chat is an LLM call as an instrumentation records it.
func chat(ctx context.Context, tp *sdktrace.TracerProvider, attrs ...attribute.KeyValue) {
	_, span := tp.Tracer("test").Start(ctx, "chat gpt-5-mini")
	span.SetAttributes(append([]attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-5-mini"),
		attribute.Int("gen_ai.usage.input_tokens", 12),
		attribute.Int("gen_ai.usage.output_tokens", 5),
	}, attrs...)...)
	span.End()
}

func do(t *testing.T, method, url, body string, header ...string) (status int, answer string, got http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text), resp.Header
}

// ask reads a path of the API.
func ask[T any](t *testing.T, url, path string) T {
	t.Helper()
	status, answer, _ := do(t, http.MethodGet, url+"/inspector/api/"+path, "")
	require.Equal(t, http.StatusOK, status, answer)
	var v T
	require.NoError(t, json.Unmarshal([]byte(answer), &v), answer)
	return v
}

type session struct {
	ID            string
	Person        string
	BrowserEvents int `json:"browser_events"`
	AIEvents      int `json:"ai_events"`
	InputTokens   int `json:"input_tokens"`
	Errors        int
	Models        []string
	Services      []string
	Traces        []string
	Recorded      bool
}

type node struct {
	ID, UUID, Title, Service, Event string
	Depth                           int
	Orphan                          bool
	HasSession                      bool `json:"has_session"`
}

type group struct {
	Cause  string
	Title  string
	Fix    string
	Count  int
	Events []struct {
		UUID, Detail string
		Certain      bool
	}
}

type overview struct {
	Sessions, Traces, Unlinked int
	Stored, Dropped            struct {
		Events, Spans int
		Chunks        int `json:"replay_chunks"`
	}
	Refused []struct{ Path, Reason string }
	Bytes   int
	Limit   int
}
