package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	return f(r)
}

func answer(status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// newFakeExporter is for tests on a clock of their own, which cannot have a
// network.
func newFakeExporter(t *testing.T, transport transportFunc, opts ...exporter.Option) *exporter.Exporter {
	t.Helper()
	exp, err := exporter.New(testKey, append([]exporter.Option{exporter.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	require.NoError(t, err)
	return exp
}

// newNamedExporter reaches the server by a name of its own, so that what is told
// of it can be found. Ports are used again.
func newNamedExporter(t *testing.T, srv *posthogtest.Server, opts ...exporter.Option) (exp *exporter.Exporter, name string) {
	t.Helper()
	address := strings.TrimPrefix(srv.URL, "http://")
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	name = "http://" + uuid.NewString() + ".localhost"
	opts = append(opts, exporter.WithHost(name), exporter.WithHTTPClient(&http.Client{Transport: transport}))
	return newExporter(t, srv, opts...), name
}

// TestFirstFailureIsTold: an operator hears of an outage when it begins, once a
// minute and cause, and nothing when it was short.
func TestFirstFailureIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		host := uuid.NewString() + ".example"
		var failures int
		exp := newFakeExporter(t, func(*http.Request) (*http.Response, error) {
			if failures--; failures >= 0 {
				return answer(503, "not now")
			}
			return answer(200, `{"status":1}`)
		}, exporter.WithHost("https://"+host))
		defer func() { require.NoError(t, exp.Shutdown(t.Context())) }()
		told := func() []string { return handled.about(host) }

		require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
		require.Empty(t, told())

		failures = 3
		start := time.Now()
		exported := make(chan error, 1)
		go func() { exported <- exp.ExportSpans(t.Context(), newSpans(3)) }()
		synctest.Wait()
		require.Equal(t, []string{"otelposthog: 3 events are not stored yet (unavailable), trying again: https://" + host +
			"/batch/ answered 503 Service Unavailable (not now)"}, told(), "while the export waits")
		require.Zero(t, time.Since(start))
		require.NoError(t, <-exported)
		require.Len(t, told(), 1, "a success that follows is silent")

		failures = 1
		require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
		require.Len(t, told(), 1, "once a minute")
		time.Sleep(time.Minute)
		failures = 1
		require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
		require.Len(t, told(), 2)
	})
}

// TestLossIsToldOnce: ExportSpans returns what it loses, and the batch processor
// hands that to the error handler. The exporter does not do it again.
func TestLossIsToldOnce(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(401)))
	exp, name := newNamedExporter(t, srv)
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))
	endSpans(t, tp, 1)
	require.NoError(t, tp.Shutdown(t.Context()))
	require.Len(t, handled.about(name), 1)
	require.Len(t, handled.about(name+"/batch/ answered 401"), 1)
}

func endSpans(t *testing.T, tp *sdktrace.TracerProvider, n int) {
	t.Helper()
	for range n {
		_, span := tp.Tracer("test").Start(t.Context(), "chat", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
		span.End()
	}
}

// TestOneDeadline: MaxElapsedTime bounds an export whatever it is split into, and
// what has no answer then may be exported again.
func TestOneDeadline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answers func(*http.Request) (*http.Response, error)
		opt     exporter.Option
		took    time.Duration
		stored  int
		reasons []exporter.LossReason
	}{
		"a search that takes too long": {
			answers: func(*http.Request) (*http.Response, error) {
				time.Sleep(100 * time.Millisecond)
				return answer(400, "no")
			},
			opt: exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: 2050 * time.Millisecond}), took: 2100 * time.Millisecond, // the transport does not hear of the end
			reasons: []exporter.LossReason{{"timeout", 1187}, {"rejected", 13}},
		},
		"requests that hang": {
			answers: func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			},
			opt: exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: 15 * time.Second}), took: 15 * time.Second,
			reasons: []exporter.LossReason{{"timeout", 1200}},
		},
		"slow batches": {
			answers: func(*http.Request) (*http.Response, error) {
				time.Sleep(4 * time.Second)
				return answer(200, `{"status":1}`)
			},
			opt: exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: 7 * time.Second}), took: 8 * time.Second,
			stored:  1000,
			reasons: []exporter.LossReason{{"timeout", 200}},
		},
		"without retry": {
			answers: func(*http.Request) (*http.Response, error) {
				time.Sleep(9 * time.Second)
				return answer(400, "no")
			},
			opt: exporter.WithoutRetry(), took: 63 * time.Second, // a minute, and the rest of the last request
			reasons: []exporter.LossReason{{"timeout", 1200}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				exp := newFakeExporter(t, tt.answers, tt.opt, exporter.WithCaptureMode(exporter.CaptureBatch))
				start := time.Now()
				e, ok := errors.AsType[*exporter.ExportError](exp.ExportSpans(t.Context(), newSpans(1200)))
				require.True(t, ok)
				require.Equal(t, tt.took, time.Since(start))
				require.Equal(t, tt.stored, e.Stored)
				require.Equal(t, tt.reasons, e.Reasons)
				require.Len(t, e.Retry, tt.reasons[0].Count)
				require.ErrorIs(t, e, context.DeadlineExceeded)
				require.ErrorContains(t, e, "MaxElapsedTime")
			})
		})
	}
}

