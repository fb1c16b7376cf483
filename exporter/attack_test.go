package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// attack says whether the long forms of the tests in this file are wanted:
//
//	ATTACK=1 go test -race -run 'Attack|Soak' ./exporter
var attack = os.Getenv("ATTACK") != ""

const secretPrompt = "the vault opens with seven turns to the left"

// attackFaults are what a network, a proxy or PostHog can do to one request.
func attackFaults() map[string]posthogtest.Fault {
	faults := map[string]posthogtest.Fault{
		"reset":              posthogtest.ResetConnection(),
		"reset after store":  posthogtest.DropAfterStore(),
		"reset after header": posthogtest.ResetAfterHeaders(),
		"half an answer":     posthogtest.TruncateResponse(),
		"half a gzip answer": posthogtest.TruncateGzip(),
		"no body":            posthogtest.EmptyResponse(),
		"slow header":        posthogtest.SlowHeaders(5 * time.Millisecond),
		"slow body":          posthogtest.SlowBody(5 * time.Millisecond),
		"too slow a header":  posthogtest.SlowHeaders(time.Minute),
		"too slow a body":    posthogtest.SlowBody(time.Minute),
		"70 KB":              posthogtest.HugeResponse(70 << 10),
		"2 MB":               posthogtest.HugeResponse(2 << 20),
		"over quota":         posthogtest.QuotaLimited(),
		"slow 503":           posthogtest.Status(503).And(posthogtest.SlowBody(5 * time.Millisecond)),
		"half a 400":         posthogtest.Status(400).And(posthogtest.TruncateResponse()),
		"reset 401":          posthogtest.Status(401).And(posthogtest.ResetAfterHeaders()),
		"huge 413":           posthogtest.Status(413).And(posthogtest.HugeResponse(1 << 20)),
		"gzip 500":           posthogtest.Status(500).And(posthogtest.TruncateGzip()),
	}
	for _, status := range []int{
		201, 202, 204, 206, 300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 410, 411, 413, 415, 418, 421, 422, 425, 429,
		431, 451, 500, 501, 502, 503, 504, 505, 507, 511, 520, 530, 599,
	} {
		faults[fmt.Sprint(status)] = posthogtest.Status(status)
	}
	for _, after := range []string{"0", "-1", "soon", "1e9", "Wed, 02 Jan 2030 02:04:05", "86400", "99999999999999999999", testKey} {
		faults["503 Retry-After "+after] = posthogtest.Status(503).RetryAfter(after)
		faults["429 Retry-After "+after] = posthogtest.Status(429).RetryAfter(after)
	}
	for _, body := range []string{
		`{"status":1}`, `{"status":"Ok"}`, `{"status":1,"quota_limited":["events"]}`, `{"status":0}`, `{"status":1.0}`, `{"status":"1"}`,
		`{"status":1,"status":0}`, `{"error":"no"}`, `{"results":{}}`, `{"results":null}`, `{"results":[]}`, `{"results":{"x":{"result":7}}}`,
		`1`, `[]`, `null`, `true`, `"Ok"`, `{}`, "<!doctype html><title>Hello", "\x00\x01\x02", "\xff\xfe", strings.Repeat("[", 20_000),
		strings.Repeat(`{"a":`, 20_000), strings.Repeat("x", 200_000), secretPrompt, `{"error":"` + secretPrompt + `"}`, "key " + testKey,
	} {
		name := body[:min(len(body), 40)]
		faults["200 "+name] = posthogtest.Status(200).Body(body)
		if slices.Contains([]string{`{"status":1}`, `{"status":"Ok"}`, `{"results":{}}`}, body) { // PostHog's word, so it has to be true
			faults["200 "+name] = posthogtest.Fault{}.Body(body)
		}
		faults["400 "+name] = posthogtest.Status(400).Body(body)
	}
	for _, result := range []string{"ok", "warning", "drop", "retry", "unknown", "OK"} {
		for _, each := range []int{1, 2} {
			faults[fmt.Sprintf("v1 %s, one of %d", result, each)] = posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
				if n, _ := e.Int("$ai_input_tokens"); int(n)%each == 0 {
					return posthogtest.EventResult{Result: result, Details: "llm_events_over_quota"}
				}
				return posthogtest.EventResult{}
			})
		}
	}
	return faults
}

