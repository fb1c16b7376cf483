package exporter_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) {
	otel.SetErrorHandler(&handled)
	goleak.VerifyTestMain(m)
}

// handled collects what reaches the global error handler, from all tests.
var handled errorLog

type errorLog struct {
	mu   sync.Mutex
	errs []error
}

func (l *errorLog) Handle(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

// about returns the texts that contain part.
func (l *errorLog) about(part string) (texts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, err := range l.errs {
		if strings.Contains(err.Error(), part) {
			texts = append(texts, err.Error())
		}
	}
	return texts
}

const testKey = "phc_testkey0123456789"

// newSpan returns a generation, the same for the same number.
func newSpan(n int, attrs ...attribute.KeyValue) tracetest.SpanStub {
	var traceID trace.TraceID
	var spanID trace.SpanID
	binary.BigEndian.PutUint64(traceID[8:], uint64(n)+1)
	binary.BigEndian.PutUint64(spanID[:], uint64(n)+1)
	start := time.Date(2026, 7, 1, 12, 0, 0, n, time.UTC)
	return tracetest.SpanStub{
		Name:        "chat gpt-5",
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled}),
		StartTime:   start,
		EndTime:     start.Add(1500 * time.Millisecond),
		Attributes: append([]attribute.KeyValue{
			attribute.String("gen_ai.operation.name", "chat"),
			attribute.String("gen_ai.provider.name", "openai"),
			attribute.String("gen_ai.request.model", "gpt-5"),
			attribute.Int("gen_ai.usage.input_tokens", n),
			attribute.String("gen_ai.input.messages", `[{"role":"user","content":"hello"}]`),
			attribute.String("$session_id", "0197c2a0-0000-7000-8000-000000000000"),
			attribute.String("user.id", "somebody"),
		}, attrs...),
	}
}

func newSpans(n int) []sdktrace.ReadOnlySpan {
	stubs := make(tracetest.SpanStubs, n)
	for i := range stubs {
		stubs[i] = newSpan(i)
	}
	return stubs.Snapshots()
}

// notAI is a span that becomes no event.
func notAI(n int) sdktrace.ReadOnlySpan {
	stub := newSpan(n)
	stub.Name, stub.Attributes = "GET /", []attribute.KeyValue{attribute.String("http.request.method", "GET")}
	return stub.Snapshot()
}

func newServer(t testing.TB, opts ...posthogtest.Option) *posthogtest.Server {
	t.Helper()
	srv := posthogtest.NewServer(append([]posthogtest.Option{posthogtest.WithAPIKey(testKey)}, opts...)...)
	t.Cleanup(func() {
		srv.Close()
		require.Zero(t, srv.FaultsLeft(), "faults that were not played")
	})
	return srv
}

// quick makes retries fast, and patient makes requests wait for the slowest
// machine: one that is given up is made twice.
var (
	quick   = exporter.WithRetry(exporter.RetryConfig{InitialInterval: time.Millisecond, MaxInterval: 5 * time.Millisecond, MaxElapsedTime: time.Hour})
	patient = exporter.WithTimeout(time.Hour)
)

func newExporter(t testing.TB, srv *posthogtest.Server, opts ...exporter.Option) *exporter.Exporter {
	t.Helper()
	exp, err := exporter.New(testKey, append([]exporter.Option{exporter.WithHost(srv.URL), quick, patient}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, exp.Shutdown(context.WithoutCancel(t.Context()))) })
	return exp
}

func TestExportSpans(t *testing.T) {
	t.Parallel()
	for _, mode := range []exporter.CaptureMode{exporter.CaptureAuto, exporter.CaptureBatch, exporter.CaptureAI, exporter.CaptureV1} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			exp := newExporter(t, srv, exporter.WithCaptureMode(mode))

			require.NoError(t, exp.ExportSpans(t.Context(), append(newSpans(3), notAI(4))))

			events := srv.Events()
			require.Equal(t, 3, len(events))
			for i, e := range events {
				require.Equal(t, "$ai_generation", e.Name)
				require.Equal(t, "somebody", e.DistinctID)
				require.Equal(t, "0197c2a0-0000-7000-8000-000000000000", e.Properties["$session_id"])
				require.Equal(t, fmt.Sprintf("%016x", i+1), e.Properties["$ai_span_id"])
				require.Equal(t, testKey, e.APIKey)
			}
		})
	}
}

func TestNothingToExport(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv)
	require.NoError(t, exp.ExportSpans(t.Context(), nil))
	require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{notAI(1)}))
	require.Empty(t, srv.Requests())
}

func TestSameSpanAgainIsTheSameEvent(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
	require.Equal(t, 6, len(srv.Events()))
	require.Equal(t, 3, len(srv.Deduplicated()))
}

