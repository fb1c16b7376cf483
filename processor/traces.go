package processor

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// traceTable remembers traces. Every request writes to it, and nearly none reads
// what was written, so writing is made cheap: the next place of a ring is taken,
// hardly any memory that is cold is read, and nothing is allocated. The oldest
// trace is overwritten; one that is still in use comes back with its next span.
type traceTable struct {
	ring  []traceState
	next  int
	index []traceBucket // by hash
	held  int           // bytes of content that roots hold
}

// traceBucket is a line of the CPU's cache: 32 bits of the hash each, and the
// place in the ring plus one. Zero is free.
type traceBucket [8]uint64

const hashBits = 0xffffffff_00000000

// traceState is what is known about one trace.
type traceState struct {
	id   trace.TraceID
	age  uint32   // the shard's age when it was last used
	lens [3]uint8 // of the parts of the session that was seen last
	// text is those parts. They are copied, since the originals are cut from a
	// request header, which would be kept as long as they are.
	text [112]byte
	more *traceMore
}

// traceMore is what few traces need.
type traceMore struct {
	long   string           // instead of text, if that is too small
	first  *baggage.Session // if it is not the last
	person string           // the first that was seen
	// mixed is set when the trace was seen with two people, as that of a batch
	// job is: then one of its sessions says nothing about its other spans.
	mixed bool
	// shared is set when two people had one session, such as before and after
	// a login: the other spans belong to the session, and to one of the two.
	shared bool
	root   *rootState
}

func (t *traceTable) bucket(id trace.TraceID) (*traceBucket, uint64) {
	// Any bytes would do if ids were random in all of them, as most are.
	h := (binary.BigEndian.Uint64(id[8:]) ^ binary.BigEndian.Uint64(id[:8])) * 0x9e3779b97f4a7c15
	return &t.index[h>>32&uint64(len(t.index)-1)], h & hashBits
}

// find returns what is known about a trace, nil if nothing is. The result holds
// until the next add.
func (t *traceTable) find(id trace.TraceID, age uint32) *traceState {
	if len(t.index) == 0 {
		return nil
	}
	b, h := t.bucket(id)
	for _, slot := range b {
		if slot&hashBits != h || slot == 0 {
			continue
		}
		if ts := &t.ring[uint32(slot)-1]; ts.id == id && age-ts.age < 2 {
			ts.age = age
			return ts
		}
	}
	return nil
}

// add makes room for a trace that is not there, in a ring of the given size.
func (t *traceTable) add(id trace.TraceID, age uint32, size int) *traceState {
	if len(t.index) == 0 {
		t.index = make([]traceBucket, 1<<bits.Len(uint(2*size-1)/uint(len(traceBucket{}))))
	}
	if t.next == size {
		t.next = 0
	}
	if t.next == len(t.ring) {
		t.ring = append(t.ring, traceState{})
	} else {
		t.drop(t.next)
	}
	b, h := t.bucket(id)
	at := 0
	for i, slot := range b {
		if slot == 0 {
			at = i
			break
		}
	}
	t.next++
	b[at] = h | uint64(t.next)
	ts := &t.ring[t.next-1]
	*ts = traceState{id: id, age: age}
	return ts
}

// drop takes the trace at a place of the ring out of the index.
func (t *traceTable) drop(place int) {
	t.letGo(&t.ring[place])
	b, h := t.bucket(t.ring[place].id)
	for i, slot := range b {
		if slot == h|uint64(place+1) {
			b[i] = 0
		}
	}
}

// see notes a session with which a span of the trace started. A person without a
// session is noted, too: nobody else's session is theirs.
func (ts *traceState) see(s baggage.Session) {
	if s.ID == "" && (s.DistinctID == "" || ts.isOf(s.DistinctID)) || ts.saw(s) {
		return
	}
	if ts.lens != [3]uint8{} {
		ts.extend().change(ts.last(), s)
	}
	if s.ID == "" && ts.known() {
		return
	}
	ts.lens = [3]uint8{uint8(len(s.ID)), uint8(len(s.WindowID)), uint8(len(s.DistinctID))}
	if n := len(s.ID) + len(s.WindowID) + len(s.DistinctID); n > len(ts.text) {
		ts.extend().long = strings.Join([]string{s.ID, s.WindowID, s.DistinctID}, "")
		return
	}
	n := copy(ts.text[:], s.ID)
	n += copy(ts.text[n:], s.WindowID)
	copy(ts.text[n:], s.DistinctID)
}

// extend returns the part of the state that is not always there.
func (ts *traceState) extend() *traceMore {
	if ts.more == nil {
		ts.more = &traceMore{}
	}
	return ts.more
}

// change notes that one session followed another.
func (more *traceMore) change(from, to baggage.Session) {
	if more.first == nil && from.ID != "" {
		more.first = &from
	}
	if more.person == "" {
		more.person = from.DistinctID
	}
	switch {
	case to.DistinctID == "" || to.DistinctID == more.person:
	case more.person == "":
		more.person = strings.Clone(to.DistinctID)
	case from.ID == to.ID && more.first != nil && more.first.ID == to.ID:
		more.shared = true
	default:
		more.mixed = true
	}
}

// known reports whether any session of the trace is.
func (ts *traceState) known() bool { return ts != nil && ts.lens[0] > 0 }

// lends reports whether the trace has a session for spans that have none.
func (ts *traceState) lends() bool { return ts.known() && (ts.more == nil || !ts.more.mixed) }

// lend returns s, which is one of the trace, as it is for spans that have none.
func (ts *traceState) lend(s baggage.Session) baggage.Session {
	if ts.more != nil && ts.more.shared {
		s.DistinctID = ""
	}
	return s
}

// isOf reports whether the person is the one that was seen last.
func (ts *traceState) isOf(person string) bool {
	_, d, end := ts.ends()
	if end > len(ts.text) {
		return ts.more.long[d:] == person
	}
	return string(ts.text[d:end]) == person
}

// ends returns where the parts of the session end that was seen last.
func (ts *traceState) ends() (id, window, person int) {
	id = int(ts.lens[0])
	window = id + int(ts.lens[1])
	return id, window, window + int(ts.lens[2])
}

// saw reports whether s is the session that was seen last.
func (ts *traceState) saw(s baggage.Session) bool {
	w, d, end := ts.ends()
	if len(s.ID) != w || len(s.WindowID) != d-w || len(s.DistinctID) != end-d {
		return false
	}
	if end > len(ts.text) {
		return ts.last() == s
	}
	return string(ts.text[:w]) == s.ID && string(ts.text[w:d]) == s.WindowID && string(ts.text[d:end]) == s.DistinctID
}

// last returns the session that was seen last.
func (ts *traceState) last() baggage.Session {
	w, d, end := ts.ends()
	text := ""
	if end > len(ts.text) {
		text = ts.more.long
	} else {
		text = string(ts.text[:end])
	}
	return baggage.Session{ID: text[:w], WindowID: text[w:d], DistinctID: text[d:]}
}

// first returns the session that was seen first.
func (ts *traceState) first() baggage.Session {
	if ts.more != nil && ts.more.first != nil {
		return *ts.more.first
	}
	return ts.last()
}

// root returns what is gathered for the event of the trace.
func (ts *traceState) root() *rootState {
	if ts == nil || ts.more == nil {
		return nil
	}
	return ts.more.root
}