// TestAttackFaults plays each fault once, and in its long form also without end,
// against each endpoint. Whatever happens, every span is stored, or lost with a
// reason; what may be exported again is stored then; nothing is stored twice but
// as the same event; and neither the key nor a prompt is told.
func TestAttackFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range attackFaults() {
		for _, mode := range []exporter.CaptureMode{exporter.CaptureBatch, exporter.CaptureAI, exporter.CaptureV1} {
			t.Run(string(mode)+"/"+name, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, posthogtest.WithFaults(fault))
				attackOnce(t, srv, mode, 20*time.Second)
			})
			if !attack {
				continue
			}
			t.Run(string(mode)+"/always "+name, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return fault }))
				attackOnce(t, srv, mode, 200*time.Millisecond)
				require.Less(t, len(srv.Requests()), 2000)
			})
		}
	}
}

func attackOnce(t *testing.T, srv *posthogtest.Server, mode exporter.CaptureMode, limit time.Duration) {
	t.Helper()
	exp, host := newNamedExporter(t, srv, exporter.WithCaptureMode(mode), exporter.WithTimeout(time.Second),
		exporter.WithRetry(exporter.RetryConfig{InitialInterval: time.Millisecond, MaxInterval: 20 * time.Millisecond, MaxElapsedTime: limit}))
	spans := make([]sdktrace.ReadOnlySpan, 40)
	for i := range spans {
		spans[i] = newSpan(i, attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":"`+secretPrompt+`"}]`)).Snapshot()
	}
	stored, again := 0, slices.Clone(spans)
	for range 3 {
		err := exp.ExportSpans(t.Context(), again)
		if err == nil {
			stored += len(again)
			break
		}
		for _, text := range append(handled.about(host), err.Error()) {
			require.NotContains(t, text, testKey[4:])
			require.NotContains(t, text, "seven turns")
			require.Less(t, len(text), 2000)
		}
		e, ok := errors.AsType[*exporter.ExportError](err)
		require.True(t, ok, err)
		require.Equal(t, len(again), e.Stored+e.Lost)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(slices.Concat(e.Retry, e.Final)))), e.Lost, "each lost span once")
		stored += e.Stored
		left := make([]sdktrace.ReadOnlySpan, len(e.Retry))
		for i, n := range e.Retry {
			left[i] = again[n]
		}
		again = left
	}
	require.GreaterOrEqual(t, len(srv.Stored()), stored, "counted as stored and not there")
	require.Len(t, srv.Deduplicated(), len(srv.Stored()), "copies differ")
}

// TestAttackLifecycle exports, flushes and shuts down at random, through every
// constructor, and checks that nothing is lost uncounted.
func TestAttackLifecycle(t *testing.T) {
	t.Parallel()
	rounds := 20
	if attack {
		rounds = 150
	}
	for round := range rounds {
		srv := posthogtest.NewServer(posthogtest.WithFaultFunc(randomFault))
		reader, metrics := newMeter()
		var exp *exporter.Exporter
		var err error
		switch round % 3 {
		case 0:
			exp = attackExporter(t, srv, metrics)
		case 1:
			exp, err = exporter.NewWithClient(&enqueuer{}, metrics)
		case 2:
			exp, err = exporter.NewWriter(io.Discard, metrics)
		}
		require.NoError(t, err)
		tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp, sdktrace.WithMaxExportBatchSize(50), sdktrace.WithBlocking()))
		random := rand.New(rand.NewPCG(uint64(round), 2))
		var exported atomic.Int64
		var workers sync.WaitGroup
		for range 3 {
			seed := random.Uint64()
			workers.Go(func() {
				random := rand.New(rand.NewPCG(seed, 3))
				for range 30 {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(random.IntN(20))*time.Millisecond)
					switch random.IntN(30) {
					case 0:
						_ = exp.Shutdown(ctx)
					case 1, 2, 3:
						_ = tp.ForceFlush(ctx)
					case 4, 5, 6, 7:
						n := random.IntN(100)
						exported.Add(int64(n))
						_ = exp.ExportSpans(ctx, newSpans(n))
					case 8:
						_ = exp.CaptureFeedback(ctx, exporter.Feedback{TraceID: feedbackTrace, Text: "good"})
					default:
						_, span := tp.Tracer("attack").Start(ctx, "chat", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
						span.End()
						exported.Add(1)
					}
					cancel()
				}
			})
		}
		workers.Wait()
		require.NoError(t, tp.Shutdown(context.Background()))
		require.NoError(t, exp.Shutdown(context.Background()))
		values := reader.collect(t)
		var accounted int64
		for name, n := range values {
			if strings.HasPrefix(name, "otel.sdk.exporter.span.exported") {
				accounted += n
			}
		}
		require.Equal(t, exported.Load(), values["otelposthog.exporter.span.seen"])
		require.Equal(t, exported.Load(), accounted)
		require.Zero(t, values["otel.sdk.exporter.span.inflight"])
		srv.Close()
	}
}

