package processor_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

// An AI span waits for the root of its trace, but no longer than the hold; then
// open ancestors count as they are.
func TestHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pl := newPipeline(t)
		ctx, root := pl.start(t.Context(), "GET /")
		ctx, ag := pl.start(ctx, "agent")
		_, first := pl.start(ctx, "first", chat)
		first.End()
		time.Sleep(4 * time.Second)
		require.Empty(t, pl.next.GetSpans(), "the root is open")
		ag.SetAttributes(agent)
		time.Sleep(time.Second + time.Millisecond)
		requireBelow(t, pl.sent(t, "first"), ag.SpanContext())

		_, second := pl.start(ctx, "second", chat)
		second.End()
		require.Len(t, pl.next.GetSpans(), 1)
		ag.End()
		root.End()
		require.Len(t, pl.next.GetSpans(), 3)
		requireBelow(t, pl.sent(t, "second"), ag.SpanContext())
		require.Zero(t, pl.p.Remembered())
	})
}

// What was handed on when the hold was over stays what it was: later spans of the
// same call give way to it.
func TestCallsAcrossHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pl := newPipeline(t)
		model, id := attribute.String("gen_ai.request.model", "m"), attribute.String("gen_ai.response.id", "r")
		ctx, root := pl.start(t.Context(), "GET /")
		ctx, outer := pl.start(ctx, "outer", chat, model)
		_, inner := pl.start(ctx, "inner", chat, model, id)
		inner.End()
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"inner"}, spanNames(pl.next.GetSpans()))
		outer.SetAttributes(id, attribute.String("gen_ai.input.messages", `[{"role":"user","content":"hi"}]`))
		outer.End()
		time.Sleep(10 * time.Second)
		_, late := pl.start(ctx, "late", chat, id)
		root.End()
		late.End()
		require.Equal(t, []string{"inner", "outer", "late"}, spanNames(pl.next.GetSpans()))
		require.Equal(t, []string{"outer", "late"}, demoted(pl))
	})
}

func TestWithoutHold(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithHold(0))
	ctx, ag := pl.start(t.Context(), "agent", agent)
	_, s := pl.start(ctx, "call", chat)
	s.End()
	requireBelow(t, pl.sent(t, "call"), ag.SpanContext())
	ag.End()
}

func TestForceFlushEndsTheHold(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	ctx, ag := pl.start(t.Context(), "agent", agent)
	_, s := pl.start(ctx, "call", chat)
	s.End()
	require.Empty(t, pl.next.GetSpans())
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	requireBelow(t, pl.sent(t, "call"), ag.SpanContext())
	ag.End()
}

// queue is what a batch processor is: it drops silently what does not fit.
type queue struct {
	nop
	mu         sync.Mutex
	waiting    int
	sent, lost int
	slow       chan struct{} // a flush waits for it, if it is there
	inFlush    atomic.Bool
}

func (q *queue) OnEnd(sdktrace.ReadOnlySpan) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == 2048 {
		q.lost++
		return
	}
	q.waiting++
}

