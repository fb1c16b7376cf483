package posthogsession_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// numbered returns spans of the nth trace.
func numbered(t *testing.T, n int, specs ...spec) ptrace.Traces {
	td := trace(t, 1, nil, specs...)
	for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		var id pcommon.TraceID
		binary.BigEndian.PutUint64(id[:], uint64(n)+1)
		s.SetTraceID(id)
	}
	return td
}

// TestManyTraces has 10,000 traces a second without AI spans, five spans each, and
// AI spans among them whose server span, with the session, comes 10 s later: none
// misses its session, in bounded memory.
func TestManyTraces(t *testing.T) {
	seconds, rate := 3, 2000
	if os.Getenv("SCALE") != "" {
		seconds, rate = 60, 10_000
	}
	sink := new(consumertest.TracesSink)
	cfg := defaultConfig()
	cfg.Wait = time.Hour
	p := newProcessor(t, cfg, sink)
	const late = 10 // seconds
	for second := range seconds {
		require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, second, call(9, 2), other(2, 1))))
		if second >= late {
			require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, second-late, other(1, 0, "$session_id", sid))))
		}
		for i := range rate {
			td := numbered(t, 1_000_000+second*rate+i, other(5, 4), other(4, 3), other(3, 2), other(2, 1), other(1, 0))
			require.NoError(t, p.ConsumeTraces(t.Context(), td))
		}
		sink.Reset()
	}
	for second := max(0, seconds-late); second < seconds; second++ {
		require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, second, other(1, 0, "$session_id", sid))))
	}
	got := 0
	for _, td := range sink.AllTraces() {
		for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
			if s.Name() == "gen_ai.call" {
				require.Equal(t, sid, attr(s, "$session_id"))
				got++
			}
		}
	}
	require.Equal(t, min(seconds, late), got)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d traces: %d MB in use", seconds*rate, m.HeapInuse>>20)
	require.Less(t, m.HeapInuse, uint64(300<<20))
	require.NoError(t, p.Shutdown(t.Context()))
}

// TestForgetsWithoutAIFirst remembers the trace with an AI span when there is too much.
func TestForgetsWithoutAIFirst(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	cfg := defaultConfig()
	cfg.MaxRememberedBytes = 1_000_000
	p := newProcessor(t, cfg, sink)
	require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, 0, call(9, 1))))
	for i := range 20_000 {
		require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, 1+i, other(2, 1))))
	}
	sink.Reset()
	require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, 0, other(1, 0, "$session_id", sid))))
	require.Equal(t, sid, attr(spansOf(t, sink.AllTraces())[9], "$session_id"))
	require.NoError(t, p.Shutdown(t.Context()))
}

func large(id byte) spec { return call(id, 200, "gen_ai.prompt", strings.Repeat("x", 100_000)) }

func from(ctx context.Context, ip byte) context.Context {
	return client.NewContext(ctx, client.Info{Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, ip), Port: int(ip)}})
}

// TestBackPressure refuses requests when too much waits, those of the sender who has
// most of it first, and takes them again later. Nothing is sent on too early or lost.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		cfg := defaultConfig()
		cfg.MaxWaitingBytes = 4_000_000
		p := newProcessor(t, cfg, sink)
		taken := 0
		fill := func(ip byte, n int) (err error) {
			for i := range n {
				if err = p.ConsumeTraces(from(t.Context(), ip), numbered(t, int(ip)*1000+i, large(byte(i)))); err != nil {
					return err
				}
				taken++
			}
			return nil
		}
		require.ErrorContains(t, fill(1, 100), "max_waiting_bytes")
		require.Equal(t, 20, taken, "one sender has half of the room")
		require.NoError(t, fill(2, 10))
		require.NoError(t, p.ConsumeTraces(from(t.Context(), 1), numbered(t, 7, other(1, 0))), "spans that never wait pass")
		require.Equal(t, 1, sink.SpanCount())
		require.Error(t, fill(3, 100))
		require.Error(t, fill(4, 1), "all of it is full")
		time.Sleep(11 * time.Second)
		synctest.Wait()
		require.NoError(t, fill(1, 10))
		require.NoError(t, p.Shutdown(t.Context()))
		require.Equal(t, taken+1, sink.SpanCount())
	})
}