func attackExporter(t *testing.T, srv *posthogtest.Server, opts ...exporter.Option) *exporter.Exporter {
	t.Helper()
	exp, err := exporter.New(testKey, append(opts, exporter.WithHost(srv.URL), exporter.WithTimeout(time.Second), exporter.WithMaxEventBytes(50_000),
		exporter.WithRetry(exporter.RetryConfig{InitialInterval: time.Millisecond, MaxInterval: 10 * time.Millisecond, MaxElapsedTime: 100 * time.Millisecond}))...)
	require.NoError(t, err)
	return exp
}

// weirdSpans are spans that the SDK can hand on and hardly anybody makes.
func weirdSpans() tracetest.SpanStubs {
	bare := func(attrs ...attribute.KeyValue) tracetest.SpanStub { return newSpan(0, attrs...) }
	stubs := tracetest.SpanStubs{
		{}, // no AI span
		{Attributes: []attribute.KeyValue{attribute.String("gen_ai.operation.name", "chat")}},
		bare(attribute.KeyValue{}),
		bare(attribute.String("", "no key")),
		bare(attribute.String("gen_ai.request.model", "\xff\xfe\x00")),
		bare(attribute.String("\xff\xfe", "key")),
		bare(attribute.Float64("gen_ai.request.temperature", math.NaN()), attribute.Float64("gen_ai.request.top_p", math.Inf(1))),
		bare(attribute.Int64("gen_ai.usage.input_tokens", math.MinInt64), attribute.Int64("gen_ai.usage.output_tokens", math.MaxInt64)),
		bare(attribute.String("gen_ai.usage.input_tokens", "many"), attribute.StringSlice("gen_ai.request.model", []string{"a", "b"})),
		bare(attribute.String("gen_ai.input.messages", "[{")),
		bare(attribute.String("gen_ai.input.messages", "\u2028</script>\x00")),
		bare(attribute.String("gen_ai.input.messages", strings.Repeat("[", 100)+strings.Repeat("]", 100))),
		bare(attribute.String("$session_id", strings.Repeat("s", 5000)), attribute.String("user.id", strings.Repeat("ä", 500))),
		bare(attribute.String("posthog.distinct_id", "\x00"), attribute.Bool("$session_id", true)),
		bare(attribute.String("uuid", "no"), attribute.String("event", "no"), attribute.String("distinct_id", "no"), attribute.String("properties", "no")),
		bare(attribute.StringSlice("app.none", nil), attribute.Float64Slice("app.nan", []float64{math.NaN()})),
	}
	early := bare()
	early.StartTime, early.EndTime = time.Time{}, time.Time{}
	backwards := bare()
	backwards.EndTime = backwards.StartTime.Add(-time.Hour)
	far := bare()
	far.StartTime, far.EndTime = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)
	events := bare()
	events.Events = []sdktrace.Event{{}, {Name: "exception"}, {Name: "gen_ai.choice", Attributes: []attribute.KeyValue{attribute.String("message", "{")}}}
	events.Links = []sdktrace.Link{{}}
	events.Status = sdktrace.Status{Code: codes.Error, Description: "\xff"}
	self := bare()
	self.Parent = self.SpanContext
	many := bare()
	for i := range 2000 {
		many.Attributes = append(many.Attributes, attribute.Int(fmt.Sprintf("app.%d", i), i), attribute.Int(fmt.Sprintf("gen_ai.prompt.%d.content", i), i))
	}
	twice := bare()
	for range 100 {
		twice.Attributes = append(twice.Attributes, attribute.String("gen_ai.request.model", "again"))
	}
	return append(stubs, early, backwards, far, events, self, many, twice)
}

