package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/internal/lanes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errDown = errors.New("down")

// post is a PostHog that does what a test says for each lane.
type post struct {
	mu     sync.Mutex
	does   map[string]func(ctx context.Context, td ptrace.Traces) lanes.Result
	stored map[string]int
	asked  map[string]int
	lost   map[string]int
}

func newPost() *post {
	return &post{does: map[string]func(context.Context, ptrace.Traces) lanes.Result{}, stored: map[string]int{}, asked: map[string]int{}, lost: map[string]int{}}
}

func (p *post) deliver(ctx context.Context, lane lanes.Lane, td ptrace.Traces) lanes.Result {
	p.mu.Lock()
	p.asked[lane.Name]++
	does := p.does[lane.Name]
	p.mu.Unlock()
	var result lanes.Result
	if does != nil {
		result = does(ctx, td)
	}
	left := 0
	if result.Retry != (ptrace.Traces{}) {
		left = result.Retry.SpanCount()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !result.Refused {
		p.stored[lane.Name] += td.SpanCount() - left
	}
	return result
}

func (p *post) set(lane string, does func(context.Context, ptrace.Traces) lanes.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.does[lane] = does
}

func (p *post) count(of map[string]int, key string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return of[key]
}

func settings(p *post) lanes.Settings {
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0
	return lanes.Settings{
		Workers: 8, MaxBytes: 1 << 20, MaxLaneBytes: 1 << 18, MaxLanes: 100,
		Retry: retry, RefusedFor: time.Minute, Logger: zap.NewNop(),
		Deliver: p.deliver,
		Refuse: func(_ lanes.Lane, td ptrace.Traces) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.lost["refused"] += td.SpanCount()
		},
		Lost: func(_ lanes.Lane, spans int, reason string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.lost[reason] += spans
		},
	}
}

func start(t *testing.T, set lanes.Settings) *lanes.Queue {
	q := lanes.New(set, nil)
	require.NoError(t, q.Start(t.Context()))
	return q
}

func part(lane string, spans int) lanes.Part {
	td := ptrace.NewTraces()
	list := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range spans {
		list.AppendEmpty().SetSpanID(pcommon.SpanID{byte(i) + 1})
	}
	return lanes.Part{Lane: lanes.Lane{Name: lane, Label: lane}, Traces: td}
}

func hang(ctx context.Context, td ptrace.Traces) lanes.Result {
	select {
	case <-ctx.Done():
	case <-time.After(30 * time.Second):
	}
	return lanes.Result{Retry: td, Err: errDown}
}

func down(_ context.Context, td ptrace.Traces) lanes.Result {
	return lanes.Result{Retry: td, Err: errDown}
}

// TestHangDelaysNobody has many lanes that hang: the others are delivered at once.
func TestHangDelaysNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		q := start(t, settings(p))
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("good", 1)}))
		synctest.Wait()
		for i := range 30 {
			name := fmt.Sprint("hangs", i)
			p.set(name, hang)
			require.NoError(t, q.Push(t.Context(), []lanes.Part{part(name, 1)}))
		}
		synctest.Wait()
		for range 100 {
			require.NoError(t, q.Push(t.Context(), []lanes.Part{part("good", 1)}))
			synctest.Wait()
		}
		require.Equal(t, 101, p.count(p.stored, "good"), "no time has passed")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("new", 1)}))
		synctest.Wait()
		require.Equal(t, 1, p.count(p.stored, "new"), "one that nobody knows is not late either")
		for i := range 30 {
			p.set(fmt.Sprint("hangs", i), nil)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Equal(t, 1, p.count(p.stored, "hangs29"), "what hung is stored in the end")
		require.Zero(t, q.Stop(t.Context()))
		require.Empty(t, p.lost)
	})
}

func TestPartialRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		q := start(t, settings(p))
		p.set("a", func(_ context.Context, td ptrace.Traces) lanes.Result {
			if td.SpanCount() == 1 {
				return lanes.Result{}
			}
			return lanes.Result{Retry: part("a", 1).Traces, Err: errDown}
		})
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("a", 5)}))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, 5, p.count(p.stored, "a"))
		require.Equal(t, 2, p.count(p.asked, "a"))
		require.Zero(t, q.Stats().Bytes)
		require.Zero(t, q.Stop(t.Context()))
	})
}

// TestRefused does not ask again for a lane that was refused, and asks after a while.
func TestRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		q := start(t, settings(p))
		p.set("wrong", func(context.Context, ptrace.Traces) lanes.Result { return lanes.Result{Refused: true, Err: errDown} })
		for range 10 {
			require.NoError(t, q.Push(t.Context(), []lanes.Part{part("wrong", 1), part("right", 1)}))
			synctest.Wait()
		}
		require.Equal(t, 1, p.count(p.asked, "wrong"))
		require.Equal(t, 9, p.count(p.lost, "refused"))
		require.Equal(t, 10, p.count(p.stored, "right"))
		p.set("wrong", nil)
		time.Sleep(2 * time.Minute)
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("wrong", 1)}))
		synctest.Wait()
		require.Equal(t, 1, p.count(p.stored, "wrong"))
		require.Zero(t, q.Stop(t.Context()))
	})
}