func TestProperties(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv,
		exporter.WithProperties(attribute.String("app.region", "eu"), attribute.String("$ai_model", "never")),
		exporter.WithProperties(attribute.Int("app.build", 7)))
	require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{newSpan(0, attribute.Int("app.build", 8)).Snapshot(), newSpan(1).Snapshot()}))
	events := srv.Events()
	for i, build := range []json.Number{"8", "7"} {
		require.Equal(t, build, events[i].Properties["app.build"], "the span wins")
		require.Equal(t, "eu", events[i].Properties["app.region"])
		require.Equal(t, "gpt-5", events[i].Properties["$ai_model"])
	}
}

func TestSpanFilter(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv, exporter.WithFilter(func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "GET /" }))
	require.NoError(t, exp.ExportSpans(t.Context(), append(newSpans(3), notAI(4))))
	require.Equal(t, 1, len(srv.Events()))
	require.Equal(t, "GET /", srv.Events()[0].Properties["$ai_span_name"])
}

func TestPrivacyMode(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv, exporter.WithPrivacyMode())
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(1)))
	require.NotContains(t, srv.Events()[0].String(), "hello")
	require.Contains(t, srv.Events()[0].String(), "gpt-5")
}

func TestWithoutRedaction(t *testing.T) {
	t.Parallel()
	const picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
	span := newSpan(0, attribute.String("app.picture", picture)).Snapshot()
	for _, tt := range []struct {
		opts []exporter.Option
		want string
	}{
		{nil, "[base64 image/png redacted]"},
		{[]exporter.Option{exporter.WithoutRedaction()}, picture},
	} {
		srv := newServer(t)
		require.NoError(t, newExporter(t, srv, tt.opts...).ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span}))
		require.Equal(t, tt.want, srv.Events()[0].Properties["app.picture"])
	}
}

func TestMaxEventBytes(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv, exporter.WithMaxEventBytes(16<<10))
	span := newSpan(0, attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":"`+strings.Repeat("x", 100_000)+`"}]`))
	require.NoError(t, exp.ExportSpans(t.Context(), tracetest.SpanStubs{span}.Snapshots()))
	e := srv.Events()[0]
	require.Less(t, len(e.String()), 16<<10)
	require.Equal(t, true, e.Properties["$ai_truncated"])
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	t.Run("is idempotent and final", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		exp := newExporter(t, srv)
		require.NoError(t, exp.Shutdown(t.Context()))
		require.NoError(t, exp.Shutdown(t.Context()))
		err := exp.ExportSpans(t.Context(), newSpans(3))
		require.ErrorIs(t, err, exporter.ErrShutdown)
		e, ok := errors.AsType[*exporter.ExportError](err)
		require.True(t, ok)
		require.Equal(t, 3, e.Lost)
		require.True(t, e.Retryable(), "by another exporter")
		require.Equal(t, []exporter.LossReason{{"shutdown", 3}}, e.Reasons)
		require.Empty(t, srv.Requests())
	})
	t.Run("waits for exports", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		arrived, answer := make(chan struct{}), make(chan struct{})
		srv.SetFaultFunc(func(posthogtest.Request) posthogtest.Fault {
			close(arrived)
			<-answer
			return posthogtest.Fault{}
		})
		exp := newExporter(t, srv)
		exported := make(chan error, 1)
		go func() { exported <- exp.ExportSpans(t.Context(), newSpans(3)) }()
		<-arrived
		stopped := make(chan error, 2)
		for range 2 {
			go func() { stopped <- exp.Shutdown(t.Context()) }()
		}
		select {
		case err := <-stopped:
			require.Fail(t, "Shutdown did not wait", "%v", err)
		case <-time.After(20 * time.Millisecond):
		}
		close(answer)
		require.NoError(t, <-stopped)
		require.NoError(t, <-stopped)
		require.NoError(t, <-exported)
		require.Equal(t, 3, len(srv.Events()))
	})
	t.Run("cuts off when its time is over", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		arrived := make(chan struct{}, 1)
		srv.SetFaultFunc(func(posthogtest.Request) posthogtest.Fault {
			arrived <- struct{}{}
			return posthogtest.SlowHeaders(time.Minute)
		})
		exp := newExporter(t, srv)
		exported := make(chan error, 1)
		go func() { exported <- exp.ExportSpans(t.Context(), newSpans(3)) }()
		<-arrived
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, exp.Shutdown(ctx), context.Canceled)
		require.ErrorIs(t, <-exported, exporter.ErrShutdown)
	})
	t.Run("with its time over but nothing to do", func(t *testing.T) {
		t.Parallel()
		exp := newExporter(t, newServer(t))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, exp.Shutdown(ctx))
	})
}

func TestZeroExporter(t *testing.T) {
	t.Parallel()
	for _, exp := range []*exporter.Exporter{nil, {}} {
		require.ErrorContains(t, exp.ExportSpans(t.Context(), newSpans(1)), "make one with New")
		require.NoError(t, exp.Shutdown(t.Context()))
		require.NotNil(t, exp.MarshalLog())
	}
}

