package processor

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// localTrace is the part of a trace in this process while any of its spans is
// open or held. The lock of its shard guards it.
type localTrace struct {
	id    trace.TraceID
	gen   uint32     // in memory
	gone  bool       // from memory
	nodes []node     // parents before their children
	room  *[few]node // for the first of them
	index map[trace.SpanID]int32
	open  int // spans that have not ended
	roots int // those of them that have no parent in this process

	held  []heldSpan // in the order in which they ended
	calls []int32    // the latest spans that were forwarded and may have twins
	limit int        // of nodes, until the next look at what can go
	pass  uint32
	// states is the size of its trace events' states, in bytes.
	states int64

	// busy is set while a goroutine forwards spans. Others leave the work to it
	// by setting hurry, and wait for idle.
	busy  bool
	hurry how
	idle  chan struct{}
}

type heldSpan struct {
	at    int32
	bytes int
	due   time.Time
}

// node describes one span.
type node struct {
	id, parent trace.SpanID
	up         int32 // the parent, if it is known; -1 is none
	pass       uint32
	open       bool
	remote     bool
	sampled    bool
	ai         bool // it ended as an AI span
	sent       tracetree.Sent
	// span is set while the span is open or held.
	span    sdktrace.ReadOnlySpan
	session *session.Session // that it started with, then that it ended with
	stamped *session.Session // that it started with, if it ended with another one
	root    *root            // if it has no parent in this process
	past    *tracetree.Span  // what later spans must know of a forwarded one
}

const (
	// few is the number of spans up to which a linear search is faster than a
	// map.
	few = 16
	// maxCalls is how many forwarded calls are remembered.
	maxCalls = 128
)

// find returns the index of a span, or -1.
func (t *localTrace) find(id trace.SpanID) int32 {
	if t.index != nil {
		if i, ok := t.index[id]; ok {
			return i
		}
		return -1
	}
	for i := range t.nodes {
		if t.nodes[i].id == id {
			return int32(i)
		}
	}
	return -1
}

// start adds a span. limit applies to all traces together.
func (t *localTrace) start(n node, limit int64) {
	if len(t.nodes) >= max(t.limit, 256) && !t.busy {
		n.up = t.compact(n.up, int(limit/4))
	}
	t.nodes = append(t.nodes, n)
	t.open++
	switch {
	case t.index != nil:
		t.index[n.id] = int32(len(t.nodes) - 1)
	case len(t.nodes) > few:
		t.reindex()
	}
}

func (t *localTrace) reindex() {
	if t.index == nil {
		t.index = make(map[trace.SpanID]int32, 2*len(t.nodes))
	}
	clear(t.index)
	for i := range t.nodes {
		t.index[t.nodes[i].id] = int32(i)
	}
}

// compact removes ended spans without an open or held descendant. If more than
// limit spans are left, it removes the oldest, except those that the rest
// needs. It returns the new index of a span.
func (t *localTrace) compact(of int32, limit int) int32 {
	needed := make([]bool, len(t.nodes))
	if of >= 0 {
		needed[of] = true
	}
	for _, i := range t.calls {
		needed[i] = true
	}
	left := 0
	for i, n := range slices.Backward(t.nodes) {
		if needed[i] = needed[i] || n.span != nil; needed[i] {
			left++
			if n.up >= 0 {
				needed[n.up] = true
			}
		}
	}
	surplus := left - limit
	moved := make([]int32, len(t.nodes))
	kept := t.nodes[:0]
	for i, n := range t.nodes {
		moved[i] = -1
		if needed[i] && surplus > 0 && n.root == nil && n.span == nil && int32(i) != of {
			needed[i] = false
			surplus--
		}
		if !needed[i] {
			continue
		}
		if n.up >= 0 {
			n.up = moved[n.up]
		}
		moved[i] = int32(len(kept))
		kept = append(kept, n)
	}
	clear(t.nodes[len(kept):])
	t.nodes, t.limit = kept, 2*len(kept)
	for i := range t.held {
		t.held[i].at = moved[t.held[i].at]
	}
	for i := range t.calls {
		t.calls[i] = moved[t.calls[i]]
	}
	t.calls = slices.DeleteFunc(t.calls, func(i int32) bool { return i < 0 })
	t.reindex()
	if of < 0 {
		return -1
	}
	return moved[of]
}

// ended records the end of a span. The node keeps the span if it is to be held:
// an AI span, or a root that may become a trace event.
func (t *localTrace) ended(i int32, s sdktrace.ReadOnlySpan, ai, events bool) {
	n := &t.nodes[i]
	n.open, n.span, n.ai = false, nil, ai && n.sampled
	t.open--
	if n.root != nil {
		t.roots--
	}
	if n.ai || events && n.sampled && n.isTop() {
		n.span = s
	}
	if own := n.says(s, s.EndTime()); !own.IsZero() && (n.session == nil || *n.session != own) {
		n.stamped, n.session = n.session, share(own)
	}
}

// says returns the session that the span names now. A stamped window or consent
// does not belong to a session that was set later.
func (n *node) says(s sdktrace.ReadOnlySpan, at time.Time) session.Session {
	attrs := s.Attributes()
	if n.session != nil && asStamped(attrs, n.session) {
		return *n.session
	}
	own := session.FromSpan(s.Name(), attrs, at)
	if n.session != nil && own.ID != n.session.ID && own.WindowID == n.session.WindowID {
		own.WindowID = ""
	}
	if n.session != nil && own.ID != n.session.ID && own.Consent == n.session.Consent && own.Consent == session.ConsentGiven {
		own.Consent = session.ConsentUnknown
	}
	return own
}

// asStamped reports whether attributes name only the stamped session, as nearly
// all spans do.
func asStamped(attrs []attribute.KeyValue, own *session.Session) bool {
	for i := range attrs {
		value := &attrs[i].Value
		switch attrs[i].Key {
		case session.IDKey:
			if value.AsString() != own.ID {
				return false
			}
		case session.WindowIDKey:
			if value.AsString() != own.WindowID {
				return false
			}
		case session.DistinctIDKey:
			if value.AsString() != own.DistinctID {
				return false
			}
		case session.OptOutKey:
			if session.ConsentOf(*value) != own.Consent {
				return false
			}
		case session.PostHogIDKey, session.CamelIDKey, session.NodeIDKey, session.OTelIDKey, session.PostHogWindowIDKey, session.CamelDistinctIDKey:
			return false
		}
	}
	return true
}

// share returns a copy of a session for the spans that have it.
func share(s session.Session) *session.Session { return &s }

// isTop reports whether PostHog shows the span as the root of its trace.
func (n *node) isTop() bool { return n.root != nil && (n.root.edge || !n.parent.IsValid()) }

// line returns copies of a span and its ancestors, up to the first known AI
// span.
func (t *localTrace) line(id trace.SpanID) []node {
	if t == nil {
		return nil
	}
	var line []node
	for i := t.find(id); i >= 0; i = t.nodes[i].up {
		line = append(line, t.nodes[i])
		if r := t.nodes[i].root; t.nodes[i].ai || r != nil && r.edge {
			break
		}
	}
	return line
}
