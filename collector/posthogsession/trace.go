package posthogsession

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelposthog/otelposthog-go/collector/internal/retrybuffer"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// What is remembered takes about so many bytes.
const (
	traceBytes   = 300
	nodeBytes    = 40
	idBytes      = 8
	sessionBytes = 150
)

// facts is what one span says.
type facts struct {
	id, parent pcommon.SpanID
	ai         bool
	// edge is set on the span of a request that came from a browser: its parent is
	// nobody's span.
	edge    bool
	session session.Session
}

// node is what is remembered of a span.
type node struct {
	id, parent pcommon.SpanID
	session    *session.Session // nil when it has none
	ai, edge   bool
}

// trace is what is known of a trace, and its AI spans that wait.
type trace struct {
	id      pcommon.TraceID
	nodes   []node
	index   map[pcommon.SpanID]int32 // of nodes, when there are many
	missing idSet                    // parents that have not come
	rooted  bool                     // the root has come
	ai      bool
	last    *session.Session // of the last span that had one: most say the same
	told    int              // sessions that are remembered
	touched time.Time

	waiting      []*retrybuffer.Group // the AI spans of one request together
	waitingBytes int
	ids          idSet // of the spans that wait
	deadline     time.Time

	byUse, byWait links // in the lists by last use and by the begin of the wait
}

// few is how many ids are looked through one by one.
const few = 16

// find returns the place of a span among the nodes, or -1.
func (t *trace) find(id pcommon.SpanID) int32 {
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

// learn notes a span and returns how many bytes more that takes.
func (t *trace) learn(f facts) int {
	before := t.size()
	n := node{id: f.id, parent: f.parent, ai: f.ai, edge: f.edge}
	if f.session.ID != "" || f.session.DistinctID != "" {
		if t.last == nil || *t.last != f.session {
			t.last = &f.session
			t.told++
		}
		n.session = t.last
	}
	if i := t.find(f.id); i >= 0 {
		t.nodes[i] = n
	} else {
		t.nodes = append(t.nodes, n)
		switch {
		case t.index != nil:
			t.index[f.id] = int32(len(t.nodes) - 1)
		case len(t.nodes) > few:
			t.index = make(map[pcommon.SpanID]int32, 2*few)
			for i := range t.nodes {
				t.index[t.nodes[i].id] = int32(i)
			}
		}
	}
	t.missing.remove(f.id)
	switch {
	case f.parent.IsEmpty() || f.edge:
		t.rooted = true
	case t.find(f.parent) < 0:
		t.missing.add(f.parent)
	}
	return t.size() - before
}

func (t *trace) size() int {
	size := traceBytes + nodeBytes*cap(t.nodes) + idBytes*t.missing.len() + sessionBytes*t.told
	if t.index != nil {
		size += nodeBytes * len(t.index)
	}
	return size
}

// complete reports whether the way up to the root is known from every span.
func (t *trace) complete() bool { return t.rooted && t.missing.len() == 0 }

// idSet is a set of span ids, small in most traces.
type idSet struct {
	list []pcommon.SpanID
	big  map[pcommon.SpanID]struct{}
}

func (s *idSet) len() int { return len(s.list) + len(s.big) }

func (s *idSet) has(id pcommon.SpanID) bool {
	if s.big != nil {
		_, ok := s.big[id]
		return ok
	}
	return slices.Contains(s.list, id)
}

func (s *idSet) add(id pcommon.SpanID) {
	switch {
	case s.has(id):
	case s.big != nil:
		s.big[id] = struct{}{}
	case len(s.list) < few:
		s.list = append(s.list, id)
	default:
		s.big = make(map[pcommon.SpanID]struct{}, 2*few)
		for _, other := range s.list {
			s.big[other] = struct{}{}
		}
		s.list = nil
		s.big[id] = struct{}{}
	}
}

func (s *idSet) remove(id pcommon.SpanID) {
	if s.big != nil {
		delete(s.big, id)
		return
	}
	if i := slices.Index(s.list, id); i >= 0 {
		s.list = slices.Delete(s.list, i, i+1)
	}
}
