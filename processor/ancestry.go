package processor

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// Spans form a tree of entries in which every entry points at its parent. An
// ancestor that has ended without becoming an AI span can never be anybody's AI
// parent, so the pointers skip it as soon as somebody passes: however deep and
// long-lived a tree is, the way up leads over open spans only.

// link makes parent the parent of e, instead of the one it had.
func (m *memory) link(sh *shard, e, parent *entry) {
	old := e.parent
	if parent != nil {
		parent.refs++
	}
	e.parent = parent
	if old != nil {
		m.unref(sh, old)
	}
}

// shorten makes the parent of e the nearest ancestor that can still matter, and
// does the same for those that it passed.
func (m *memory) shorten(sh *shard, e *entry) {
	top := e.parent
	for top != nil && top.ended && !top.ai && !top.remote.IsValid() {
		top = top.parent
	}
	for p := e; p.parent != top; {
		next := p.parent
		next.refs++ // Linking must not free it yet.
		m.link(sh, p, top)
		if p != e {
			m.unref(sh, p)
		}
		if p = next; p.parent == top {
			m.unref(sh, p)
			return
		}
	}
}

// close marks a span as ended and lets go of it.
func (e *entry) close() {
	e.ended = true
	e.span, e.session, e.window = nil, "", ""
}

// born adds an entry for a span that starts. It reports whether the span is
// connected: false when its parent is in another process or forgotten.
func (m *memory) born(sh *shard, s sdktrace.ReadOnlySpan, sc, parent trace.SpanContext, session baggage.Session, stamped bool) bool {
	k := keyOf(sc)
	if sh.entries[k] != nil {
		return true // A broken id generator. The first span keeps the entry.
	}
	var above *entry
	if parent.IsValid() {
		if above = sh.entries[keyOf(parent)]; above != nil {
			sh.touch(above)
			above.refs++ // Now: adding an entry may evict it.
		}
	}
	e := m.add(sh, k, openSpan)
	e.parent, e.span, e.sampled = above, s, sc.IsSampled()
	e.stamped, e.session, e.window = stamped, session.ID, session.WindowID
	return above != nil || !parent.IsValid()
}

// died moves the entry of a span that ended to the ended ones, so that children
// that start or end later find it. It forgets one that can tell them nothing: the
// span is not an AI span, and there is none above it.
func (m *memory) died(sh *shard, e *entry, ai bool) {
	if e.ended {
		return
	}
	e.ai = ai && e.sampled
	e.close()
	if e.ai {
		m.link(sh, e, nil) // Nobody needs to look beyond it.
		m.enlist(sh, e, endedAI)
		return
	}
	m.shorten(sh, e)
	if e.parent == nil && !e.remote.IsValid() {
		m.evict(sh, e)
		return
	}
	m.enlist(sh, e, endedSpan)
}

// relative is a copy of what counts about an ancestor, to be looked at without
// the lock.
type relative struct {
	key    key
	span   sdktrace.ReadOnlySpan // nil when it has ended
	ai     bool
	remote trace.SpanID
	// sampled is false for a span that is recorded but never exported: it
	// cannot be a parent, as nobody would ever see it.
	sampled bool
}

// line appends e and its ancestors to the line, nearest first. It ends at the
// first one known to be an AI span, unless whole is true.
func (m *memory) line(sh *shard, line []relative, e *entry, whole bool) []relative {
	for ; e != nil; e = e.parent {
		line = append(line, relative{key: e.key, span: e.span, ai: e.ai, remote: e.remote, sampled: e.sampled})
		if e.ai && !whole {
			break
		}
		m.shorten(sh, e)
	}
	return line
}

// nearest finds the first AI span of a line. Open spans are judged by the name
// and the attributes that they have now. The index is -1 when there is none in
// this process; the id may then be that of one in another.
func (p *Processor) nearest(line []relative) (int, trace.SpanID) {
	for i := range line {
		r := &line[i]
		if r.ai || r.sampled && r.span != nil && p.cfg.isAI(r.span.Name(), r.span.Attributes()) {
			return i, r.key.span
		}
		if r.remote.IsValid() {
			return -1, r.remote
		}
	}
	return -1, trace.SpanID{}
}

// lookUp returns the id of the nearest AI span at or above the given span.
func (p *Processor) lookUp(sc trace.SpanContext) (trace.SpanID, bool) {
	if p == nil || !p.tracks || !sc.IsValid() {
		return trace.SpanID{}, false
	}
	var buf [8]relative
	sh := p.memory.shard(sc.TraceID())
	sh.mu.Lock()
	line := p.memory.line(sh, buf[:0], sh.entries[keyOf(sc)], false)
	sh.mu.Unlock()
	_, id := p.nearest(line)
	return id, id.IsValid()
}