func (q *queue) ForceFlush(ctx context.Context) error {
	q.inFlush.Store(true)
	if q.slow != nil {
		select {
		case <-q.slow:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent += q.waiting
	q.waiting = 0
	return nil
}

func (q *queue) Shutdown(ctx context.Context) error { return q.ForceFlush(ctx) }

// 6,000 spans that are handed on at once do not overflow a batch processor,
// whoever asks for them.
func TestBurst(t *testing.T) {
	t.Parallel()
	const count = 6_000
	for _, traces := range []int{1, 3, 1000} {
		for name, finish := range map[string]func(p *processor.Processor, roots []trace.Span) error{
			"ForceFlush": func(p *processor.Processor, _ []trace.Span) error { return p.ForceFlush(context.Background()) },
			"Shutdown":   func(p *processor.Processor, _ []trace.Span) error { return p.Shutdown(context.Background()) },
			"the end of the roots": func(p *processor.Processor, roots []trace.Span) error {
				for _, root := range roots {
					root.End()
				}
				return p.ForceFlush(context.Background())
			},
		} {
			if traces == 1000 && name == "the end of the roots" {
				continue // few each, as fast as they come: that is what the queue is for
			}
			q := &queue{}
			pl := newPipelineWith(t, processor.New(q))
			var roots []trace.Span
			for range traces {
				ctx, root := pl.start(t.Context(), "root")
				roots = append(roots, root)
				for range count / traces {
					_, s := pl.start(ctx, "call", chat)
					s.End()
				}
			}
			require.NoError(t, finish(pl.p, roots))
			require.Zero(t, q.lost, "%s, %d traces", name, traces)
			require.Equal(t, count, q.sent+q.waiting, "%s, %d traces", name, traces)
		}
	}
}

// Neither the end of a span nor its start waits for a slow next processor.
func TestEndDoesNotWait(t *testing.T) {
	t.Parallel()
	q := &queue{slow: make(chan struct{})}
	pl := newPipelineWith(t, processor.New(q))
	ctx, root := pl.start(t.Context(), "root")
	for range 2_000 {
		_, s := pl.start(ctx, "call", chat)
		s.End()
	}
	root.End() // returns, though nobody lets the flush go on
	require.Eventually(t, q.inFlush.Load, 10*time.Second, time.Millisecond)
	_, other := pl.start(t.Context(), "other", chat)
	other.End()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, pl.p.ForceFlush(ctx), context.Canceled, "another one is at it")
	close(q.slow)
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	require.Equal(t, 2_001, q.sent)
}

// Every AI span reaches the next processor, whatever happens at the same time.
func TestNothingIsLostAtShutdown(t *testing.T) {
	t.Parallel()
	for range 20 {
		next := &calls{}
		pl := newPipelineWith(t, processor.New(next, processor.WithHold(2*time.Millisecond)))
		var wg sync.WaitGroup
		var ended atomic.Int64
		for range 8 {
			wg.Go(func() {
				for range 50 {
					ctx, root := pl.start(t.Context(), "GET /")
					_, s := pl.start(ctx, "call", chat)
					s.End()
					ended.Add(1)
					root.End()
				}
			})
		}
		require.NoError(t, pl.p.ForceFlush(t.Context()))
		wg.Wait()
		_, open := pl.start(t.Context(), "open")
		_, s := pl.start(trace.ContextWithSpan(t.Context(), open), "call", chat)
		s.End()
		require.NoError(t, pl.p.Shutdown(t.Context()))
		require.Len(t, next.ends, int(ended.Load())+1)
	}
}

// Too many AI spans in open traces are handed on early, those of the trace at
// hand first.
func TestHoldIsBounded(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	pl := newPipeline(t, processor.WithMaxSpans(4096), processor.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	var roots []trace.Span
	for range 10 {
		ctx, root := pl.start(t.Context(), "root")
		for range 150 {
			_, s := pl.start(ctx, "call", chat)
			s.End()
			require.LessOrEqual(t, sum(t, reader, "otelposthog.processor.span.held", ""), int64(1024))
		}
		roots = append(roots, root)
	}
	early := sum(t, reader, "otelposthog.processor.span.early", "full")
	require.Len(t, pl.next.GetSpans(), int(early))
	require.Equal(t, 1500-early, sum(t, reader, "otelposthog.processor.span.held", ""))
	require.Greater(t, early, int64(400))
	for _, root := range roots {
		root.End()
	}
	require.Len(t, pl.next.GetSpans(), 1500)
}

// Traces that are not used make room for others. What they keep is handed on.
func TestTracesAreEvicted(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	pl := newPipeline(t, processor.WithMaxSpans(4096), processor.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	for range 10_000 {
		ctx, _ := pl.start(t.Context(), "leaks")
		_, s := pl.start(ctx, "call", chat)
		s.End()
	}
	require.LessOrEqual(t, pl.p.Remembered(), int64(4096))
	require.NotZero(t, sum(t, reader, "otelposthog.processor.trace.evicted", ""))
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	require.Len(t, pl.next.GetSpans(), 10_000)
	require.Zero(t, sum(t, reader, "otelposthog.processor.span.held", ""))
}

// A trace that goes on for long takes bounded memory, and its open spans stay.
func TestLongTrace(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithMaxSpans(4096), processor.WithHold(0))
	_, root := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "worker")
	ctx := trace.ContextWithSpanContext(t.Context(), root.SpanContext()) // no baggage
	ctx, ag := pl.start(ctx, "agent", agent)
	chain := ctx
	for i := range 20_000 {
		_, s := pl.start(ctx, "SELECT")
		s.End()
		_, s = pl.start(chain, "in a chain")
		s.End()
		chain = trace.ContextWithSpanContext(t.Context(), s.SpanContext())
		if i%1000 == 0 {
			_, s = pl.start(ctx, "call", chat)
			s.End()
		}
		require.LessOrEqual(t, pl.p.Remembered(), int64(4096))
	}
	ag.End()
	root.End()
	require.Len(t, pl.next.GetSpans(), 21)
	for _, s := range pl.next.GetSpans() {
		require.Equal(t, "s", value(s, "$session_id"))
		if s.Name == "call" {
			requireBelow(t, s, ag.SpanContext())
		}
	}
	require.Zero(t, pl.p.Remembered())
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader := sdkmetric.NewManualReader()
		pl := newPipeline(t, processor.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
		id := attribute.String("gen_ai.response.id", "r")
		_, root := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "GET /")
		ctx := trace.ContextWithSpan(context.Background(), root)
		ctx, outer := pl.start(ctx, "outer", chat, id)
		_, inner := pl.start(ctx, "inner", chat, id)
		inner.End()
		require.Equal(t, int64(1), sum(t, reader, "otelposthog.processor.span.held", ""))
		outer.End()
		root.End()
		require.Equal(t, int64(0), sum(t, reader, "otelposthog.processor.span.held", ""))
		require.Equal(t, int64(1), sum(t, reader, "otelposthog.processor.call.merged", ""))
		require.Equal(t, int64(2), sum(t, reader, "otelposthog.processor.session.inherited", ""))

		ctx, root = pl.start(t.Context(), "GET /")
		_, s := pl.start(ctx, "call", chat)
		s.End()
		time.Sleep(6 * time.Second)
		require.Equal(t, int64(1), sum(t, reader, "otelposthog.processor.span.early", "hold_over"))
		root.End()
	})
}

// sum returns a metric, with a reason if there is one.
func sum(t *testing.T, reader sdkmetric.Reader, name, reason string) (total int64) {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	found := false
	for _, sm := range data.ScopeMetrics {
		for _, m := range sm.Metrics {
			if m.Name != name {
				continue
			}
			found = true
			for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
				if v, _ := p.Attributes.Value("reason"); v.AsString() == reason {
					total += p.Value
				}
			}
		}
	}
	require.True(t, found, name)
	return total
}
