package posthogsession

import (
	"hash/maphash"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelposthog/otelposthog-go/collector/internal/retrybuffer"
)

// shards is the number of locks. Traces are spread over them, so that requests rarely
// wait for each other.
const shards = 32

// store has the traces that are remembered. Of a span that is no AI span it keeps ids,
// parent and session only.
type store struct {
	seed   maphash.Seed
	shards [shards]shard
}

// shard is some of the traces. Its lists are in the order of time.
type shard struct {
	mu     sync.Mutex
	cfg    *Config
	traces map[pcommon.TraceID]*trace
	plain  traceList // without AI spans, the least used in front: these are forgotten first
	ai     traceList // with some
	queue  traceList // with waiting spans, the oldest in front
	bytes  int       // of what is remembered
}

func newStore(cfg *Config) *store {
	s := &store{seed: maphash.MakeSeed()}
	for i := range s.shards {
		s.shards[i] = shard{
			cfg: cfg, traces: make(map[pcommon.TraceID]*trace),
			plain: traceList{of: byUse}, ai: traceList{of: byUse}, queue: traceList{of: byWait},
		}
	}
	return s
}

func (s *store) of(id pcommon.TraceID) *shard {
	return &s.shards[maphash.Comparable(s.seed, id)%shards]
}

// trace returns what is known of a trace, and notes that it was used. The caller has
// the lock, as for all that follows.
func (sh *shard) trace(id pcommon.TraceID, now time.Time) *trace {
	t := sh.traces[id]
	if t == nil {
		t = &trace{id: id}
		sh.traces[id] = t
		sh.bytes += traceBytes
	} else {
		sh.list(t).remove(t)
	}
	sh.list(t).pushBack(t)
	t.touched = now
	return t
}

func (sh *shard) list(t *trace) *traceList {
	if t.ai {
		return &sh.ai
	}
	return &sh.plain
}

// learn notes a span in its trace.
func (sh *shard) learn(t *trace, f facts) {
	if f.ai && !t.ai {
		sh.plain.remove(t)
		t.ai = true
		sh.ai.pushBack(t)
	}
	sh.bytes += t.learn(f)
}

// hold makes a group wait.
func (sh *shard) hold(t *trace, g *retrybuffer.Group, now time.Time) {
	if len(t.waiting) == 0 {
		t.deadline = now.Add(sh.cfg.Wait)
		sh.queue.pushBack(t)
	}
	t.waiting = append(t.waiting, g)
	t.waitingBytes += g.Size
}

// release ends the waiting of a trace.
func (sh *shard) release(t *trace) []*retrybuffer.Group {
	groups := t.waiting
	if len(groups) > 0 {
		sh.queue.remove(t)
	}
	t.waiting, t.waitingBytes, t.ids = nil, 0, idSet{}
	return groups
}

// oldest returns the trace that waits longest, if its time is over.
func (sh *shard) oldest(now time.Time) *trace {
	if t := sh.queue.front; t != nil && !t.deadline.After(now) {
		return t
	}
	return nil
}

// leastUsed returns the trace to forget next, if its time is over or there is too much:
// those without AI spans first.
func (sh *shard) leastUsed(now time.Time) *trace {
	full := sh.bytes > sh.cfg.MaxRememberedBytes/shards
	for _, t := range []*trace{sh.plain.front, sh.ai.front} {
		if t != nil && (full || now.Sub(t.touched) > max(sh.cfg.Remember, sh.cfg.Wait)) {
			return t
		}
	}
	return nil
}

func (sh *shard) forget(t *trace) {
	sh.bytes -= t.size()
	sh.list(t).remove(t)
	delete(sh.traces, t.id)
}

// links are the neighbours of a trace in a list.
type links struct{ prev, next *trace }

func byUse(t *trace) *links  { return &t.byUse }
func byWait(t *trace) *links { return &t.byWait }

// traceList is a list of traces that is linked in the traces themselves.
type traceList struct {
	front, back *trace
	of          func(*trace) *links
}

func (l *traceList) pushBack(t *trace) {
	*l.of(t) = links{prev: l.back}
	if l.back != nil {
		l.of(l.back).next = t
	} else {
		l.front = t
	}
	l.back = t
}

func (l *traceList) remove(t *trace) {
	at := l.of(t)
	if at.prev != nil {
		l.of(at.prev).next = at.next
	} else {
		l.front = at.next
	}
	if at.next != nil {
		l.of(at.next).prev = at.prev
	} else {
		l.back = at.prev
	}
	*at = links{}
}
