// Package lanes is a queue with a lane for each tenant, so that what happens to one
// tenant concerns no other. A lane keeps the order of its requests, retries by itself
// and has a bound of its own; all lanes share workers, a bound in bytes, and the disk.
package lanes

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

// Settings of a [Queue].
type Settings struct {
	// Workers is how many deliveries run at a time.
	Workers int
	// MaxBytes bounds what all lanes hold, MaxLaneBytes what one does. MaxLanes bounds
	// the lanes that are known.
	MaxBytes, MaxLaneBytes int64
	MaxLanes               int
	// MinBatch is how many bytes a delivery gathers from a lane, at the cost of
	// waiting for FlushTimeout. 0 delivers each request alone and at once.
	MinBatch     int64
	FlushTimeout time.Duration
	// Block makes Push wait for room instead of failing.
	Block bool
	// Wait makes Push wait until its spans are delivered or lost.
	Wait bool
	// Known is true when lanes cannot be made up by senders.
	Known bool
	// Retry says how long a lane waits between attempts, and when it gives up.
	Retry configretry.BackOffConfig
	// RefusedFor is how long a lane that was refused takes nothing.
	RefusedFor time.Duration

	// Deliver sends spans of one lane. It must return when the context ends.
	Deliver func(ctx context.Context, lane Lane, td ptrace.Traces) Result
	// Refuse takes spans of a lane that was refused.
	Refuse func(lane Lane, td ptrace.Traces)
	// Lost counts spans that are lost for a reason of the queue.
	Lost func(lane Lane, spans int, reason string)

	Logger *zap.Logger
}

// Lane names a lane. The label is what metrics and logs may show.
type Lane struct{ Name, Label string }

// Result is what became of a delivery.
type Result struct {
	// Retry holds what may still be stored; it has no spans when everything was
	// stored or refused.
	Retry ptrace.Traces
	// After is the least wait before the next attempt.
	After time.Duration
	// Refused is true when the lane as a whole is refused.
	Refused bool
	// Err is why something was not stored.
	Err error

	again bool // nobody was asked
}

// Part is the spans of a request that belong to one lane.
type Part struct {
	Lane   Lane
	Traces ptrace.Traces
}

// Reasons of losses.
const (
	QueueFull  = "queue_full"
	TooMany    = "too_many_tenants"
	GaveUp     = "retries_over"
	Unreadable = "queue_unreadable"
	Shutdown   = "shutdown"
)

var (
	errFull    = errors.New("the queue is full: PostHog takes less than comes in; see sending_queue::queue_size and tenants::max_queue_bytes")
	errRefused = errors.New("PostHog has refused the API key a short time ago")
	errStopped = errors.New("the exporter is shutting down")
)

// Queue is the lanes. Make one with [New].
type Queue struct {
	set  Settings
	disk *disk // nil: in memory

	ctx    context.Context // of deliveries
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	work     sync.Cond // something is ready, or the queue stops
	room     sync.Cond // something left
	lanes    map[string]*lane
	idle     *list.List // of *lane without items, the least used in front
	ready    [classes]list.List
	busy     [classes]int
	extra    int // workers that were replaced and are not done
	turn     class
	timers   timers
	timer    *time.Timer
	bytes    int64
	newBytes int64          // of lanes that PostHog has not taken anything from
	closed   bool           // nothing is taken any more
	pushing  sync.WaitGroup // pushes between admit and enqueue
	stopped  bool           // nothing waits any more
	fullTold time.Time
}

// New returns a queue that holds its items in client, or in memory if that is nil.
func New(set Settings, client storage.Client) *Queue {
	q := &Queue{set: set, lanes: make(map[string]*lane), idle: list.New()}
	q.work.L, q.room.L = &q.mu, &q.mu
	q.ctx, q.cancel = context.WithCancel(context.Background())
	if client != nil {
		q.disk = &disk{client: client}
	}
	return q
}

// Start reads what is left on disk and begins to deliver.
func (q *Queue) Start(ctx context.Context) error {
	if q.disk != nil {
		left, err := q.disk.load(ctx)
		if err != nil {
			return err
		}
		q.mu.Lock()
		for _, l := range left {
			of := q.lanes[l.lane.Name]
			if of == nil {
				of = q.newLane(l.lane) // What was taken is sent, however many lanes there are.
			}
			q.add(of, l.item)
		}
		q.mu.Unlock()
		if len(left) > 0 {
			q.set.Logger.Info("Spans that were left in the queue are sent now.", zap.Int("requests", len(left)))
		}
	}
	for range q.set.Workers {
		q.done.Go(q.run)
	}
	return nil
}