// TestShutdownInTime is the set-up of the README while PostHog refuses
// connections: the program ends in time, and every span is counted and told.
func TestShutdownInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		host := uuid.NewString() + ".example"
		reader, metrics := newMeter()
		exp := newFakeExporter(t, func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED },
			exporter.WithHost("https://"+host), metrics)
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(sdktrace.NewBatchSpanProcessor(exp)))
		endSpans(t, tp, 2001)
		start := time.Now()

		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		context.AfterFunc(ctx, func() { _ = exp.Shutdown(ctx) })
		require.NoError(t, tp.Shutdown(context.WithoutCancel(ctx)))

		require.Equal(t, 20*time.Second, time.Since(start))
		values := reader.collect(t)
		require.EqualValues(t, 2001, values["otelposthog.exporter.event.lost reason=shutdown"]+values["otelposthog.exporter.event.lost reason=unreachable"])
		require.Len(t, handled.about("trying again: request to https://"+host), 1)
	})
}

// TestStoredIsWhatPostHogSays: a 2xx that is not PostHog's proves nothing. It is
// tried again, and lost with a reason, and the error tells no more of the answer
// than its beginning.
func TestStoredIsWhatPostHogSays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		answer   posthogtest.Fault
		stored   bool
		reason   string
		attempts int
		says     string
	}{
		{name: "a number", answer: posthogtest.Status(200).Body(`{"status":1}`), stored: true},
		{name: "a word", answer: posthogtest.Status(200).Body(`{"status": "Ok"}`), stored: true},
		{name: "more members", answer: posthogtest.Status(200).Body(` {"status":1, "quota_limited":[], "x":{}} `), stored: true},
		{name: "no content", answer: posthogtest.Status(204), reason: "not_posthog", attempts: 3, says: "204 No Content with text/plain, 0 bytes"},
		{name: "nothing", answer: posthogtest.EmptyResponse(), reason: "not_posthog", attempts: 3, says: "200 OK with application/json, 0 bytes"},
		{name: "an error", answer: posthogtest.Status(200).Body(`{"error":"nope"}`), reason: "not_posthog", attempts: 3, says: "(nope)"},
		{name: "status and error", answer: posthogtest.Status(200).Body(`{"status":1,"error":"nope"}`), reason: "not_posthog", attempts: 3, says: "(nope)"},
		{name: "status 0", answer: posthogtest.Status(200).Body(`{"status":0}`), reason: "not_posthog", attempts: 3, says: `({"status":0})`},
		{name: "another status", answer: posthogtest.Status(200).Body(`{"status":"ok!"}`), reason: "not_posthog", attempts: 3},
		{name: "another API", answer: posthogtest.Status(200).Body(`{"partialSuccess":{}}`), reason: "not_posthog", attempts: 3, says: "partialSuccess"},
		{name: "no object", answer: posthogtest.Status(200).Body(`1`), reason: "not_posthog", attempts: 3, says: "(1)"},
		{name: "a list", answer: posthogtest.Status(200).Body(`[]`), reason: "not_posthog", attempts: 3, says: "([])"},
		{name: "two values", answer: posthogtest.Status(200).Body(`{"status":1}{"status":1}`), reason: "not_posthog", attempts: 3},
		{name: "a page", answer: posthogtest.Status(200).Body(`<html><title>Sign in`).Header("Content-Type", "text/html; charset=utf-8"), reason: "not_posthog", attempts: 3, says: "200 OK with text/html, 20 bytes"},
		{name: "accepted", answer: posthogtest.Status(202).Body(`{"status":1}`), reason: "not_posthog", attempts: 3, says: "202 Accepted"},
		{name: "half an answer", answer: posthogtest.Status(200).Body(`{"status":1}`).And(posthogtest.TruncateResponse()), reason: "unreadable", says: "cut off after 6 bytes"},
		{name: "half a gzip answer", answer: posthogtest.TruncateGzip(), reason: "unreadable", says: "cut off after"},
		{name: "headers and a reset", answer: posthogtest.ResetAfterHeaders(), reason: "unreadable", says: "cut off after 0 bytes"},
	} {
		for _, mode := range []exporter.CaptureMode{exporter.CaptureBatch, exporter.CaptureAI} {
			t.Run(tt.name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, posthogtest.WithFaults(slices.Repeat([]posthogtest.Fault{tt.answer}, max(tt.attempts, 1))...))
				exp, name := newNamedExporter(t, srv, exporter.WithCaptureMode(mode))
				err := exp.ExportSpans(t.Context(), newSpans(2))
				if tt.stored {
					require.NoError(t, err)
					require.Len(t, srv.Requests(), 1)
					return
				}
				require.Len(t, handled.about(name), 1, "told once")
				require.Contains(t, handled.about(name)[0], "("+tt.reason+")")
				require.Contains(t, handled.about(name)[0], tt.says)
				if tt.attempts == 0 { // as often as there is time for
					require.NoError(t, err)
					require.Len(t, srv.Requests(), 2)
					return
				}
				e, ok := errors.AsType[*exporter.ExportError](err)
				require.True(t, ok, "counted as stored")
				require.Zero(t, e.Stored)
				require.Equal(t, []exporter.LossReason{{tt.reason, 2}}, e.Reasons)
				require.Len(t, srv.Requests(), tt.attempts)
				require.Equal(t, []int{0, 1}, e.Retry)
				require.ErrorContains(t, err, tt.says)
			})
		}
	}
}

