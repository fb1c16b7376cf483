package retrybuffer_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/internal/retrybuffer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newBuffer(t *testing.T, next consumer.ConsumeTracesFunc) (*retrybuffer.Buffer, *atomic.Int64) {
	traces, err := consumer.NewTraces(next)
	require.NoError(t, err)
	lost := new(atomic.Int64)
	return &retrybuffer.Buffer{
		Next: traces, Logger: zap.NewNop(), MaxBytes: 1 << 20, Lost: func(n int) { lost.Add(int64(n)) },
	}, lost
}

// one is a group of one span.
func one() []*retrybuffer.Group {
	td := ptrace.NewTraces()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	return []*retrybuffer.Group{{Traces: td, Size: 1}}
}

func nothing() []*retrybuffer.Group { return nil }

// TestStopWhileSending has spans come back while the buffer stops: they are kept for
// the last attempt or counted as lost.
func TestStopWhileSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuse := make(chan struct{})
		buffer, lost := newBuffer(t, func(context.Context, ptrace.Traces) error {
			<-refuse
			return errors.New("the queue is full")
		})
		go buffer.Send(context.Background(), one())
		synctest.Wait()
		require.Error(t, buffer.Stop(t.Context(), func() []*retrybuffer.Group {
			close(refuse)
			synctest.Wait()
			return nil
		}))
		require.EqualValues(t, 1, lost.Load())
	})
}

// TestStopEndsWithItsTime has a next component that hangs.
func TestStopEndsWithItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		buffer, lost := newBuffer(t, func(ctx context.Context, _ ptrace.Traces) error {
			<-ctx.Done()
			return ctx.Err()
		})
		groups := one()
		buffer.Start(func(time.Time) []*retrybuffer.Group {
			due := groups
			groups = nil
			return due
		})
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, buffer.Stop(ctx, one), context.DeadlineExceeded)
		require.EqualValues(t, 2, lost.Load())
	})
}

// TestOrder starts and stops in any order, which leaves no goroutine behind.
func TestOrder(t *testing.T) {
	t.Parallel()
	due := func(time.Time) []*retrybuffer.Group { return nil }
	buffer, _ := newBuffer(t, func(context.Context, ptrace.Traces) error { return nil })
	buffer.Start(due)
	buffer.Start(due)
	require.NoError(t, buffer.Stop(t.Context(), nothing))
	require.NoError(t, buffer.Stop(t.Context(), nothing))
	buffer.Start(due)

	never, _ := newBuffer(t, func(context.Context, ptrace.Traces) error { return nil })
	require.NoError(t, never.Stop(t.Context(), nothing))
	never.Start(due)
}
