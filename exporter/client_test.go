package exporter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func newClient(t testing.TB, srv *posthogtest.Server, change func(*posthog.Config)) posthog.Client {
	t.Helper()
	cfg := posthog.Config{
		Endpoint:  srv.URL,
		Transport: srv.Client().Transport,
		Interval:  time.Hour, // Close sends, so that the batches are the same on every machine
		// A request that is given up is made twice.
		BatchUploadTimeout: time.Hour,
		Logger:             posthog.StdLogger(log.New(io.Discard, "", 0), false),
	}
	if change != nil {
		change(&cfg)
	}
	client, err := posthog.NewWithConfig(testKey, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// setByClient are the properties that posthog-go sets itself and does not let
// anybody else set.
var setByClient = []string{"$lib", "$lib_version", "$os", "$os_version", "$os_distro", "$go_version", "$is_server"}

// oddSpan has every kind of value.
func oddSpan() sdktrace.ReadOnlySpan {
	span := newSpan(7,
		attribute.String("$groups", `{"company":"acme","seats":12}`),
		attribute.String("app.text", "<b>&amp;\u2028</b> \xff \"quoted\" \x00"),
		attribute.Float64("app.float", 0.1),
		attribute.Float64("app.large", 1e300),
		attribute.Float64("app.nan", math.NaN()),
		attribute.Int64("app.int", math.MaxInt64),
		attribute.Bool("app.bool", true),
		attribute.StringSlice("app.list", []string{"a", "\xff"}),
		attribute.Float64Slice("app.floats", []float64{1, math.Inf(1), 2.5}),
		attribute.ByteSlice("app.bytes", []byte{1, 0xff}),
		attribute.Map("app.map", attribute.String("k", "v"), attribute.Slice("list", attribute.Int64Value(1), attribute.Value{})),
		attribute.KeyValue{Key: "app.empty"},
		attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":[{"type":"text","text":"1 < 2","n":12345678901234567890,"f":1.50,"x":null}]}]`),
	)
	return span.Snapshot()
}

// TestSameEventsBothWays stores the same spans directly and by posthog-go.
func TestSameEventsBothWays(t *testing.T) {
	t.Parallel()
	spans := append(newSpans(3), oddSpan())
	spans = append(spans, spans[1]) // the same event, which v1 refuses with all others
	direct := newServer(t)
	require.NoError(t, newExporter(t, direct).ExportSpans(t.Context(), spans))

	for _, mode := range []posthog.CaptureMode{posthog.CaptureModeLegacy, posthog.CaptureModeAnalyticsV1} {
		srv := newServer(t)
		client := newClient(t, srv, func(c *posthog.Config) { c.CaptureMode = mode; c.DisableGeoIP = posthog.Ptr(false) })
		exp, err := exporter.NewWithClient(client)
		require.NoError(t, err)
		require.NoError(t, exp.ExportSpans(t.Context(), spans))
		require.NoError(t, exp.Shutdown(t.Context()))
		require.NoError(t, client.Close(), "the exporter did not close it")

		require.Equal(t, 4, len(srv.Events()))
		for i, want := range direct.Events() {
			require.Equal(t, comparable(want), comparable(srv.Events()[i]))
		}
	}
}

// comparable is what must be the same. A number counts by its value: posthog-go
// writes 1e+300 where we write 1e300.
func comparable(e posthogtest.Event) string {
	e.Properties = maps.Clone(e.Properties)
	for _, key := range setByClient {
		delete(e.Properties, key)
	}
	var numbers func(v any) any
	numbers = func(v any) any {
		switch v := v.(type) {
		case json.Number:
			if _, err := v.Int64(); err == nil {
				return v
			}
			f, _ := v.Float64()
			return f
		case map[string]any:
			m := make(map[string]any)
			for k, e := range v {
				m[k] = numbers(e)
			}
			return m
		case []any:
			list := make([]any, len(v))
			for i := range v {
				list[i] = numbers(v[i])
			}
			return list
		}
		return v
	}
	e.Properties = numbers(e.Properties).(map[string]any)
	return e.String()
}

// TestHooksOfTheClient: they are why somebody takes this way out.
func TestHooksOfTheClient(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	client := newClient(t, srv, func(c *posthog.Config) {
		c.DefaultEventProperties = posthog.Properties{"service": "shop"}
		c.BeforeSend = func(msg posthog.Message) posthog.Message {
			capture, ok := msg.(posthog.Capture)
			if !ok || capture.Properties["$ai_input_tokens"] == int64(1) {
				return nil
			}
			input := capture.Properties["$ai_input"].([]any)
			input[0].(map[string]any)["content"] = "censored"
			return capture
		}
	})
	exp, err := exporter.NewWithClient(client)
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
	require.NoError(t, client.Close())
	events := srv.Events()
	require.Equal(t, 2, len(events))
	for _, e := range events {
		require.Equal(t, "shop", e.Properties["service"])
		require.Contains(t, e.String(), "censored")
		require.NotContains(t, e.String(), "hello")
	}
}

// TestQueueFull: a small queue that drains slowly loses nothing.
func TestQueueFull(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	client := newClient(t, srv, func(c *posthog.Config) { c.MaxQueueSize, c.BatchSize = 2, 2 })
	counted := &countingClient{EnqueueClient: client}
	exp, err := exporter.NewWithClient(counted)
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(300)))
	require.NoError(t, client.Close())
	require.Equal(t, 300, len(srv.Stored()))
	require.Equal(t, 300, len(srv.Events()))
	require.Positive(t, counted.full.Load(), "the queue was never full")
}