// TestOneHugeTrace has one trace with more than its share: it goes on, and the others
// wait.
func TestOneHugeTrace(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	cfg := defaultConfig()
	cfg.MaxWaitingBytes = 4_000_000
	p := newProcessor(t, cfg, sink)
	for i := range byte(100) {
		require.NoError(t, p.ConsumeTraces(t.Context(), numbered(t, 1, large(i))))
	}
	require.GreaterOrEqual(t, sink.SpanCount(), 90)
	require.NoError(t, p.Shutdown(t.Context()))
	require.Equal(t, 100, sink.SpanCount())
}

// TestNextIsFull keeps everything while the next component takes nothing: requests are
// refused, and what was taken is handed on later.
func TestNextIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		var down atomic.Bool
		next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
			if down.Load() {
				return errors.New("the queue is full")
			}
			return sink.ConsumeTraces(ctx, td)
		})
		require.NoError(t, err)
		cfg := defaultConfig()
		cfg.MaxWaitingBytes = 1_000_000
		p := newProcessor(t, cfg, next)
		down.Store(true)
		taken := 0
		for i := range 100 {
			if p.ConsumeTraces(t.Context(), numbered(t, i, large(byte(i)))) == nil {
				taken++
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
		}
		require.Less(t, taken, 20)
		down.Store(false)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		require.Equal(t, taken, sink.SpanCount())
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

// TestKeepOpen does not return before spans that wait are taken, and tells the result.
func TestKeepOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		var down atomic.Bool
		next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
			if down.Load() {
				return errors.New("down")
			}
			return sink.ConsumeTraces(ctx, td)
		})
		require.NoError(t, err)
		cfg := defaultConfig()
		cfg.KeepOpen = true
		p := newProcessor(t, cfg, next)
		consume := func(td ptrace.Traces) chan error {
			done := make(chan error, 1)
			go func() { done <- p.ConsumeTraces(t.Context(), td) }()
			synctest.Wait()
			return done
		}
		first := consume(numbered(t, 1, call(9, 1)))
		again := consume(numbered(t, 1, call(9, 1)))
		require.Empty(t, first)
		require.Empty(t, again, "a copy is not acknowledged sooner")
		require.NoError(t, <-consume(numbered(t, 1, other(1, 0, "$session_id", sid))))
		require.NoError(t, <-first)
		require.NoError(t, <-again)
		require.Equal(t, 3, sink.SpanCount())

		down.Store(true)
		failed := consume(numbered(t, 2, call(9, 1)))
		time.Sleep(11 * time.Second)
		synctest.Wait()
		require.ErrorContains(t, <-failed, "down")

		down.Store(false)
		last := consume(numbered(t, 3, call(9, 1)))
		require.NoError(t, p.Shutdown(t.Context()))
		require.NoError(t, <-last)
	})
}

// BenchmarkWaiting is the cost of a span while others wait: it must not depend on how
// many.
func BenchmarkWaiting(b *testing.B) {
	for _, waiting := range []int{100, 1000, 10_000, 100_000} {
		for _, traces := range []string{"many", "one"} {
			b.Run(fmt.Sprintf("%d in %s", waiting, traces), func(b *testing.B) {
				t := new(testing.T)
				cfg := defaultConfig()
				cfg.Wait, cfg.MaxWaitingBytes = time.Hour, 1<<30
				p := newProcessor(t, cfg, consumertest.NewNop())
				defer p.Shutdown(context.Background()) //nolint:errcheck // The next component takes everything.
				for i := range waiting {
					n := i
					if traces == "one" {
						n = 0
					}
					td := numbered(t, n, call(1, 200))
					var id pcommon.SpanID
					binary.BigEndian.PutUint64(id[:], uint64(i)+1)
					td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetSpanID(id)
					if p.ConsumeTraces(context.Background(), td) != nil {
						b.Fatal("refused")
					}
				}
				b.ReportAllocs()
				n := 1_000_000
				for b.Loop() {
					n++
					_ = p.ConsumeTraces(context.Background(), numbered(t, n%1000, other(2, 1)))
				}
			})
		}
	}
}