// TestMadeUpLanes has a stranger who makes lanes up while PostHog hangs: there is room
// for those that are known.
func TestMadeUpLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		set := settings(p)
		set.MaxBytes, set.MaxLanes = 40_000, 10_000
		q := start(t, set)
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("real", 1)}))
		synctest.Wait()
		full := 0
		for i := range 5000 {
			name := fmt.Sprint("madeup", i)
			p.set(name, hang)
			if err := q.Push(t.Context(), []lanes.Part{part(name, 1)}); err != nil {
				require.True(t, lanes.IsFull(err))
				full++
			}
		}
		require.Positive(t, full)
		for range 100 {
			require.NoError(t, q.Push(t.Context(), []lanes.Part{part("real", 1)}))
		}
		synctest.Wait()
		require.Equal(t, 101, p.count(p.stored, "real"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		left := q.Stop(ctx)
		require.Equal(t, 5000-full, left)
		require.Equal(t, left, p.count(p.lost, lanes.Shutdown))
	})
}

// TestLeastUsedLeave bounds the lanes that are known.
func TestLeastUsedLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		set := settings(p)
		set.MaxLanes = 10
		q := start(t, set)
		for i := range 1000 {
			require.NoError(t, q.Push(t.Context(), []lanes.Part{part(fmt.Sprint(i), 1)}))
			synctest.Wait()
		}
		require.Equal(t, 10, q.Stats().Lanes)
		for i := range 10 {
			p.set(fmt.Sprint("down", i), down)
			require.NoError(t, q.Push(t.Context(), []lanes.Part{part(fmt.Sprint("down", i), 1)}))
			synctest.Wait()
		}
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("one more", 1)}), "the sender cannot help it")
		require.Equal(t, 1, p.count(p.lost, lanes.TooMany))
		require.Equal(t, 10, q.Stop(t.Context()))
	})
}

// TestFullLane refuses a request for one lane, and takes the rest of a request for
// several.
func TestFullLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		set := settings(p)
		set.MaxLaneBytes = 100
		q := start(t, set)
		p.set("a", down)
		var err error
		for err == nil {
			err = q.Push(t.Context(), []lanes.Part{part("a", 1)})
		}
		require.True(t, lanes.IsFull(err))
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("a", 3), part("b", 1)}))
		synctest.Wait()
		require.Equal(t, 1, p.count(p.stored, "b"))
		require.Equal(t, 3, p.count(p.lost, lanes.QueueFull))
		p.set("a", nil)
		require.Zero(t, q.Stop(t.Context()), "what is in memory is tried once more")
	})
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		set := settings(p)
		set.Wait = true
		q := start(t, set)
		p.set("a", down)
		var err error
		done := make(chan struct{})
		go func() {
			err = q.Push(t.Context(), []lanes.Part{part("a", 1), part("b", 1)})
			close(done)
		}()
		time.Sleep(time.Minute)
		select {
		case <-done:
			t.Fatal("it did not wait")
		default:
		}
		p.set("a", nil)
		<-done
		require.NoError(t, err)
		p.set("a", func(context.Context, ptrace.Traces) lanes.Result { return lanes.Result{Refused: true, Err: errDown} })
		require.ErrorIs(t, q.Push(t.Context(), []lanes.Part{part("a", 1)}), errDown)
		require.Zero(t, q.Stop(t.Context()))
	})
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		set := settings(p)
		set.Block, set.MaxBytes = true, 60
		q := start(t, set)
		p.set("a", hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var err error
		for err == nil {
			err = q.Push(ctx, []lanes.Part{part("a", 1)})
		}
		require.True(t, lanes.IsFull(err))
		require.Error(t, ctx.Err(), "it waited as long as it could")
		p.set("a", nil)
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("a", 1)}))
		require.Zero(t, q.Stop(t.Context()))
	})
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		set := settings(p)
		set.Retry.MaxElapsedTime = time.Minute
		q := start(t, set)
		p.set("a", down)
		require.NoError(t, q.Push(t.Context(), []lanes.Part{part("a", 7)}))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		require.Equal(t, 7, p.count(p.lost, lanes.GaveUp))
		require.Zero(t, q.Stop(t.Context()))
	})
}

// TestConcurrentSafe accounts for every span that was taken, while the queue stops.
func TestConcurrentSafe(t *testing.T) {
	t.Parallel()
	for range 20 {
		p := newPost()
		set := settings(p)
		set.MinBatch, set.FlushTimeout = 200, time.Millisecond
		set.Retry.InitialInterval = time.Millisecond
		q := start(t, set)
		for i := range 3 {
			p.set(fmt.Sprint(i), down)
		}
		var sending sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for range 8 {
			sending.Go(func() {
				for i := range 100 {
					if q.Push(context.Background(), []lanes.Part{part(fmt.Sprint(i%10), 2)}) == nil {
						mu.Lock()
						taken += 2
						mu.Unlock()
					}
				}
			})
		}
		time.Sleep(time.Millisecond)
		left := q.Stop(t.Context())
		sending.Wait()
		stored := 0
		for _, n := range p.stored {
			stored += n
		}
		require.Equal(t, taken, stored+left)
	}
}
