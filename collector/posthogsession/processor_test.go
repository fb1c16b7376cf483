package posthogsession_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// TestWaitsLongerThanRemembers keeps a trace as long as its spans wait.
func TestWaitsLongerThanRemembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := defaultConfig()
		cfg.Remember = time.Second
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, cfg, sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 1))))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(1, 0, "$session_id", sid))))
		require.Equal(t, sid, attr(spansOf(t, sink.AllTraces())[9], "$session_id"))
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

// TestWaits has the spans of a trace in the order in which they end: the AI span
// first, the root last.
func TestWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 3), other(4, 3))))
		require.Equal(t, 1, sink.SpanCount(), "only the AI span waits")
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(3, 2))))
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(2, 1))))
		require.Equal(t, 2, sink.SpanCount())
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(1, 0, "$session_id", sid))))
		require.Equal(t, 5, sink.SpanCount())
		require.Len(t, sink.AllTraces(), 4, "what has waited comes together")

		got := spansOf(t, sink.AllTraces())
		require.Equal(t, sid, attr(got[9], "$session_id"))
		require.Equal(t, sid, attr(got[2], "$session_id"))
		require.Equal(t, pcommon.SpanID{2}, got[9].ParentSpanID())
		require.Equal(t, topOfTrace, attr(got[2], "$ai_parent_id"))

		// A span that comes later finds what the trace has told.
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(8, 3))))
		got = spansOf(t, sink.AllTraces())
		require.Equal(t, sid, attr(got[8], "$session_id"))
		require.Equal(t, pcommon.SpanID{2}, got[8].ParentSpanID())
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 3), call(8, 9))))
		time.Sleep(9 * time.Second)
		synctest.Wait()
		require.Zero(t, sink.SpanCount())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got := spansOf(t, sink.AllTraces())
		require.Len(t, got, 2)
		require.Equal(t, pcommon.SpanID{3}, got[9].ParentSpanID(), "an unknown parent stays")
		require.Empty(t, attr(got[9], "$ai_parent_id"))
		require.Equal(t, pcommon.SpanID{9}, got[8].ParentSpanID())
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

func TestShutdownSendsAll(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	for id := range byte(20) {
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, id+1, nil, call(id+1, 99, "$session_id", sid))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 20)
}

func TestForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, other(1, 0, "$session_id", sid))))
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 1))))
		require.NoError(t, p.Shutdown(t.Context()))
		require.Empty(t, attr(spansOf(t, sink.AllTraces())[9], "$session_id"))
	})
}

func TestCircles(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(9, 1), other(1, 2), other(2, 1), call(8, 8))))
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 4)
}

// TestResources keeps the resource and scope of spans that waited.
func TestResources(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	td := trace(t, 1, map[string]any{"service.name": "a"}, call(1, 99), call(2, 99))
	td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName("x")
	trace(t, 1, map[string]any{"service.name": "b"}, other(3, 99), call(4, 99)).ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	require.NoError(t, p.ConsumeTraces(t.Context(), td))
	require.NoError(t, p.Shutdown(t.Context()))

	all := sink.AllTraces()
	require.Len(t, all, 2)
	waited := all[1].ResourceSpans()
	require.Equal(t, 2, waited.Len())
	require.Equal(t, map[string]any{"service.name": "a"}, waited.At(0).Resource().Attributes().AsRaw())
	require.Equal(t, "x", waited.At(0).ScopeSpans().At(0).Scope().Name())
	require.Equal(t, 2, waited.At(0).ScopeSpans().At(0).Spans().Len())
	require.Equal(t, map[string]any{"service.name": "b"}, waited.At(1).Resource().Attributes().AsRaw())
	require.Equal(t, 1, waited.At(1).ScopeSpans().At(0).Spans().Len())
}

// TestMetadata keeps what the requests of waiting spans told apart.
func TestMetadata(t *testing.T) {
	t.Parallel()
	got := make(map[byte]string)
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		id := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SpanID()[0]
		got[id] = client.FromContext(ctx).Metadata.Get("x-tenant")[0]
		return nil
	})
	require.NoError(t, err)
	p := newProcessor(t, defaultConfig(), next)
	for id, tenant := range []string{"acme", "globex"} {
		ctx := client.NewContext(t.Context(), client.Info{Metadata: client.NewMetadata(map[string][]string{"x-tenant": {tenant}})})
		require.NoError(t, p.ConsumeTraces(ctx, trace(t, 1, nil, call(byte(id)+1, 99))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Equal(t, map[byte]string{1: "acme", 2: "globex"}, got)
}

// TestNextFails keeps waiting spans that the next component does not take for
// now, and does not keep what it will never take.
func TestNextFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		var refusal atomic.Pointer[error]
		refuse := func(err error) { refusal.Store(&err) }
		next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
			if err := refusal.Load(); err != nil && *err != nil {
				return *err
			}
			return sink.ConsumeTraces(ctx, td)
		})
		require.NoError(t, err)
		p := newProcessor(t, defaultConfig(), next)
		refuse(errors.New("the queue is full"))
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(1, 99))))
		time.Sleep(15 * time.Second)
		synctest.Wait()
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(2, 99))), "the sender is not to blame")
		refuse(nil)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		require.Len(t, spansOf(t, sink.AllTraces()), 2)

		refuse(consumererror.NewPermanent(errors.New("never")))
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(3, 99))))
		time.Sleep(15 * time.Second)
		synctest.Wait()
		refuse(nil)
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(4, 99))))
		refuse(errors.New("down"))
		require.ErrorContains(t, p.Shutdown(t.Context()), "down")
		require.Len(t, spansOf(t, sink.AllTraces()), 2)
	})
}

// TestSentAgain has a sender that was told to send everything again.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	p := newProcessor(t, defaultConfig(), sink)
	for range 3 {
		require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, 1, nil, call(1, 99))))
	}
	require.NoError(t, p.Shutdown(t.Context()))
	require.Len(t, spansOf(t, sink.AllTraces()), 1)
}
