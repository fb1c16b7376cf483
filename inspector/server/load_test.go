package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

// scriptTime is how many seconds the scripts of the tab have run.
func scriptTime(tab context.Context, t *testing.T) float64 {
	t.Helper()
	total, err := chromedp.Run(tab, func(ctx context.Context, target *chromedp.Target) (float64, error) {
		if _, err := cdp.Call(ctx, target, performance.Enable, performance.EnableParams{}); err != nil {
			return 0, err
		}
		result, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return 0, err
		}
		for _, m := range result.Metrics {
			if m.Name == "ScriptDuration" {
				return m.Value, nil
			}
		}
		return 0, errors.New("the browser has no ScriptDuration")
	})
	require.NoError(t, err)
	return total
}

// largeTrace makes one trace of n spans, every tenth of them an LLM call.
func largeTrace(t *testing.T, url string, n int) string {
	t.Helper()
	exp, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(url+"/v1/traces"))
	require.NoError(t, err)
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "gateway"))),
		sdktrace.WithBatcher(exp, sdktrace.WithMaxQueueSize(2*n)))
	ctx, root := tp.Tracer("t").Start(t.Context(), "POST /api/chat", trace.WithSpanKind(trace.SpanKindServer))
	for i := 1; i < n; i++ {
		if i%10 == 0 {
			chat(ctx, tp, attribute.String("$session_id", sessionID))
			continue
		}
		_, span := tp.Tracer("t").Start(ctx, fmt.Sprintf("step %d", i))
		span.End()
	}
	root.End()
	require.NoError(t, tp.Shutdown(t.Context()))
	return root.SpanContext().TraceID().String()
}

// TestManyEvents stores 10,000 events and looks at them, and says how long that
// took and how much memory a full store needs.
func TestManyEvents(t *testing.T) {
	url := start(t, server.Options{})
	batch := func(size, text int) string {
		events := make([]string, size)
		for i := range events {
			events[i] = fmt.Sprintf(`{"event":"$ai_generation","uuid":%q,"distinct_id":"ada","timestamp":"2026-11-28T12:00:00Z","properties":{"$session_id":%q,"$ai_trace_id":"t%d","$ai_span_id":"s%d","$ai_model":"m","$ai_latency":1.5,"$ai_input_tokens":3,"$ai_output_tokens":4,"$ai_input":[{"role":"user","content":%q}]}}`,
				uuid.NewString(), sessionID, i, i, strings.Repeat("x", text))
		}
		return `{"api_key":"phc_x","batch":[` + strings.Join(events, ",") + `]}`
	}
	bodies := make([]string, 10)
	for i := range bodies {
		bodies[i] = batch(1000, 1000)
	}
	began := time.Now()
	for _, body := range bodies {
		status, answer, _ := do(t, http.MethodPost, url+"/batch/", body)
		require.Equal(t, http.StatusOK, status, answer)
	}
	sessions := ask[[]session](t, url, "sessions")
	t.Logf("10,000 events of 1 KB, stored and listed: %v", time.Since(began).Round(time.Millisecond))
	require.Equal(t, 10_000, sessions[0].AIEvents)

	for range 8 { // until the store is full
		status, answer, _ := do(t, http.MethodPost, url+"/batch/", batch(1000, 10_000))
		require.Equal(t, http.StatusOK, status, answer)
	}
	o := ask[overview](t, url, "overview")
	require.Positive(t, o.Dropped.Events)
	require.LessOrEqual(t, o.Bytes, o.Limit)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("a full store: %d MiB of heap in use, %d MiB from the system", m.HeapInuse>>20, m.Sys>>20)
}