type countingClient struct {
	posthog.EnqueueClient
	full atomic.Int64
}

func (c *countingClient) Enqueue(msg posthog.Message) error {
	err := c.EnqueueClient.Enqueue(msg)
	if errors.Is(err, posthog.ErrQueueFull) {
		c.full.Add(1)
	}
	return err
}

// stuckClient takes some messages and then answers with err.
type stuckClient struct {
	takes int
	err   error
}

func (c *stuckClient) Enqueue(posthog.Message) error {
	if c.takes > 0 {
		c.takes--
		return nil
	}
	return c.err
}

// TestClientThatTakesNoMore runs on a clock of its own, so that every wait takes
// as long as it says.
func TestClientThatTakesNoMore(t *testing.T) {
	t.Parallel()
	short := exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: 30 * time.Millisecond})
	for _, tt := range []struct {
		name   string
		err    error
		opts   []exporter.ClientOption
		ends   time.Duration // of the context
		reason string
		retry  []int
	}{
		{"full", fmt.Errorf("wrapped: %w", posthog.ErrQueueFull), []exporter.ClientOption{short}, time.Hour, "queue_full", []int{2, 3, 4}},
		{"closed", posthog.ErrClosed, nil, time.Hour, "client_closed", nil},
		{"invalid", errors.New("invalid"), nil, time.Hour, "rejected", nil},
		{"until the context ends", posthog.ErrQueueFull, nil, 20 * time.Millisecond, "timeout", []int{2, 3, 4}},
		{"without retry", posthog.ErrQueueFull, []exporter.ClientOption{exporter.WithoutRetry()}, time.Hour, "queue_full", []int{2, 3, 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				exp, err := exporter.NewWithClient(&stuckClient{takes: 2, err: tt.err}, tt.opts...)
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), tt.ends)
				defer cancel()
				err = exp.ExportSpans(ctx, newSpans(5))
				if tt.reason == "timeout" {
					require.ErrorIs(t, err, context.DeadlineExceeded)
				} else {
					require.ErrorIs(t, err, tt.err)
				}
				e, ok := errors.AsType[*exporter.ExportError](err)
				require.True(t, ok)
				require.Equal(t, 2, e.Stored)
				require.Equal(t, 3, e.Lost)
				require.Equal(t, []exporter.LossReason{{Reason: tt.reason, Count: 3}}, e.Reasons)
				require.Equal(t, tt.retry, e.Retry)
			})
		})
	}
}

// slowClient has room for a message once in a while only.
type slowClient struct {
	every time.Duration
	last  time.Time
}

func (c *slowClient) Enqueue(posthog.Message) error {
	if time.Since(c.last) < c.every {
		return posthog.ErrQueueFull
	}
	c.last = time.Now()
	return nil
}

// TestWaitForRoomIsThatOfTheExport: events that all wait a little do not make an
// export that waits for ever.
func TestWaitForRoomIsThatOfTheExport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exp, err := exporter.NewWithClient(&slowClient{every: 10 * time.Second})
		require.NoError(t, err)
		start := time.Now()
		require.ErrorIs(t, exp.ExportSpans(t.Context(), newSpans(100)), posthog.ErrQueueFull)
		require.LessOrEqual(t, time.Since(start), time.Minute)
	})
}

// TestLargeEventsByClient: posthog-go measures an event with HTML escaped, and
// refuses it over 500,000 bytes.
func TestLargeEventsByClient(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain": strings.Repeat("some text ", 200_000),
		"html":  strings.Repeat("<a>&", 120_000),
		"lines": strings.Repeat("\u2028", 160_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			client := newClient(t, srv, nil)
			exp, err := exporter.NewWithClient(client)
			require.NoError(t, err)
			span := newSpan(0)
			raw, err := json.Marshal(text)
			require.NoError(t, err)
			span.Attributes = append(span.Attributes, attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":`+string(raw)+`}]`))
			require.NoError(t, exp.ExportSpans(t.Context(), tracetest.SpanStubs{span}.Snapshots()))
			require.NoError(t, client.Close())
			require.Equal(t, 1, len(srv.Events()), "it was refused")
			e := srv.Events()[0]
			require.Equal(t, true, e.Properties["$ai_truncated"])
			require.Greater(t, srv.Requests()[0].PlainBytes, 400_000, "no more is cut than needed")
		})
	}
}