// Push takes the parts of a request. It fails only when it took none of them and may
// take them later; parts that can never be taken, and those of full lanes beside others
// that are not, are counted as lost, lest the whole request comes again and again.
func (q *Queue) Push(ctx context.Context, parts []Part) error {
	taken, err := q.admit(ctx, parts)
	if err != nil || len(taken) == 0 {
		return err
	}
	if q.disk != nil {
		if err := q.disk.put(ctx, taken); err != nil {
			q.withdraw(taken)
			q.pushing.Done()
			return fmt.Errorf("writing to the queue on disk: %w", err)
		}
	}
	var w *waiter
	if q.set.Wait {
		w = newWaiter(len(taken))
	}
	q.mu.Lock()
	for _, t := range taken {
		t.item.waiter = w
		q.enqueue(t.lane, t.item)
	}
	q.mu.Unlock()
	q.pushing.Done()
	if w == nil {
		return nil
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type taken struct {
	lane *lane
	item *item
}

// admit makes items of the parts that there is room for, and reserves it. If it returns
// some, the caller ends q.pushing.
func (q *Queue) admit(ctx context.Context, parts []Part) ([]taken, error) {
	items := make([]*item, len(parts))
	for i, part := range parts {
		data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(part.Traces)
		if err != nil {
			return nil, err
		}
		items[i] = &item{data: data, size: int64(len(data)), spans: part.Traces.SpanCount()}
	}
	stop := context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.room.Broadcast()
	})
	defer stop()

	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, errStopped
	}
	var list []taken
	full := make([]int, 0, len(parts))
	for i, part := range parts {
		l := q.lane(part.Lane)
		switch {
		case l == nil:
			q.set.Lost(part.Lane, items[i].spans, TooMany)
		case time.Now().Before(l.refusedUntil):
			q.set.Refuse(part.Lane, part.Traces)
		case q.reserve(l, items[i]):
			list = append(list, taken{l, items[i]})
		default:
			full = append(full, i)
		}
	}
	for q.set.Block && len(full) > 0 && len(list) == 0 && ctx.Err() == nil && !q.closed {
		q.room.Wait()
		if l := q.lane(parts[full[0]].Lane); l != nil && q.reserve(l, items[full[0]]) {
			list = append(list, taken{l, items[full[0]]})
			full = full[1:]
		}
	}
	if len(full) > 0 {
		q.tellFull(parts[full[0]].Lane)
		if len(list) == 0 {
			return nil, errFull
		}
	}
	for _, i := range full {
		q.set.Lost(parts[i].Lane, items[i].spans, QueueFull)
	}
	if len(list) > 0 {
		q.pushing.Add(1)
	}
	return list, nil
}

// tellFull logs once a minute.
func (q *Queue) tellFull(at Lane) {
	if now := time.Now(); now.Sub(q.fullTold) >= time.Minute {
		q.fullTold = now
		q.set.Logger.Warn("The queue is full, so spans are refused: PostHog takes less than comes in.",
			zap.String("tenant", at.Label), zap.Int64("bytes", q.bytes), zap.Int64("queue_size", q.set.MaxBytes), zap.Int64("max_queue_bytes", q.set.MaxLaneBytes))
	}
}

// reserve counts an item if there is room for it. Lanes that nobody has proven to
// exist share half of the room, so that made-up ones leave the rest to others.
func (q *Queue) reserve(l *lane, it *item) bool {
	switch {
	case q.bytes+it.size > q.set.MaxBytes, l.bytes+it.size > q.set.MaxLaneBytes:
		return false
	case l.class() == unproven && q.newBytes+it.size > q.set.MaxBytes/2:
		return false
	}
	q.count(l, it.size)
	l.pending++
	if l.idle != nil {
		q.idle.Remove(l.idle)
		l.idle = nil
	}
	return true
}

func (q *Queue) count(l *lane, bytes int64) {
	q.bytes += bytes
	l.bytes += bytes
	if !l.proven {
		q.newBytes += bytes
	}
	if bytes < 0 {
		q.room.Broadcast()
	}
}

func (q *Queue) withdraw(list []taken) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range list {
		t.lane.pending--
		q.count(t.lane, -t.item.size)
		q.rest(t.lane)
	}
}

// add takes an item for which no room was reserved.
func (q *Queue) add(l *lane, it *item) {
	q.count(l, it.size)
	l.pending++
	if l.idle != nil {
		q.idle.Remove(l.idle)
		l.idle = nil
	}
	q.enqueue(l, it)
}

func (q *Queue) enqueue(l *lane, it *item) {
	l.pending--
	l.items = append(l.items, it)
	switch {
	case l.state == resting && q.set.MinBatch > 0 && l.bytes < q.set.MinBatch && !q.stopped:
		q.schedule(l, time.Now().Add(q.set.FlushTimeout))
	case l.state == resting, l.state == timed && l.attempt == 0 && l.bytes >= q.set.MinBatch:
		q.makeReady(l)
	}
}

// Stats is how full the queue is.
type Stats struct {
	Bytes, Capacity int64
	Lanes, Failing  int
	// ByLane holds the bytes of the lanes that have some, by label.
	ByLane map[string]int64
}

// Stats returns it.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Stats{Bytes: q.bytes, Capacity: q.set.MaxBytes, Lanes: len(q.lanes), ByLane: make(map[string]int64)}
	for _, l := range q.lanes {
		if l.bytes > 0 {
			s.ByLane[l.name.Label] += l.bytes
		}
		if l.attempt > 0 {
			s.Failing++
		}
	}
	return s
}

// Stop ends the deliveries, at the latest when ctx ends. What is in memory is tried
// once more; what is on disk stays there. It returns how many spans are left in the
// queue: on disk, or lost.
func (q *Queue) Stop(ctx context.Context) (left int) {
	q.mu.Lock()
	q.closed = true
	q.room.Broadcast()
	q.mu.Unlock()
	q.pushing.Wait()

	q.mu.Lock()
	q.stopped = true
	if q.timer != nil {
		q.timer.Stop()
	}
	for len(q.timers) > 0 {
		q.makeReady(q.timers[0])
	}
	q.work.Broadcast()
	q.mu.Unlock()

	stop := context.AfterFunc(ctx, q.cancel)
	q.done.Wait()
	stop()
	q.cancel()

	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lanes {
		n := 0
		for _, it := range l.items {
			if it.waiter == nil {
				n += it.spans
			}
			it.finish(errStopped) // Who waits has the spans yet.
		}
		if q.disk == nil && n > 0 {
			q.set.Lost(l.name, n, Shutdown)
		}
		left += n
	}
	if q.disk != nil {
		if err := q.disk.client.Close(context.WithoutCancel(ctx)); err != nil {
			q.set.Logger.Error("The queue on disk could not be closed.", zap.Error(err))
		}
	}
	return left
}