func TestMarshalLog(t *testing.T) {
	t.Parallel()
	exp, err := exporter.NewWriter(io.Discard)
	require.NoError(t, err)
	require.Equal(t, "{otelposthog {io.discard}}", fmt.Sprint(exp.MarshalLog()))
	exp, err = exporter.NewWithClient(&stuckClient{})
	require.NoError(t, err)
	require.Equal(t, "{otelposthog {*exporter_test.stuckClient}}", fmt.Sprint(exp.MarshalLog()))
}

func TestContextIsOver(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := exp.ExportSpans(ctx, newSpans(3))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "3 of 3 events not stored")
	require.Empty(t, srv.Requests())
}

// TestBatchProcessor: what ForceFlush and Shutdown say is true.
func TestBatchProcessor(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(503), posthogtest.ResetConnection()))
	exp := newExporter(t, srv)
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))
	work := func(n int) {
		for range n {
			_, span := tp.Tracer("test").Start(t.Context(), "chat", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
			span.End()
		}
	}
	work(30)
	require.NoError(t, tp.ForceFlush(t.Context()))
	require.Equal(t, 30, len(srv.Events()))
	work(20)
	require.NoError(t, tp.Shutdown(t.Context()))
	require.Equal(t, 50, len(srv.Events()))
	for _, copies := range srv.Stored() {
		require.Equal(t, 1, copies)
	}
	require.NoError(t, tp.Shutdown(t.Context()))
}

func TestFlushTellsALoss(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.QuotaLimited()))
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(newExporter(t, srv)))
	defer func() { require.NoError(t, tp.Shutdown(t.Context())) }()
	_, span := tp.Tracer("test").Start(t.Context(), "chat", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
	span.End()
	require.ErrorContains(t, tp.ForceFlush(t.Context()), "1 of 1 events not stored (over_quota 1)")
}

func TestWriter(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	exp, err := exporter.NewWriter(&buf)
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), append(newSpans(2), notAI(3))))
	require.NoError(t, exp.Shutdown(t.Context()))
	lines := slices.Collect(strings.Lines(buf.String()))
	require.Equal(t, 2, len(lines))
	for _, line := range lines {
		var e posthogtest.Event
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		require.Equal(t, "$ai_generation", e.Name)
		require.Equal(t, "gpt-5", e.Properties["$ai_model"])
	}
}

// TestWriterSameAsServer: what the writer shows is what PostHog gets.
func TestWriterSameAsServer(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	var buf bytes.Buffer
	exp, err := exporter.NewWriter(&buf)
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(1)))
	require.NoError(t, newExporter(t, srv).ExportSpans(t.Context(), newSpans(1)))
	require.JSONEq(t, srv.Events()[0].String(), buf.String())
}

type failingWriter struct{ fail bool }

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.fail {
		return 0, io.ErrShortWrite
	}
	w.fail = true
	return len(b), nil
}

func TestWriterFails(t *testing.T) {
	t.Parallel()
	exp, err := exporter.NewWriter(&failingWriter{}, exporter.WithMaxEventBytes(20_000))
	require.NoError(t, err)
	err = exp.ExportSpans(t.Context(), newSpans(3))
	require.ErrorIs(t, err, io.ErrShortWrite)
	e, ok := errors.AsType[*exporter.ExportError](err)
	require.True(t, ok)
	require.Equal(t, 1, e.Stored)
	require.Equal(t, []int{1, 2}, e.Retry)
	require.Equal(t, []exporter.LossReason{{"write_failed", 2}}, e.Reasons)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, ok = errors.AsType[*exporter.ExportError](exp.ExportSpans(ctx, newSpans(1)))
	require.True(t, ok)
	require.Equal(t, []exporter.LossReason{{"canceled", 1}}, e.Reasons)
}

// TestPanic: the panic of one conversion loses that span, and says so.
func TestPanic(t *testing.T) {
	t.Parallel()
	server := posthogtest.NewServer()
	defer server.Close()
	exp, err := exporter.New("phc_test", exporter.WithHost(server.URL), exporter.WithFilter(func(s sdktrace.ReadOnlySpan) bool {
		if s.Name() == "bad" {
			panic("in a filter")
		}
		return true
	}))
	require.NoError(t, err)
	spans := tracetest.SpanStubs{{Name: "good"}, {Name: "bad"}, {Name: "good"}}
	for i := range spans {
		spans[i].SpanContext = trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{byte(i + 1)}})
	}
	var e *exporter.ExportError
	require.ErrorAs(t, exp.ExportSpans(t.Context(), spans.Snapshots()), &e)
	require.Equal(t, []exporter.LossReason{{"panic", 1}}, e.Reasons)
	require.ErrorContains(t, e, "WithFilter")
	require.Equal(t, []int{1}, e.Final)
	require.Equal(t, 2, e.Stored)
	require.Len(t, server.Events(), 2)
}
