package processor

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// memory holds the local traces. One trace is in one shard, under one lock. No
// user function runs under that lock.
//
// A trace is freed when none of its spans is open. Traces that never end are
// limited by number and age with two generations: a trace that is used moves to
// the new generation. When that is full or old, the traces still in the old one
// are evicted.
type memory struct {
	counts
	limit   int64 // of spans
	spans   atomic.Int64
	bytes   atomic.Int64 // of spans that wait
	states  atomic.Int64 // bytes that trace events will have
	started time.Time
	rooms   sync.Pool // of *[few]node: most traces fit in
	shards  [shardCount]shard
}

const (
	shardCount = 64        // a power of two
	retention  = time.Hour // at least, and twice as long at most
	clockEvery = 64        // spans between two looks at the clock
)

type shard struct {
	mu     sync.Mutex
	gen    uint32 // the new generation
	traces [2]map[trace.TraceID]*localTrace
	sizes  [2]int64 // spans of each generation
	added  uint32
	since  time.Duration // when the new generation began, after memory.started
	closed bool
	_      [64]byte
}

// shard returns the shard of a trace. With all common id generators, the last
// byte of a trace id is random or the low digits of a counter.
func (m *memory) shard(id trace.TraceID) *shard { return &m.shards[id[len(id)-1]&(shardCount-1)] }

// find returns a trace, or nil.
func (sh *shard) find(id trace.TraceID) *localTrace {
	if t := sh.traces[sh.gen&1][id]; t != nil {
		return t
	}
	t := sh.traces[(sh.gen+1)&1][id]
	if t != nil {
		sh.remove(t)
		sh.insert(t)
	}
	return t
}

func (sh *shard) insert(t *localTrace) {
	t.gen = sh.gen & 1
	if sh.traces[t.gen] == nil {
		sh.traces[t.gen] = make(map[trace.TraceID]*localTrace)
	}
	sh.traces[t.gen][t.id] = t
	sh.sizes[t.gen] += int64(len(t.nodes))
}

func (sh *shard) remove(t *localTrace) {
	delete(sh.traces[t.gen], t.id)
	sh.sizes[t.gen] -= int64(len(t.nodes))
}

// trace returns a trace, which may be new, and the traces evicted for it that
// still hold spans.
func (m *memory) trace(sh *shard, id trace.TraceID) (t *localTrace, evicted []*localTrace) {
	if sh.added++; sh.added%clockEvery == 0 || m.crowded(sh) {
		evicted = m.age(sh)
	}
	if t = sh.find(id); t == nil {
		t = &localTrace{id: id}
		if t.room, _ = m.rooms.Get().(*[few]node); t.room == nil {
			t.room = new([few]node)
		}
		t.nodes = t.room[:0]
		sh.insert(t)
	}
	return t, evicted
}

// crowded reports whether the new generation of a shard exceeds its share while
// all shards together exceed the undivided half.
func (m *memory) crowded(sh *shard) bool {
	return sh.sizes[sh.gen&1] > m.limit/4/shardCount && m.spans.Load() > m.limit/2
}

// age begins a new generation if it is due, and evicts the old one.
func (m *memory) age(sh *shard) (evicted []*localTrace) {
	if now := time.Since(m.started); m.crowded(sh) || now-sh.since >= retention {
		sh.since = now
	} else {
		return nil
	}
	old := (sh.gen + 1) & 1
	for t := range maps.Values(sh.traces[old]) {
		t.gone = true
		m.evicted.Add(1)
		m.states.Add(-t.states)
		if len(t.held) > 0 {
			m.forgotten.Add(int64(len(t.held)))
			evicted = append(evicted, t)
		}
	}
	m.spans.Add(-sh.sizes[old])
	sh.traces[old], sh.sizes[old] = nil, 0
	sh.gen++
	return evicted
}

// add records a span that starts.
func (m *memory) add(sh *shard, t *localTrace, n node) {
	before := len(t.nodes)
	t.start(n, m.limit)
	more := int64(len(t.nodes) - before)
	sh.sizes[t.gen] += more
	m.spans.Add(more)
}

// free removes a trace without open or held spans.
func (m *memory) free(sh *shard, t *localTrace) {
	if t.gone {
		return
	}
	m.spans.Add(-int64(len(t.nodes)))
	m.states.Add(-t.states)
	sh.remove(t)
	t.gone = true
	*t.room = [few]node{}
	m.rooms.Put(t.room)
	t.nodes, t.room = nil, nil
}

// close makes spans that end from now on not be held.
func (m *memory) close() {
	m.each(func(sh *shard) { sh.closed = true })
}

// clear removes everything.
func (m *memory) clear() {
	m.each(func(sh *shard) {
		m.spans.Add(-sh.sizes[0] - sh.sizes[1])
		for _, traces := range sh.traces {
			for _, t := range traces {
				t.gone = true
				m.states.Add(-t.states)
			}
		}
		sh.traces, sh.sizes = [2]map[trace.TraceID]*localTrace{}, [2]int64{}
	})
}

func (m *memory) each(do func(*shard)) {
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		do(sh)
		sh.mu.Unlock()
	}
}
