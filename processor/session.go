package processor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// camelSessionIDKey is another spelling that PostHog takes for $session_id.
const camelSessionIDKey = attribute.Key("posthogSessionId")

// sessionOf returns the session that a span names itself.
func sessionOf(set []attribute.KeyValue) (s baggage.Session, ok bool) {
	for i := range set {
		k := set[i].Key
		if len(k) < 7 || k[0] != '$' && k[0] != 'p' {
			continue // This runs for every attribute of every span.
		}
		switch k {
		case semconv.SessionIDKey:
			s.ID = set[i].Value.AsString()
		case semconv.PostHogSessionIDKey, camelSessionIDKey:
			if s.ID == "" {
				s.ID = set[i].Value.AsString()
			}
		case semconv.WindowIDKey:
			s.WindowID = set[i].Value.AsString()
		case semconv.DistinctIDKey:
			s.DistinctID = set[i].Value.AsString()
		}
	}
	return s, s.ID != ""
}

// recall returns the session for a span whose baggage has none: that of its
// parent, which may not be the only one of the trace, else that of the trace.
func (p *Processor) recall(ctx context.Context, id trace.TraceID, parent trace.SpanContext) (s baggage.Session, ok bool) {
	sh := p.memory.shard(id)
	sh.mu.Lock()
	t := sh.traces.find(id, sh.age)
	known := t.known()
	if t.lends() {
		s, ok = t.lend(t.last()), true
	}
	sh.mu.Unlock()
	if !known {
		return s, false
	}
	// The parent can be read after its end, too.
	if above, readable := trace.SpanFromContext(ctx).(sdktrace.ReadOnlySpan); readable && above.SpanContext().Equal(parent) {
		if own, named := sessionOf(above.Attributes()); named && wellFormed(own.ID) {
			return wellFormedParts(own), true
		}
	}
	return s, ok
}

// learn notes a session that the user set on a span by hand, if the trace has no
// other.
func (p *Processor) learn(sh *shard, id trace.TraceID, s baggage.Session) {
	if !p.remembers || !wellFormed(s.ID) {
		return
	}
	if t := p.memory.trace(sh, id); !t.known() {
		t.see(wellFormedParts(s))
	}
}

// wellFormedParts removes what cannot be a window or a person from a session that
// was set by hand.
func wellFormedParts(s baggage.Session) baggage.Session {
	if !wellFormed(s.WindowID) {
		s.WindowID = ""
	}
	if len(s.DistinctID) > maxIDBytes {
		s.DistinctID = ""
	}
	return s
}

// maxIDBytes bounds every id, as it does in baggage.
const maxIDBytes = 200

func wellFormed(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return len(id) <= maxIDBytes
}

// fill returns the session for a span that ended without one: it started before
// the first session of its trace was known.
func (p *Processor) fill(sh *shard, id trace.TraceID) (s baggage.Session, ok bool) {
	if t := sh.traces.find(id, sh.age); p.remembers && t.lends() {
		return t.lend(t.first()), true
	}
	return s, false
}

// search looks for a session that the user set on an open ancestor, which will
// end only later.
func (p *Processor) search(id trace.TraceID, line []relative) (baggage.Session, bool) {
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
	return baggage.Session{}, false
}
