package processor

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// pass notes that a span ended which is not an AI span. The result is not nil
// when the span is to stand for its trace.
func (p *Processor) pass(s sdktrace.ReadOnlySpan, attrs []attribute.KeyValue) sdktrace.ReadOnlySpan {
	if p.memory == nil {
		return nil
	}
	session, named := sessionOf(attrs)
	sc := s.SpanContext()
	sh := p.memory.shard(sc.TraceID())

	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.entries[keyOf(sc)]
	if named && (e == nil || !e.stamped) {
		p.learn(sh, sc.TraceID(), session)
	}
	var ev sdktrace.ReadOnlySpan
	if p.traceEvents && !s.Parent().IsValid() {
		ev = p.traceEvent(sh, e, s, attrs)
	}
	if e != nil {
		p.memory.died(sh, e, false)
	}
	return ev
}

// finish notes that an AI span ended and returns what the next processor gets.
// The lock is taken twice: spans are looked at in between.
func (p *Processor) finish(s sdktrace.ReadOnlySpan, attrs []attribute.KeyValue) sdktrace.ReadOnlySpan {
	w := wrap(s, attrs)
	if p.memory == nil {
		w.orphan()
		return w.result()
	}
	self := describe(s, attrs)
	sc := s.SpanContext()
	session, named := sessionOf(attrs)

	sh := p.memory.shard(sc.TraceID())
	sh.mu.Lock()
	e := sh.entries[keyOf(sc)]
	w.disown(e, session.ID, p.cfg.replay)
	var found bool
	if !named {
		session, found = p.fill(sh, sc.TraceID())
	} else if e == nil || !e.stamped {
		p.learn(sh, sc.TraceID(), session)
	}
	lost := !named && !found && p.remembers
	var buf [8]relative
	line := buf[:0]
	if e != nil {
		if e.remote.IsValid() {
			line = append(line, relative{remote: e.remote})
		}
		p.memory.shorten(sh, e)
		line = p.memory.line(sh, line, e.parent, lost)
		p.memory.died(sh, e, true)
	} else {
		line = p.memory.line(sh, line, sh.entries[keyOf(w.parent)], lost)
	}
	if p.traceEvents {
		p.noteContent(sh, s, self)
	}
	sh.mu.Unlock()

	i, id := p.nearest(line)
	if id.IsValid() {
		w.below(id, i < 0)
	} else {
		w.orphan()
	}
	if lost {
		session, found = p.search(sc.TraceID(), line)
	}
	if found {
		w.stamp(session, p.cfg.replay)
	}
	if p.settle(sh, keyOf(sc), self, line, i) {
		w.add(demote)
	}
	return w.result()
}