// TestPromptsStayInside: a server that repeats what it was sent, as it stands or
// in another form, does not bring a prompt into an error or a log.
func TestPromptsStayInside(t *testing.T) {
	t.Parallel()
	const prompt = `My "new" password is Tr0ub4dor&3 – nicht weitersagen! 你好，请保密`
	for name, tt := range map[string]struct {
		prompt string
		said   func(prompt string) string
	}{
		"whole":      {prompt, func(p string) string { return "cannot parse " + p }},
		"the start":  {prompt, func(p string) string { return "at: " + p[:26] }},
		"the middle": {prompt, func(p string) string { return p[10:40] + "<- here" }},
		"upper case": {prompt, strings.ToUpper},
		"escaped": {prompt, func(p string) string {
			return `{"detail":"bad \u4f60\u597d\uff0c\u8bf7\u4fdd\u5bc6 in ` + p[4:7] + `"}`
		}},
		"quoted":   {prompt, func(p string) string { return strings.ReplaceAll(p, " ", `\n`) }},
		"in JSON":  {prompt, func(p string) string { return `{"error":` + jsonText(p) + `}` }},
		"short":    {"PIN Zulu", func(p string) string { return "unexpected '" + p + "'" }},
		"one word": {"Rosebud", func(p string) string { return "unexpected " + p }},
	} {
		for _, status := range []int{200, 400, 401, 403, 413, 422, 503} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				said := tt.said(tt.prompt)
				srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(status).Body(said)))
				exp, name := newNamedExporter(t, srv)
				span := newSpan(0)
				span.Attributes = append(span.Attributes, attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":`+jsonText(tt.prompt)+`}]`))
				told := []string{fmt.Sprint(exp.ExportSpans(t.Context(), tracetest.SpanStubs{span}.Snapshots()))}
				told = append(told, handled.about(name)...) // of the first attempt, where there is a second
				for _, text := range told {
					for _, part := range []string{"password", "PASSWORD", "保密", "nicht", "Zulu", "Rosebud"} {
						require.NotContains(t, text, part)
					}
				}
				require.Contains(t, strings.Join(told, "\n"), "repeats what was sent")
			})
		}
	}
}

// TestPromptInATransportError: net/http quotes an invalid header.
func TestPromptInATransportError(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+secretPrompt+"\r\n\r\n")
			_ = conn.Close()
		}
	}))
	defer srv.Close()
	exp, err := exporter.New(testKey, exporter.WithHost(srv.URL), exporter.WithoutRetry())
	require.NoError(t, err)
	span := newSpan(0, attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":"`+secretPrompt+`"}]`))
	e, ok := errors.AsType[*exporter.ExportError](exp.ExportSpans(t.Context(), tracetest.SpanStubs{span}.Snapshots()))
	require.True(t, ok)
	require.ErrorContains(t, e, "repeats what was sent")
	for _, cause := range e.Unwrap() {
		for ; cause != nil; cause = errors.Unwrap(cause) {
			require.NotContains(t, cause.Error(), "seven turns")
		}
	}
	require.NoError(t, exp.Shutdown(t.Context()))
}

func jsonText(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, `&`, `\u0026`).Replace(s) + `"`
}

// TestServerTextIsTold: what the server says of its own helps, and is told.
func TestServerTextIsTold(t *testing.T) {
	t.Parallel()
	for _, said := range []string{
		"request holds an event without a distinct_id", "upstream connect error or disconnect/reset before headers", "no such user",
		"$ai_generation is not allowed here", `{"error":"invalid_api_key"}`,
	} {
		srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(403).Body(said)))
		require.ErrorContains(t, newExporter(t, srv).ExportSpans(t.Context(), newSpans(1)), strings.Trim(said, `{}:"ero`))
	}
}

