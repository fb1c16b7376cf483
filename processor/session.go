package processor

import (
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// sessions is what a trace knows about its browser session.
type sessions struct {
	first, last *stamp
	// mixed is set when the trace was seen with two people, as that of a batch
	// job is: then one of its sessions says nothing about its other spans.
	mixed bool
}

// see notes a session and returns its stamp, which is the old one when the
// session is.
func (ss *sessions) see(s baggage.Session, replay string) *stamp {
	if ss.last != nil && ss.last.session == s {
		return ss.last
	}
	st := newStamp(clone(s), replay)
	if s.ID == "" {
		return st // A person without a session is no news to other spans.
	}
	if ss.last != nil {
		old := ss.last.session.DistinctID
		ss.mixed = ss.mixed || old != "" && s.DistinctID != "" && old != s.DistinctID
	}
	if ss.first == nil {
		ss.first = st
	}
	ss.last = st
	return st
}

// clone detaches a session from the request header that it was cut from, which
// would otherwise be kept as long as the trace is remembered.
func clone(s baggage.Session) baggage.Session {
	all := strings.Join([]string{s.ID, s.WindowID, s.DistinctID}, "")
	w, d := len(s.ID), len(s.ID)+len(s.WindowID)
	return baggage.Session{ID: all[:w], WindowID: all[w:d], DistinctID: all[d:]}
}

// recall returns the stamp for a span that starts in a trace. The session of
// its own baggage comes first, then that of its parent, then that of the trace.
func (p *Processor) recall(sh *shard, id trace.TraceID, session baggage.Session, ok bool, e *entry) *stamp {
	t := sh.entries[key{trace: id}]
	var st *stamp
	switch {
	case ok && t == nil:
		t = p.memory.add(sh, key{trace: id}, traceRole)
		st = t.sessions.see(session, p.cfg.replay)
	case ok:
		sh.touch(t)
		st = t.sessions.see(session, p.cfg.replay)
	case e != nil && e.parent != nil && e.parent.stamp != nil:
		st = e.parent.stamp
	case t != nil && !t.sessions.mixed:
		sh.touch(t)
		st = t.sessions.last
	}
	if e != nil {
		e.stamp = st
	}
	return st
}

// learn notes a session that the user set on a span by hand.
func (p *Processor) learn(sh *shard, id trace.TraceID, session baggage.Session) {
	if !p.remembers {
		return
	}
	t := sh.entries[key{trace: id}]
	if t == nil {
		t = p.memory.add(sh, key{trace: id}, traceRole)
	}
	t.sessions.see(session, p.cfg.replay)
}

// fill returns the stamp for a span that ended without a session: it started
// before the first session of its trace was known.
func (p *Processor) fill(sh *shard, id trace.TraceID) *stamp {
	if t := sh.entries[key{trace: id}]; t != nil && p.remembers && !t.sessions.mixed {
		return t.sessions.first
	}
	return nil
}

// search looks for a session that the user set on an open ancestor, which will
// end only later.
func (p *Processor) search(id trace.TraceID, line []relative) *stamp {
	for i := range line {
		if line[i].span == nil {
			continue
		}
		if session, ok := sessionOf(line[i].span.Attributes()); ok {
			sh := p.memory.shard(id)
			sh.mu.Lock()
			defer sh.mu.Unlock()
			p.learn(sh, id, session)
			return p.fill(sh, id)
		}
	}
	return nil
}
