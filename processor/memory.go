package processor

import (
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// memory holds what the processor knows about spans and traces. All that belongs
// to one trace lives in one shard, under one lock, so links never cross locks. No
// method of an open span and no function of the user runs under that lock.
//
// It is bounded twice: by a number of entries per role, of which the least
// recently used goes first, and by age. Both are enforced when an entry is
// added; there is no goroutine. Entries are reused, so a steady flow of spans
// allocates nothing here.
//
// Half of the entries belong to the shards in equal parts, and half to whichever
// shard comes first: a trace of many spans finds room, and one that leaks spans
// cannot take all of it from the others.
type memory struct {
	limits    [roles]int64
	sizes     [roles]padded // of unlisted: those that entries below refer to
	traces    int           // places for traces in each shard
	known     atomic.Bool   // any trace is known
	retention time.Duration // zero: nothing ages
	start     time.Time
	shards    [shardCount]shard
}

const (
	shardCount = 64 // a power of two
	// endedShare is the part of the spans that is kept for ended spans which are
	// not AI spans. Few spans get children after their end, and a memory that
	// does not fit into the CPU's caches costs every span.
	endedShare = 8
	// clockEvery is how many entries a shard adds before it looks at the clock
	// again: reading the time costs as much as finding a span.
	clockEvery = 16
)

// padded keeps counters that all shards write apart in the CPU's caches.
type padded struct {
	n atomic.Int64
	_ [56]byte
}

// role is the list that an entry is in.
type role uint8

const (
	unlisted  role = iota // on the free list, or kept only for its children
	openSpan              // started, not ended
	endedSpan             // ended, remembered for late children
	endedAI               // likewise, and an AI span
	roles
)

type key struct {
	trace trace.TraceID
	span  trace.SpanID
}

func keyOf(sc trace.SpanContext) key { return key{sc.TraceID(), sc.SpanID()} }

// entry is what is known about one span.
type entry struct {
	key        key
	prev, next *entry // neighbours in the list of the role, or on the free list
	role       role
	kept       bool   // unlisted, and counted as such
	age        uint32 // the shard's age when it was last used

	ai      bool // known to be an AI span
	sampled bool
	ended   bool
	stamped bool                  // it got a session when it started
	refs    int32                 // entries whose parent this is
	parent  *entry                // the nearest ancestor that may matter
	span    sdktrace.ReadOnlySpan // while it is open
	session string                // the id that it got when it started, while it is open
	window  string                // likewise
	remote  trace.SpanID          // its nearest AI ancestor in another process
	gen     *generation           // if it is, or has below it, a generation
}

type shard struct {
	mu      sync.Mutex
	entries map[key]*entry
	traces  traceTable
	lists   [roles]list
	sizes   [roles]int64
	free    *entry
	added   uint32
	age     uint32        // counts retention periods that have passed
	aged    time.Duration // when it was last counted, since memory.start
	_       [64]byte
}

func newMemory(spans, traces int, retention time.Duration) *memory {
	m := &memory{traces: max(1, traces/shardCount), retention: retention, start: time.Now()}
	m.limits = [roles]int64{
		unlisted: int64(spans), openSpan: int64(spans), endedAI: int64(spans),
		endedSpan: int64(spans / endedShare),
	}
	return m
}

// shard returns the shard of a trace. The last byte of a trace id is random, or
// the low digits of a counter, with every id generator in use.
func (m *memory) shard(id trace.TraceID) *shard {
	return &m.shards[id[len(id)-1]&(shardCount-1)]
}

// trace returns what is known about a trace, to be added to.
func (m *memory) trace(sh *shard, id trace.TraceID) *traceState {
	t := sh.traces.find(id, sh.age)
	if t == nil {
		if !m.known.Load() {
			m.known.Store(true)
		}
		m.tick(sh)
		t = sh.traces.add(id, sh.age, m.traces)
	}
	return t
}

// add makes an entry and evicts others as needed. The caller holds the lock of
// the shard and has checked that the key is not there.
func (m *memory) add(sh *shard, k key, r role) *entry {
	e := sh.free
	if e != nil {
		sh.free = e.next
		e.next = nil
	} else {
		e = &entry{}
	}
	e.key = k
	if sh.entries == nil {
		sh.entries = make(map[key]*entry)
	}
	sh.entries[k] = e
	m.enlist(sh, e, r)
	return e
}

// enlist moves an entry to the young end of a list and evicts from the old end.
func (m *memory) enlist(sh *shard, e *entry, r role) {
	m.delist(sh, e)
	m.tick(sh)
	e.role, e.age = r, sh.age
	sh.lists[r].push(e)
	sh.sizes[r]++
	m.sizes[r].n.Add(1)
	// Two at most: one for the entry that came, one to work off a surplus.
	for range 2 {
		oldest := sh.lists[r].head
		if oldest == e || !m.crowded(sh, r) && sh.age-oldest.age < 2 {
			return
		}
		m.evict(sh, oldest)
	}
}

// crowded reports whether a shard holds more than its part, and all of them more
// than the half that is not divided.
func (m *memory) crowded(sh *shard, r role) bool {
	half := m.limits[r] / 2
	return sh.sizes[r] > half/shardCount && m.sizes[r].n.Load() > half
}

// tick advances the age of the shard by one when a retention period has passed.
// An entry expires when the age has advanced twice since its last use: it is
// kept for one period at least, also when the shard was idle and its clock is
// behind.
func (m *memory) tick(sh *shard) {
	if sh.added++; m.retention <= 0 || sh.added%clockEvery != 0 {
		return
	}
	if now := time.Since(m.start); now-sh.aged >= m.retention {
		sh.age++
		sh.aged = now
	}
}

// touch marks an entry as used.
func (sh *shard) touch(e *entry) {
	e.age = sh.age
	if l := &sh.lists[e.role]; l.tail != e {
		l.remove(e)
		l.push(e)
	}
}

func (m *memory) delist(sh *shard, e *entry) {
	if e.role != unlisted {
		sh.lists[e.role].remove(e)
		sh.sizes[e.role]--
		m.sizes[e.role].n.Add(-1)
		e.role = unlisted
	}
}

// evict forgets an entry. Entries below it keep it until they need it no more;
// should there be too many of that kind, it takes what is above it along.
func (m *memory) evict(sh *shard, e *entry) {
	m.delist(sh, e)
	delete(sh.entries, e.key)
	e.close()
	m.shorten(sh, e)
	switch {
	case e.refs == 0:
		m.release(sh, e)
		return
	case e.ai, m.sizes[unlisted].n.Load() >= m.limits[unlisted]:
		m.link(sh, e, nil)
	}
	e.kept = true
	sh.sizes[unlisted]++
	m.sizes[unlisted].n.Add(1)
}

// unref ends a reference to an entry.
func (m *memory) unref(sh *shard, e *entry) {
	e.refs--
	m.release(sh, e)
}

// release puts an entry that nobody refers to back on the free list, and then
// those above it that only it referred to.
func (m *memory) release(sh *shard, e *entry) {
	for e != nil && e.role == unlisted && e.refs == 0 {
		parent := e.parent
		if e.kept {
			sh.sizes[unlisted]--
			m.sizes[unlisted].n.Add(-1)
		}
		*e = entry{next: sh.free}
		sh.free = e
		if parent != nil {
			parent.refs--
		}
		e = parent
	}
}

// clear forgets everything.
func (m *memory) clear() {
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		for r := range sh.sizes {
			m.sizes[r].n.Add(-sh.sizes[r])
		}
		sh.entries, sh.free, sh.traces = nil, nil, traceTable{}
		sh.lists, sh.sizes = [roles]list{}, [roles]int64{}
		sh.mu.Unlock()
	}
}

// list is a doubly linked list of entries, the least recently used first.
type list struct{ head, tail *entry }

func (l *list) push(e *entry) {
	e.prev, e.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = e
	} else {
		l.head = e
	}
	l.tail = e
}

func (l *list) remove(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.head = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.tail = e.prev
	}
	e.prev, e.next = nil, nil
}