// TestAttackWeirdSpans exports each weird span alone and all of them together.
func TestAttackWeirdSpans(t *testing.T) {
	t.Parallel()
	for _, mode := range []exporter.CaptureMode{exporter.CaptureBatch, exporter.CaptureAI, exporter.CaptureV1} {
		srv := newServer(t)
		reader, metrics := newMeter()
		exp := newExporter(t, srv, exporter.WithCaptureMode(mode), metrics)
		stubs := weirdSpans()
		for i := range stubs { // each with ids of its own, but for the first two
			if i > 1 {
				sc := newSpan(1000 + i).SpanContext
				if stubs[i].Parent.IsValid() {
					stubs[i].Parent = sc
				}
				stubs[i].SpanContext = sc
			}
		}
		spans := stubs.Snapshots()
		lost := 0
		export := func(spans ...sdktrace.ReadOnlySpan) {
			err := exp.ExportSpans(t.Context(), spans)
			if e, ok := errors.AsType[*exporter.ExportError](err); ok && mode == exporter.CaptureV1 {
				// That contract drops events of years that JSON does not know.
				require.Equal(t, []exporter.LossReason{{"timestamp_invalid", e.Lost}}, e.Reasons)
				lost += e.Lost
				return
			}
			require.NoError(t, err, "%s: %+v", mode, spans[0])
		}
		for i := range spans {
			export(spans[i])
		}
		export(append(spans, nil)...)
		n := 2*(len(spans)-1) - lost
		require.Len(t, srv.Events(), n)
		require.EqualValues(t, n, total(reader.collect(t), "otelposthog.exporter.event.stored"))
		require.Len(t, srv.Stored(), n/2, "a span is the same event each time")
	}
}

// TestAttackSizes makes inputs eight times as large and checks that the memory
// that an export asks for grows no faster. Time is not measured.
func TestAttackSizes(t *testing.T) { // not parallel: it measures the process
	exp := newFakeExporter(t, func(*http.Request) (*http.Response, error) { return answer(200, `{"status":1}`) })
	defer func() { require.NoError(t, exp.Shutdown(t.Context())) }()
	base := 1
	if attack {
		base = 4
	}
	span := func(n int, attrs ...attribute.KeyValue) sdktrace.ReadOnlySpan { return newSpan(n, attrs...).Snapshot() }
	for name, input := range map[string]func(n int) []sdktrace.ReadOnlySpan{
		"spans": func(n int) []sdktrace.ReadOnlySpan { return newSpans(200 * n) },
		"copies": func(n int) []sdktrace.ReadOnlySpan {
			return slices.Repeat(newSpans(1), 200*n)
		},
		"same ids": func(n int) (list []sdktrace.ReadOnlySpan) {
			for i := range 200 * n {
				list = append(list, span(0, attribute.Int("app.n", i)))
			}
			return list
		},
		"a text": func(n int) []sdktrace.ReadOnlySpan {
			return []sdktrace.ReadOnlySpan{span(0, attribute.String("app.text", strings.Repeat("word <&> ", 20_000*n)))}
		},
		"messages": func(n int) []sdktrace.ReadOnlySpan {
			message := `{"role":"user","content":"hello"},`
			return []sdktrace.ReadOnlySpan{span(0, attribute.String("gen_ai.output.messages", "["+strings.Repeat(message, 2000*n)+message[:len(message)-1]+"]"))}
		},
		"attributes": func(n int) []sdktrace.ReadOnlySpan {
			attrs := make([]attribute.KeyValue, 200*n)
			for i := range attrs {
				attrs[i] = attribute.Int(fmt.Sprintf("app.%d", i), i)
			}
			return []sdktrace.ReadOnlySpan{span(0, attrs...)}
		},
		"base64": func(n int) []sdktrace.ReadOnlySpan {
			return []sdktrace.ReadOnlySpan{span(0, attribute.String("app.picture", "data:image/png;base64,"+strings.Repeat("iVBORw0KGgo", 20_000*n)))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			small, large := allocated(t, exp, input(base)), allocated(t, exp, input(8*base))
			t.Logf("%d bytes, and %d for eight times as much", small, large)
			require.Less(t, large, 12*small+1<<20)
		})
	}
}

// allocated returns the bytes that one export allocates, pools being full.
func allocated(t *testing.T, exp *exporter.Exporter, spans []sdktrace.ReadOnlySpan) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty the pools
	for range 3 {
		_ = exp.ExportSpans(t.Context(), spans)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = exp.ExportSpans(t.Context(), spans)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
