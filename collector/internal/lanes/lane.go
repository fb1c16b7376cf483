package lanes

import (
	"container/heap"
	"container/list"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/config/configretry"
)

// class says how many workers lanes of a kind may have at a time.
type class uint8

const (
	proven   class = iota // PostHog stored something of it: all workers
	unproven              // nothing is known: half of them
	failing               // the last attempt failed: a quarter
	classes
)

func (c class) workers(all int) int {
	switch c {
	case unproven:
		return max(1, all/2)
	case failing:
		return max(1, all/4)
	}
	return all
}

// state is where a lane is.
type state uint8

const (
	resting state = iota // it has nothing to do
	timed                // it waits for its time
	waiting              // for a worker
	working              // a worker has it
)

// lane is the queue of one tenant.
type lane struct {
	name    Lane
	items   []*item
	bytes   int64
	pending int // reserved and not in items yet

	proven       bool
	attempt      int       // failures in a row
	failingSince time.Time // of the first of them
	refusedUntil time.Time

	state state
	slow  bool          // its worker was replaced
	at    time.Time     // when timed
	index int           // in timers
	ready *list.Element // in the list of its class
	in    class         // of that list, or of the worker
	idle  *list.Element // in the list of lanes without items
}

func (l *lane) class() class {
	switch {
	case l.attempt > 0:
		return failing
	case l.proven:
		return proven
	}
	return unproven
}

// item is a request, or what is left of some.
type item struct {
	id     uint64 // on disk
	data   []byte // nil when on disk
	size   int64
	spans  int
	waiter *waiter
}

func (it *item) finish(err error) {
	if it.waiter != nil {
		it.waiter.finish(err)
		it.waiter = nil
	}
}

// waiter is a Push that waits for its parts.
type waiter struct {
	left atomic.Int64
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func newWaiter(parts int) *waiter {
	w := &waiter{done: make(chan struct{})}
	w.left.Store(int64(parts))
	return w
}

func (w *waiter) finish(err error) {
	w.mu.Lock()
	if err != nil {
		w.err = err
	}
	w.mu.Unlock()
	if w.left.Add(-1) == 0 {
		close(w.done)
	}
}

// lane returns a lane, which may be new. It is nil when there are too many: first those
// without items leave, the refused ones before the others.
func (q *Queue) lane(name Lane) *lane {
	if l := q.lanes[name.Name]; l != nil {
		if l.name.Label != name.Label {
			l.name.Label = name.Label
		}
		if l.idle != nil && l.refusedUntil.IsZero() {
			q.idle.MoveToBack(l.idle)
		}
		return l
	}
	for len(q.lanes) >= q.set.MaxLanes {
		front := q.idle.Front()
		if front == nil {
			return nil
		}
		q.forget(front.Value.(*lane))
	}
	return q.newLane(name)
}

func (q *Queue) newLane(name Lane) *lane {
	l := &lane{name: name, proven: q.set.Known}
	l.idle = q.idle.PushBack(l)
	q.lanes[name.Name] = l
	return l
}

func (q *Queue) forget(l *lane) {
	q.idle.Remove(l.idle)
	delete(q.lanes, l.name.Name)
}

// rest puts a lane among those that may leave, if it has nothing.
func (q *Queue) rest(l *lane) {
	if len(l.items) > 0 || l.pending > 0 || l.state != resting || l.idle != nil {
		return
	}
	l.items = nil
	if l.refusedUntil.IsZero() {
		l.idle = q.idle.PushBack(l)
	} else {
		l.idle = q.idle.PushFront(l)
	}
}

// makeReady gives a lane to the next worker.
func (q *Queue) makeReady(l *lane) {
	if l.state == timed {
		heap.Remove(&q.timers, l.index)
	}
	l.state, l.in = waiting, l.class()
	l.ready = q.ready[l.in].PushBack(l)
	q.work.Signal()
}

// schedule makes a lane ready at a time.
func (q *Queue) schedule(l *lane, at time.Time) {
	l.state, l.at = timed, at
	heap.Push(&q.timers, l)
	if l.index == 0 {
		q.wind()
	}
}

// wind sets the timer to the first lane.
func (q *Queue) wind() {
	if len(q.timers) == 0 || q.stopped {
		return
	}
	d := time.Until(q.timers[0].at)
	if q.timer == nil {
		q.timer = time.AfterFunc(d, q.ring)
	} else {
		q.timer.Reset(d)
	}
}

func (q *Queue) ring() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(q.timers) > 0 && !q.timers[0].at.After(now) {
		q.makeReady(q.timers[0])
	}
	q.wind()
}

// backOff is the wait after so many failures.
func backOff(c configretry.BackOffConfig, failures int) time.Duration {
	d := float64(c.InitialInterval) * math.Pow(max(c.Multiplier, 1), float64(min(failures-1, 60)))
	if c.MaxInterval > 0 {
		d = min(d, float64(c.MaxInterval))
	}
	d *= 1 + c.RandomizationFactor*(2*rand.Float64()-1)
	return time.Duration(d)
}

// timers is a heap of lanes by their time.
type timers []*lane

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i]; t[i].index, t[j].index = i, j }

func (t *timers) Push(x any) {
	l := x.(*lane)
	l.index = len(*t)
	*t = append(*t, l)
}

func (t *timers) Pop() any {
	last := len(*t) - 1
	l := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	return l
}
