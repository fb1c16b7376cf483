package autoexport_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	otelautoexport "go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/contrib/autoexport"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

const session = "0197c2a0-0000-7000-8000-000000000000"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setenv takes all variables of OpenTelemetry and PostHog away and sets these.
func setenv(t *testing.T, pairs ...string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "POSTHOG_") || strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// otlpReceiver takes OTLP over HTTP and keeps the bodies.
type otlpReceiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
}

func newOTLPReceiver(t *testing.T) *otlpReceiver {
	r := &otlpReceiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, string(body))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *otlpReceiver) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.bodies, "")
}

// work makes an HTTP span and a model call in a browser session, and ends the
// provider.
func work(t *testing.T, sp sdktrace.SpanProcessor) {
	t.Helper()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(sp))
	ctx, err := baggage.ContextWithSession(t.Context(), baggage.Session{ID: session})
	require.NoError(t, err)
	ctx, root := tp.Tracer("test").Start(ctx, "GET /ask")
	_, call := tp.Tracer("test").Start(ctx, "chat gpt-5")
	call.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5"))
	call.End()
	root.End()
	require.NoError(t, tp.ForceFlush(t.Context()))
	require.NoError(t, tp.Shutdown(t.Context()))
	require.NoError(t, sp.Shutdown(t.Context()), "a second time")
}

func newPostHog(t *testing.T) *posthogtest.Server {
	srv := posthogtest.NewServer()
	t.Cleanup(srv.Close)
	return srv
}

func TestPostHogAlone(t *testing.T) {
	srv := newPostHog(t)
	setenv(t, "OTEL_TRACES_EXPORTER=posthog", "POSTHOG_API_KEY=phc_test", "POSTHOG_HOST="+srv.URL)
	sp, err := autoexport.NewSpanProcessor(t.Context())
	require.NoError(t, err)
	work(t, sp)
	events := srv.Events()
	require.Len(t, events, 1)
	require.Equal(t, session, events[0].Properties["$session_id"])
}

func TestPostHogBesideOTLP(t *testing.T) {
	srv, otlp := newPostHog(t), newOTLPReceiver(t)
	setenv(t, "OTEL_TRACES_EXPORTER=otlp, posthog", "POSTHOG_API_KEY=phc_test", "POSTHOG_HOST="+srv.URL,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+otlp.URL)
	sp, err := autoexport.NewSpanProcessor(t.Context())
	require.NoError(t, err)
	work(t, sp)
	require.Len(t, srv.Events(), 1)
	require.Contains(t, otlp.text(), "GET /ask", "OTLP gets all spans")
	require.Contains(t, otlp.text(), "chat gpt-5")
	require.Contains(t, otlp.text(), session, "with the session")
}

func TestOTLPIsTheDefault(t *testing.T) {
	otlp := newOTLPReceiver(t)
	setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+otlp.URL)
	sp, err := autoexport.NewSpanProcessor(t.Context())
	require.NoError(t, err)
	work(t, sp)
	require.Contains(t, otlp.text(), session)
}

func TestNone(t *testing.T) {
	setenv(t, "OTEL_TRACES_EXPORTER=none")
	sp, err := autoexport.NewSpanProcessor(t.Context())
	require.NoError(t, err)
	work(t, sp)
}

func TestOneReceiverFailsAndTheOtherGetsAll(t *testing.T) {
	srv := newPostHog(t)
	dead := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(dead.Close)
	setenv(t, "OTEL_TRACES_EXPORTER=posthog,otlp", "POSTHOG_API_KEY=phc_test", "POSTHOG_HOST="+srv.URL,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+dead.URL)
	sp, err := autoexport.NewSpanProcessor(t.Context())
	require.NoError(t, err)
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(sp))
	_, span := tp.Tracer("test").Start(t.Context(), "chat gpt-5")
	span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"))
	span.End()
	require.Error(t, tp.ForceFlush(t.Context()))
	require.Len(t, srv.Events(), 1)
	require.NoError(t, tp.Shutdown(t.Context()))
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  []string
		says string
	}{
		{"no key", []string{"OTEL_TRACES_EXPORTER=posthog"}, "OTEL_TRACES_EXPORTER=posthog: otelposthog: POSTHOG_API_KEY is not set"},
		{"no key, the other one built", []string{"OTEL_TRACES_EXPORTER=otlp,posthog"}, "POSTHOG_API_KEY is not set"},
		{"bad variable", []string{"OTEL_TRACES_EXPORTER=posthog", "POSTHOG_API_KEY=phc_x", "POSTHOG_TIMEOUT=30"}, "POSTHOG_TIMEOUT: 30 has no unit"},
		{"twice", []string{"OTEL_TRACES_EXPORTER=otlp,otlp"}, "names otlp twice"},
		{"none beside", []string{"OTEL_TRACES_EXPORTER=none,otlp"}, "none must stand alone"},
		{"unknown alone", []string{"OTEL_TRACES_EXPORTER=zipkin"}, "OTEL_TRACES_EXPORTER=zipkin: unknown"},
		{"unknown beside", []string{"OTEL_TRACES_EXPORTER=zipkin,otlp"}, "must stand alone"},
		{"protocol", []string{"OTEL_TRACES_EXPORTER=console,otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json"}, "want http/protobuf or grpc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			setenv(t, tt.env...)
			sp, err := autoexport.NewSpanProcessor(t.Context())
			require.Nil(t, sp)
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "phc_x")
		})
	}
}

func TestRegister(t *testing.T) {
	srv := newPostHog(t)
	setenv(t, "OTEL_TRACES_EXPORTER=posthog", "POSTHOG_API_KEY=phc_test", "POSTHOG_HOST="+srv.URL)
	require.NoError(t, autoexport.Register())
	require.NoError(t, autoexport.Register(), "once more")
	exp, err := otelautoexport.NewSpanExporter(t.Context())
	require.NoError(t, err)
	work(t, sdktrace.NewBatchSpanProcessor(exp))
	require.Len(t, srv.Events(), 1)
}

// TestGRPC builds the exporter only: it connects when there is something to send.
func TestGRPC(t *testing.T) {
	setenv(t, "OTEL_TRACES_EXPORTER=posthog,otlp", "POSTHOG_API_KEY=phc_test", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	sp, err := autoexport.NewSpanProcessor(t.Context())
	require.NoError(t, err)
	require.NoError(t, sp.Shutdown(t.Context()))
}
