package posthogsession

import (
	"container/list"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/collector/internal/outbox"
)

// maxDepth bounds the way up, and ends it where parents go round in circles.
const maxDepth = 1000

// node is what is remembered of a span.
type node struct {
	parent  pcommon.SpanID
	ai      bool
	session *baggage.Session // nil when it has none
}

// traceState is what is known of a trace, and its AI spans that wait.
type traceState struct {
	id      pcommon.TraceID
	nodes   map[pcommon.SpanID]node
	rooted  bool // the root has come
	last    *baggage.Session
	touched time.Time
	used    *list.Element // in the list of traces by last use

	// What the spans tell of the session, taken together.
	session, window, person told

	waiting  []*outbox.Group         // AI spans, those of one request together
	ids      map[pcommon.SpanID]bool // of the spans that wait
	deadline time.Time
	queued   *list.Element // in the list of traces with waiting spans
}

// told is what several spans tell: nothing, one value, or different ones.
type told struct {
	value string
	mixed bool
}

func (k *told) add(value string) {
	switch {
	case value == "" || value == k.value:
	case k.value == "":
		k.value = value
	default:
		k.mixed = true
	}
}

// or returns own, else what all agree on.
func (k *told) or(own string) string {
	if own != "" || k.mixed {
		return own
	}
	return k.value
}

// learn notes a span, and the session that it tells, if that has an ID.
func (t *traceState) learn(s ptrace.Span, ai bool, session baggage.Session) {
	n := node{parent: s.ParentSpanID(), ai: ai}
	if session.ID != "" {
		t.session.add(session.ID)
		t.window.add(session.WindowID)
		t.person.add(session.DistinctID)
		if t.last == nil || *t.last != session {
			t.last = &session
		}
		n.session = t.last
	}
	t.nodes[s.SpanID()] = n
	t.rooted = t.rooted || n.parent.IsEmpty()
}

// line is what a span and those above it tell.
type line struct {
	ai       pcommon.SpanID // the nearest AI span above, if any
	session  *baggage.Session
	complete bool // known up to the root, or as far as it matters
	parent   bool // the parent is known
}

func (t *traceState) above(s ptrace.Span) line {
	l := line{session: t.nodes[s.SpanID()].session}
	id := s.ParentSpanID()
	for depth := range maxDepth {
		if id.IsEmpty() {
			l.complete = true
			return l
		}
		n, ok := t.nodes[id]
		if !ok {
			return l
		}
		l.parent = l.parent || depth == 0
		if l.session == nil {
			l.session = n.session
		}
		if n.ai && l.ai.IsEmpty() {
			l.ai = id
		}
		if l.session != nil && !l.ai.IsEmpty() {
			l.complete = true
			return l
		}
		id = n.parent
	}
	return l
}

// sessionOf returns the session of a span: its own, else that of the nearest
// ancestor, else that of the trace if it has but one. Window and person go with
// the session; what that span does not tell of them, the trace may. The session
// has no ID when none is known.
func (t *traceState) sessionOf(l line) baggage.Session {
	var s baggage.Session
	if l.session != nil {
		s = *l.session
	}
	if t.session.mixed {
		return s
	}
	return baggage.Session{ID: t.session.or(s.ID), WindowID: t.window.or(s.WindowID), DistinctID: t.person.or(s.DistinctID)}
}

// settled reports whether spans to come could tell nothing more about a span.
func (t *traceState) settled(s ptrace.Span) bool {
	l := t.above(s)
	return (l.complete || !l.ai.IsEmpty()) && (t.rooted || t.sessionOf(l).ID != "")
}

// allSettled reports whether nothing waits with reason.
func (t *traceState) allSettled() bool {
	for _, g := range t.waiting {
		for _, rs := range g.Traces.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					if !t.settled(s) {
						return false
					}
				}
			}
		}
	}
	return true
}