// TestDuplicates: the same span twice is one event; another span with the same
// ids is a loss that is counted.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	for _, mode := range []exporter.CaptureMode{exporter.CaptureBatch, exporter.CaptureAI, exporter.CaptureV1} {
		srv := newServer(t)
		reader, metrics := newMeter()
		exp := newExporter(t, srv, exporter.WithCaptureMode(mode), metrics)
		spans := append(newSpans(3), newSpans(2)...)
		spans = append(spans, newSpan(1, attribute.String("app.other", "yes")).Snapshot(), newSpan(5).Snapshot())

		err := exp.ExportSpans(t.Context(), spans)

		e, ok := errors.AsType[*exporter.ExportError](err)
		require.True(t, ok)
		require.Equal(t, []exporter.LossReason{{"duplicate", 1}}, e.Reasons)
		require.Equal(t, []int{5}, e.Final)
		require.Equal(t, 4, e.Stored)
		require.Len(t, srv.Events(), 4)
		values := reader.collect(t)
		require.EqualValues(t, 4, total(values, "otelposthog.exporter.event.stored"))
		require.EqualValues(t, 1, values["otelposthog.exporter.event.lost reason=duplicate"])
		require.EqualValues(t, 2, values["otelposthog.exporter.event.duplicate"])
		require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)), "only within one export")
	}
}

func TestNilContext(t *testing.T) {
	t.Parallel()
	var none context.Context
	exp := newExporter(t, newServer(t))
	require.NoError(t, exp.ExportSpans(none, newSpans(2)))
	require.NoError(t, exp.CaptureFeedback(none, exporter.Feedback{TraceID: feedbackTrace, Text: "good"}))
	require.NoError(t, exp.CaptureMetric(none, exporter.AIMetric{TraceID: feedbackTrace, Name: "score", Value: attribute.IntValue(1)}))
	require.NoError(t, exp.Shutdown(none))
	require.ErrorIs(t, exp.ExportSpans(none, newSpans(2)), exporter.ErrShutdown)
	byWriter, err := exporter.NewWriter(io.Discard)
	require.NoError(t, err)
	require.NoError(t, byWriter.ExportSpans(none, newSpans(2)))
	byClient, err := exporter.NewWithClient(&enqueuer{})
	require.NoError(t, err)
	require.NoError(t, byClient.ExportSpans(none, newSpans(2)))
}

// tornWriter takes limits[i] bytes of write i, with err, and then everything.
type tornWriter struct {
	bytes.Buffer
	limits []int
	err    error
}

func (w *tornWriter) Write(b []byte) (int, error) {
	if len(w.limits) == 0 {
		return w.Buffer.Write(b)
	}
	n := min(w.limits[0], len(b))
	w.limits = w.limits[1:]
	w.Buffer.Write(b[:n])
	return n, w.err
}

// TestTornLines: what is written is counted as such, and a line that is not all
// there spoils no other.
func TestTornLines(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	const whole = 1 << 20
	for name, tt := range map[string]struct {
		limits []int
		err    error
		stored int
		lines  int // complete ones
	}{
		"half":              {[]int{100}, full, 3, 3},
		"half, no error":    {[]int{100}, nil, 3, 3},
		"whole, with error": {[]int{whole, whole}, full, 4, 4},
		"nothing":           {[]int{0, 0}, full, 2, 2},
		"half twice":        {[]int{100, 50}, full, 2, 2},
		"only a new line":   {[]int{100, 1, 0}, full, 1, 1},
		"half and nothing":  {[]int{100, 0, 30}, full, 1, 1},
		"all but the end":   {[]int{0, whole, 10}, full, 2, 2},
	} {
		w := &tornWriter{limits: tt.limits, err: tt.err}
		exp, err := exporter.NewWriter(w)
		require.NoError(t, err)
		err = exp.ExportSpans(t.Context(), newSpans(4))
		lines := 0
		for line := range strings.Lines(w.String()) {
			if strings.HasPrefix(line, `{"event":"$ai_generation"`) && strings.HasSuffix(line, "}\n") {
				require.Equal(t, 1, strings.Count(line, `"event":`), name)
				lines++
			}
		}
		require.Equal(t, tt.lines, lines, name)
		if tt.stored == 4 {
			require.NoError(t, err, name)
			continue
		}
		e, ok := errors.AsType[*exporter.ExportError](err)
		require.True(t, ok, name)
		require.Equal(t, tt.stored, e.Stored, name)
		require.Len(t, e.Retry, 4-tt.stored, name)
	}
}
