package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/inspector/server"
)

func TestOTLPByBothProtocols(t *testing.T) {
	t.Parallel()
	for name, dial := range map[string]func(context.Context, string) (*otlptrace.Exporter, error){
		"http": func(ctx context.Context, url string) (*otlptrace.Exporter, error) {
			return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url+"/v1/traces"))
		},
		"http with gzip": func(ctx context.Context, url string) (*otlptrace.Exporter, error) {
			return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		},
		"grpc": func(ctx context.Context, url string) (*otlptrace.Exporter, error) {
			return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(url))
		},
		"grpc with gzip": func(ctx context.Context, url string) (*otlptrace.Exporter, error) {
			return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(url), otlptracegrpc.WithCompressor("gzip"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t, server.Options{})
			exp, err := dial(t.Context(), url)
			require.NoError(t, err)
			tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp))
			ctx, root := tp.Tracer("test").Start(t.Context(), "POST /chat", trace.WithSpanKind(trace.SpanKindServer))
			chat(ctx, tp, attribute.String("$session_id", sessionID))
			root.End()
			require.NoError(t, tp.Shutdown(t.Context()))

			traces := ask[[]traceSummary](t, url, "traces")
			require.Len(t, traces, 1)
			require.Equal(t, 2, traces[0].Spans)
			require.Equal(t, 1, traces[0].AIEvents)
			require.Len(t, ask[[]session](t, url, "sessions"), 1)
		})
	}
}

type traceSummary struct {
	ID       string
	Spans    int
	AIEvents int `json:"ai_events"`
}

// An event that comes both ways, from the exporter and by OTLP, is one event.
func TestBothWaysAreOneEvent(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	exp, err := exporter.New("phc_test", exporter.WithHost(url))
	require.NoError(t, err)
	tp := provider(t, url, "assistant", sdktrace.WithSyncer(exp))
	ctx, root := tp.Tracer("test").Start(t.Context(), "POST /chat", trace.WithSpanKind(trace.SpanKindServer))
	chat(ctx, tp, attribute.String("$session_id", sessionID))
	root.End()

	traces := ask[[]traceSummary](t, url, "traces")
	require.Len(t, traces, 1)
	require.Equal(t, 1, traces[0].AIEvents)
	page := ask[traceRows](t, url, "traces/"+traces[0].ID)
	require.Len(t, page.Nodes, 2)
	require.Equal(t, "POST /chat", page.Nodes[0].Title)
	require.Equal(t, 1, page.Nodes[1].Depth)
	require.True(t, page.Nodes[1].HasSession)

	event := ask[struct {
		Source  string
		Origins map[string]struct {
			Rule       string
			Attributes []string
		}
	}](t, url, "events/"+page.Nodes[1].UUID)
	require.Equal(t, "capture", event.Source, "what PostHog got is shown")
	require.Equal(t, []string{"$session_id"}, event.Origins["$session_id"].Attributes)
}

type traceRows struct{ Nodes []node }

// Some instrumentations send content as log records.
func TestLogsBringContent(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	tp := provider(t, url, "assistant")
	ctx, span := tp.Tracer("test").Start(t.Context(), "chat gpt-5-mini")
	span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.system", "openai"), attribute.String("gen_ai.request.model", "gpt-5-mini"))
	span.End()
	sc := trace.SpanContextFromContext(ctx)

	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName("gen_ai.user.message")
	r.SetTraceID(pcommon.TraceID(sc.TraceID()))
	r.SetSpanID(pcommon.SpanID(sc.SpanID()))
	r.Body().SetEmptyMap().PutStr("content", "Where is my order?")
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	require.NoError(t, err)
	status, answer, _ := do(t, http.MethodPost, url+"/v1/logs", string(body), "Content-Type", "application/x-protobuf")
	require.Equal(t, http.StatusOK, status, answer)

	id := ask[[]traceSummary](t, url, "traces")[0].ID
	page := ask[traceRows](t, url, "traces/"+id)
	_, raw, _ := do(t, http.MethodGet, url+"/inspector/api/events/"+page.Nodes[0].UUID, "")
	require.True(t, strings.Contains(raw, "Where is my order?"), raw)
}
