package posthoglogs_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/posthoglogs"
)

func TestLifecycle(t *testing.T) {
	t.Parallel()
	c, err := posthoglogs.NewFactory().CreateLogsToTraces(t.Context(), settings(), defaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, c.Shutdown(t.Context()), "without a start")

	b := newConnector(t, defaultConfig(), consumertest.NewNop())
	b.shutdown()
	b.shutdown()
}

// TestAfterShutdown has the other of the two pipelines hand on what a processor
// held until its own shutdown.
func TestAfterShutdown(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	b.record(question(t, 1))
	require.NoError(t, b.logs.Shutdown(t.Context()))
	b.span(call(1))
	b.span(call(2))
	b.shutdown()
	require.Equal(t, 2, sink.SpanCount())
	require.NotNil(t, events(t, sink.AllTraces())[0].Properties["$ai_input"], "what had come is there")
}

// TestShutdownConcurrentSafe shuts down while spans and records come: no span is
// left behind.
func TestShutdownConcurrentSafe(t *testing.T) {
	t.Parallel()
	for range 20 {
		sink := new(consumertest.TracesSink)
		b := newConnector(t, defaultConfig(), sink)
		const calls = 100
		var sending sync.WaitGroup
		under := make(chan struct{})
		sending.Go(func() {
			for id := range byte(calls) {
				if b.traces.ConsumeTraces(t.Context(), call(id+1)) != nil {
					t.Error("the span was refused")
				}
				if id == calls/2 {
					close(under)
				}
			}
		})
		sending.Go(func() {
			for id := range byte(calls) {
				if b.logs.ConsumeLogs(t.Context(), answer(t, id+1)) != nil {
					t.Error("the record was refused")
				}
			}
		})
		<-under
		b.shutdown()
		sending.Wait()
		require.Equal(t, calls, sink.SpanCount())
	}
}

// TestNextRefuses has a sender that is told to send a span again: its content is
// there the second time, too, and evaluations beside content do not double it.
func TestNextRefuses(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	var refuse atomic.Bool
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		if refuse.CompareAndSwap(true, false) {
			return errors.New("the queue is full")
		}
		return sink.ConsumeTraces(ctx, td)
	})
	require.NoError(t, err)
	b := newConnector(t, defaultConfig(), next)

	ld := question(t, 1)
	record(t, 1, "gen_ai.evaluation.result", nil, nil).ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
	refuse.Store(true)
	require.Error(t, b.logs.ConsumeLogs(t.Context(), ld))
	b.record(ld)
	b.record(answer(t, 1))
	refuse.Store(true)
	require.Error(t, b.traces.ConsumeTraces(t.Context(), call(1)))
	b.span(call(1))
	require.Equal(t, 2, sink.SpanCount(), "the evaluation and the call")
	b.shutdown()
	got := events(t, sink.AllTraces())[1].Properties
	require.Len(t, got["$ai_input"], 1)
	require.Len(t, got["$ai_output_choices"], 1)
}

// TestContentWhileNextRefuses has more content come before the sender knows that it
// has to send the span again.
func TestContentWhileNextRefuses(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	var b *both
	refuse := true
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		if refuse {
			refuse = false
			more := question(t, 1)
			onlyRecord(more).Attributes().PutStr("role", "user")
			b.record(more)
			return errors.New("the queue is full")
		}
		return sink.ConsumeTraces(ctx, td)
	})
	require.NoError(t, err)
	b = newConnector(t, defaultConfig(), next)
	b.record(question(t, 1))
	b.record(answer(t, 1))
	require.Error(t, b.traces.ConsumeTraces(t.Context(), call(1)))
	b.span(call(1))
	require.Equal(t, 1, sink.SpanCount(), "the answer is there, nothing more to wait for")
	b.shutdown()
	got := events(t, sink.AllTraces())[0].Properties
	require.Len(t, got["$ai_input"], 2)
	require.Len(t, got["$ai_output_choices"], 1)
}
