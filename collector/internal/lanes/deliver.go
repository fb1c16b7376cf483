package lanes

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

// patience is how long a delivery may take before its worker is replaced, so that
// lanes that begin to hang all at once do not hold up the others. From the next
// attempt on they are failing and share few workers.
const patience = 500 * time.Millisecond

// extraWorkers bounds the replacements, for each worker.
const extraWorkers = 4

// run is a worker.
func (q *Queue) run() {
	for {
		l, items := q.next()
		if l == nil {
			return
		}
		td, lost := q.read(items)
		var result Result
		if td.SpanCount() > 0 {
			result = q.deliver(l, td)
		}
		if lost > 0 {
			q.set.Lost(l.name, lost, Unreadable)
		}
		if q.finish(l, items, td.SpanCount(), result) {
			return // Another one has taken its place.
		}
	}
}

func (q *Queue) deliver(l *lane, td ptrace.Traces) Result {
	q.mu.Lock()
	refused := time.Now().Before(l.refusedUntil)
	q.mu.Unlock()
	if refused {
		q.set.Refuse(l.name, td)
		return Result{Refused: true, Err: errRefused, again: true}
	}
	watch := time.AfterFunc(patience, func() { q.replace(l) })
	defer watch.Stop()
	return q.set.Deliver(q.ctx, l.name, td)
}

// replace starts a worker in the place of the one that has a lane.
func (q *Queue) replace(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.state != working || l.slow || l.in == failing || q.extra >= extraWorkers*q.set.Workers {
		return
	}
	l.slow = true
	q.busy[l.in]--
	q.extra++
	q.done.Go(q.run)
}

// next waits for a lane that is ready and takes from it what one delivery is. It
// returns nil when the queue stops.
func (q *Queue) next() (*lane, []*item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.stopped && (q.disk != nil || q.ctx.Err() != nil) {
			return nil, nil // What is on disk can wait.
		}
		if l := q.pick(); l != nil {
			return l, l.head(q.set.MinBatch)
		}
		if q.stopped && q.busy == [classes]int{} && q.extra == 0 {
			q.work.Broadcast()
			return nil, nil
		}
		q.work.Wait()
	}
}

// pick takes the next lane, by turns among the classes that may have one more worker.
func (q *Queue) pick() *lane {
	for range classes {
		q.turn = (q.turn + 1) % classes
		front := q.ready[q.turn].Front()
		if front == nil || q.busy[q.turn] >= q.turn.workers(q.set.Workers) && !q.stopped {
			continue
		}
		l := front.Value.(*lane)
		q.ready[q.turn].Remove(front)
		l.ready, l.state = nil, working
		q.busy[l.in]++
		return l
	}
	return nil
}

// head returns the first items, until they have so many bytes.
func (l *lane) head(bytes int64) []*item {
	var size int64
	for i, it := range l.items {
		size += it.size
		if size >= bytes {
			return l.items[:i+1]
		}
	}
	return l.items
}

// read puts the spans of items together. It returns how many could not be read.
func (q *Queue) read(items []*item) (td ptrace.Traces, lost int) {
	td = ptrace.NewTraces()
	for _, it := range items {
		data, err := it.data, error(nil)
		if q.disk != nil {
			data, err = q.disk.get(context.WithoutCancel(q.ctx), it.id)
		}
		var one ptrace.Traces
		if err == nil {
			one, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data)
		}
		if err != nil {
			q.set.Logger.Error("A request in the queue cannot be read.", zap.Error(err))
			lost += it.spans
			continue
		}
		one.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	return td, lost
}

// finish notes the result of a delivery, and what the lane does next. It reports whether
// the worker was replaced.
func (q *Queue) finish(l *lane, items []*item, spans int, result Result) (replaced bool) {
	again := 0
	if result.Retry != (ptrace.Traces{}) {
		again = result.Retry.SpanCount()
	}
	giveUp := again > 0 && q.givesUp(l)
	if giveUp {
		q.set.Lost(l.name, again, GaveUp)
		q.set.Logger.Error("Spans are lost: the time for retries is over.", zap.String("tenant", l.name.Label), zap.Int("spans", again), zap.Error(result.Err))
	}
	keep := again > 0 && !giveUp
	var rest *item
	if keep && again < spans {
		rest = q.remainder(items, result.Retry)
	}
	if q.disk != nil && (!keep || rest != nil) {
		q.disk.remove(q.set.Logger, items)
	}

	q.mu.Lock()
	defer q.mu.Unlock()
	if replaced = l.slow; replaced {
		q.extra--
	} else {
		q.busy[l.in]--
	}
	l.slow = false
	l.state = resting
	if again < spans && !result.Refused && !l.proven {
		l.proven = true
		q.newBytes -= l.bytes
	}
	if !keep || rest != nil {
		q.drop(l, items, rest, result.Err)
	}
	switch {
	case keep:
		if l.attempt == 0 {
			l.failingSince = time.Now()
		}
		l.attempt++
		if q.stopped {
			break
		}
		q.schedule(l, time.Now().Add(max(backOff(q.set.Retry, l.attempt), result.After)))
	default:
		l.attempt = 0
		switch {
		case result.again: // It stays refused as long as it was.
		case !result.Refused:
			l.refusedUntil = time.Time{}
		default:
			l.refusedUntil = time.Now().Add(q.set.RefusedFor)
		}
		if len(l.items) > 0 {
			q.makeReady(l) // If the lane is refused, to give them up.
		}
	}
	q.rest(l)
	q.work.Signal() // The class may have one more worker now.
	if q.stopped {
		q.work.Broadcast()
	}
	return replaced
}

// givesUp reports whether a lane has failed for long enough.
func (q *Queue) givesUp(l *lane) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.stopped:
		return false // Stop counts it.
	case !q.set.Retry.Enabled:
		return true
	case q.set.Retry.MaxElapsedTime == 0 || l.attempt == 0:
		return false
	}
	return time.Since(l.failingSince) > q.set.Retry.MaxElapsedTime
}

// remainder is the item for what is left of others.
func (q *Queue) remainder(items []*item, td ptrace.Traces) *item {
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return nil // All of it is sent again: PostHog can tell copies.
	}
	rest := &item{data: data, size: int64(len(data)), spans: td.SpanCount()}
	if q.disk != nil {
		if err := q.disk.replace(items[0], rest); err != nil {
			q.set.Logger.Error("The queue on disk cannot be written.", zap.Error(err))
			return nil
		}
	}
	return rest
}

// drop removes the first items of a lane and puts rest in their place, if there is one.
func (q *Queue) drop(l *lane, items []*item, rest *item, err error) {
	if err != nil {
		err = consumererror.NewPermanent(err)
	}
	left := l.items[len(items):]
	for _, it := range items {
		q.count(l, -it.size)
		if rest != nil && it.waiter != nil {
			rest.waiter = chain(rest.waiter, it.waiter)
			it.waiter = nil
		}
		it.finish(err)
	}
	if rest != nil {
		q.count(l, rest.size)
		left = append([]*item{rest}, left...)
	}
	if len(left) == 0 {
		left = nil
	}
	clear(items) // The array behind the lane lets go of them.
	l.items = left
}

// chain returns a waiter that ends both.
func chain(a, b *waiter) *waiter {
	if a == nil {
		return b
	}
	both := newWaiter(1)
	go func() {
		<-both.done
		a.finish(both.err)
		b.finish(both.err)
	}()
	return both
}

// IsFull reports whether an error of Push says that there is no room.
func IsFull(err error) bool { return errors.Is(err, errFull) }
