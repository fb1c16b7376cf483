package processor_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestTraceEvent(t *testing.T) {
	t.Parallel()
	in := func(v string) attribute.KeyValue { return attribute.String("gen_ai.input.messages", v) }
	out := func(v string) attribute.KeyValue { return attribute.String("gen_ai.output.messages", v) }
	pl := newPipeline(t, processor.WithTraceEvents())
	ctx, root := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "POST",
		attribute.String("http.request.method", "POST"), attribute.String("http.route", "/chat/{id}"))
	ctx, ag := pl.start(ctx, "agent", agent, in("the agent's"), out("the agent's"))
	_, one := pl.start(ctx, "one", chat, in("first in"), out("first out"))
	time.Sleep(time.Millisecond)
	_, two := pl.start(ctx, "two", chat, in("last in"), out("last out"))
	two.End()
	time.Sleep(time.Millisecond)
	one.End()
	ag.End()
	root.End()

	require.Equal(t, []string{"two", "one", "agent", "POST /chat/{id}"}, spanNames(pl.next.GetSpans()))
	got := pl.sent(t, "POST /chat/{id}")
	require.Equal(t, root.SpanContext().SpanID(), got.SpanContext.SpanID())
	require.False(t, got.Parent.IsValid())
	require.False(t, hasKey(got, "$ai_parent_id"))
	require.Equal(t, "0", value(got, "$ai_latency"), "no latency of its own")
	require.Equal(t, "first in", value(got, "$ai_input_state"))
	require.Equal(t, "first out", value(got, "$ai_output_state"), "the last to end")
	require.Equal(t, "s", value(got, "$session_id"))
	require.True(t, semconv.IsAI(got.Name, got.Attributes), "the exporter must take it")

	require.Len(t, find(t, pl.beside.GetSpans(), "POST").Attributes, 3, "the others see the span as it is")
}

func TestNoTraceEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts []processor.Option
		run  func(t *testing.T, pl *pipeline)
		want []string
	}{
		{"by default", nil, func(t *testing.T, pl *pipeline) {
			ctx, root := pl.start(t.Context(), "GET /")
			_, s := pl.start(ctx, "call", chat)
			s.End()
			root.End()
		}, []string{"call"}},
		{"without an AI span", []processor.Option{processor.WithTraceEvents()}, func(t *testing.T, pl *pipeline) {
			ctx, root := pl.start(t.Context(), "GET /")
			_, s := pl.start(ctx, "SELECT")
			s.End()
			root.End()
		}, []string{}},
		{"an AI span as root speaks for itself", []processor.Option{processor.WithTraceEvents()}, func(t *testing.T, pl *pipeline) {
			ctx, root := pl.start(t.Context(), "agent", agent)
			_, s := pl.start(ctx, "call", chat)
			s.End()
			root.End()
		}, []string{"call", "agent"}},
		{"the root is in another service", []processor.Option{processor.WithTraceEvents()}, func(t *testing.T, pl *pipeline) {
			ctx := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
			}))
			ctx, server := pl.start(ctx, "GET /")
			_, s := pl.start(ctx, "call", chat)
			s.End()
			server.End()
		}, []string{"call"}},
		{"without sessions it is still made", []processor.Option{processor.WithTraceEvents()}, func(t *testing.T, pl *pipeline) {
			ctx, root := pl.start(t.Context(), "GET /")
			_, s := pl.start(ctx, "call", chat)
			s.End()
			root.End()
			root.End()
		}, []string{"call", "GET /"}},
		{"a pattern that holds the method", []processor.Option{processor.WithTraceEvents()}, func(t *testing.T, pl *pipeline) {
			ctx, root := pl.start(t.Context(), "x", attribute.String("http.request.method", "GET"), attribute.String("http.route", "GET /a"))
			_, s := pl.start(ctx, "call", chat)
			s.End()
			root.End()
		}, []string{"call", "GET /a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, tt.opts...)
			tt.run(t, pl)
			require.Equal(t, tt.want, spanNames(pl.next.GetSpans()))
			require.Zero(t, pl.p.Remembered())
			require.Zero(t, pl.p.StateBytes(), "messages are let go")
		})
	}
}

// TestTraceEventsHoldLittle starts roots that never end, each with 2 MiB of
// messages.
func TestTraceEventsHoldLittle(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithTraceEvents(), processor.WithHold(0))
	const size = 1 << 20
	in := attribute.String("gen_ai.input.messages", strings.Repeat("x", size))
	out := attribute.KeyValue{Key: "gen_ai.output.messages", Value: attribute.MapValue(attribute.String("content", strings.Repeat("y", size)))}
	var last trace.Span
	for range 100 {
		var ctx context.Context
		ctx, last = pl.start(t.Context(), "GET /")
		for range 2 {
			_, call := pl.start(ctx, "call", chat, in, out)
			call.End()
		}
		require.LessOrEqual(t, pl.p.StateBytes(), int64(64<<20))
	}
	last.End()
	require.Contains(t, spanNames(pl.next.GetSpans()), "GET /", "with or without states")
	require.NoError(t, pl.p.Shutdown(t.Context()))
	require.Zero(t, pl.p.StateBytes())
}
