package tracetree

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// tree holds for each span its ancestors and what it inherits from them.
type tree struct {
	spans []Span
	opts  Options
	nodes []node
	index map[key]int
	order []int // every span once, parents first
	path  []int
}

type key struct {
	trace trace.TraceID
	span  trace.SpanID
}

// node holds the derived data of one span. Indices refer to the spans; -1 is
// none.
type node struct {
	first  int // the span itself, unless another one has the same ids
	parent int
	depth  int
	walk   int // the last walk that came by, for finding cycles

	kind    Kind
	nearest int // AI span above
	above   trace.SpanID
	place   Place
	root    int // over remote parents where that is allowed
	local   int // the topmost span above in the same process
	session int
	person  int
	consent session.Consent
	aiDepth int // AI spans above

	usageAbove bool // an AI span above that is no candidate has usage
	usageBelow bool
	lost       bool // a candidate that is no generation
}

// few is the number of spans up to which a linear search is faster than a map.
const few = 16

func (t *tree) build(spans []Span, opts Options) {
	t.spans, t.opts = spans, opts
	t.nodes = resize(t.nodes, len(spans))
	t.unify()
	for i := range spans {
		n, s := &t.nodes[i], &spans[i]
		n.parent = -1
		if s.Parent.IsValid() && !s.Edge {
			n.parent = t.find(s.Trace, s.Parent)
		}
	}
	t.cutCycles()
	t.sort()
	for _, i := range t.order {
		t.inherit(i)
	}
}

// unify finds spans with the same ids. One of them, independent of the order,
// represents all.
func (t *tree) unify() {
	for i := range t.nodes {
		t.nodes[i].first = i
	}
	if len(t.spans) <= few {
		for i := range t.spans {
			for j := range i {
				if t.spans[i].ID == t.spans[j].ID && t.spans[i].Trace == t.spans[j].Trace && t.nodes[j].first == j {
					t.prefer(i, j)
				}
			}
		}
	} else {
		if t.index == nil {
			t.index = make(map[key]int, len(t.spans))
		}
		clear(t.index)
		for i := range t.spans {
			k := key{t.spans[i].Trace, t.spans[i].ID}
			if j, ok := t.index[k]; ok {
				i = t.prefer(i, j)
			}
			t.index[k] = i
		}
	}
	for i := range t.nodes {
		t.nodes[i].first = t.standsFor(i)
	}
}

// prefer chooses which of two spans with the same ids represents both.
func (t *tree) prefer(i, j int) int {
	if compareCopies(&t.spans[i], &t.spans[j]) < 0 {
		i, j = j, i
	}
	t.nodes[i].first = j
	return j
}

func (t *tree) standsFor(i int) int {
	for t.nodes[i].first != i {
		i = t.nodes[i].first
	}
	return i
}

// compareCopies is positive if a is preferred to b: it was forwarded, or has
// ended, or is an AI span. The other comparisons make the choice independent of
// the order.
func compareCopies(a, b *Span) int {
	return cmp.Or(
		cmp.Compare(a.Sent, b.Sent), compareBool(b.Open, a.Open), cmp.Compare(a.Facts.Kind, b.Facts.Kind),
		cmp.Compare(a.End, b.End), cmp.Compare(b.Start, a.Start), compareBool(b.Unsampled, a.Unsampled),
		compareBool(a.Facts.Usage.Known(), b.Facts.Usage.Known()), compareBool(a.Facts.HasOutput, b.Facts.HasOutput),
		strings.Compare(a.Session.ID, b.Session.ID), cmp.Compare(a.Session.Consent, b.Session.Consent), bytes.Compare(a.Parent[:], b.Parent[:]),
		strings.Compare(a.Facts.ResponseID, b.Facts.ResponseID), strings.Compare(a.Scope, b.Scope),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// find returns the span of these ids, or -1.
func (t *tree) find(id trace.TraceID, span trace.SpanID) int {
	if len(t.spans) > few {
		if i, ok := t.index[key{id, span}]; ok {
			return i
		}
		return -1
	}
	for i := range t.spans {
		if t.spans[i].ID == span && t.spans[i].Trace == id {
			return t.nodes[i].first
		}
	}
	return -1
}

// cutCycles removes the parent of the earliest span in each cycle.
func (t *tree) cutCycles() {
	for i := range t.nodes {
		at := i
		for at >= 0 && t.nodes[at].walk == 0 {
			t.nodes[at].walk = i + 1
			at = t.nodes[at].parent
		}
		if at < 0 || t.nodes[at].walk != i+1 {
			continue
		}
		earliest := at
		for next := t.nodes[at].parent; next != at; next = t.nodes[next].parent {
			if compareTime(&t.spans[next], &t.spans[earliest]) < 0 {
				earliest = next
			}
		}
		t.nodes[earliest].parent = -1
	}
}

// compareTime orders spans by start. The other comparisons make it independent
// of the input order.
func compareTime(a, b *Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End),
		bytes.Compare(a.Trace[:], b.Trace[:]), bytes.Compare(a.ID[:], b.ID[:]))
}

// sort puts parents before their children.
func (t *tree) sort() {
	t.order = t.order[:0]
	for i := range t.nodes {
		t.path = t.path[:0]
		at := i
		for ; at >= 0 && t.nodes[at].depth == 0; at = t.nodes[at].parent {
			t.path = append(t.path, at)
		}
		for _, at := range slices.Backward(t.path) {
			n := &t.nodes[at]
			n.depth = 1
			if n.parent >= 0 {
				n.depth += t.nodes[n.parent].depth
			}
			if n.first == at {
				t.order = append(t.order, at)
			}
		}
	}
}

// inherit copies what a span inherits from its parent, which was processed
// before it.
func (t *tree) inherit(i int) {
	n, s := &t.nodes[i], &t.spans[i]
	n.kind = s.Facts.Kind
	if s.Unsampled {
		n.kind = NotAI
	}
	n.nearest, n.root, n.local, n.session, n.person = -1, i, i, -1, -1
	n.consent = s.Session.Consent
	if s.Session.ID != "" {
		n.session = i
	}
	if s.Session.DistinctID != "" {
		n.person = i
	}
	if n.parent < 0 {
		switch {
		case !s.Parent.IsValid():
			n.place = Root
		case s.Edge:
			n.place = Top
		case s.Caller.IsValid():
			n.place, n.above = Below, s.Caller
		}
		return
	}
	p := &t.nodes[n.parent]
	n.aiDepth = p.aiDepth
	if p.kind != NotAI {
		n.aiDepth++
		n.nearest, n.place, n.above = n.parent, Below, t.spans[n.parent].ID
	} else if n.nearest, n.place, n.above = p.nearest, p.place, p.above; n.place == Root {
		n.place = Top
	}
	if !s.Remote {
		n.local = p.local
	}
	if !s.Remote || t.opts.Remote {
		n.root = p.root
		t.inheritSession(n, p, s)
	}
}

// inheritSession copies no session to a span that names another person or
// another session.
func (t *tree) inheritSession(n, p *node, s *Span) {
	person := t.personOf(p)
	if n.session < 0 && (s.Session.DistinctID == "" || person == "" || person == s.Session.DistinctID) {
		n.session = p.session
	}
	if n.person < 0 && t.sessionOf(n) == t.sessionOf(p) {
		n.person = p.person
	}
	samePerson := n.person < 0 || person == "" || t.personOf(n) == person
	n.consent = s.Session.Inherit(p.consent, samePerson && t.sessionOf(n) == t.sessionOf(p))
}

func (t *tree) sessionOf(n *node) string {
	if n.session < 0 {
		return ""
	}
	return t.spans[n.session].Session.ID
}

func (t *tree) personOf(n *node) string {
	if n.person < 0 {
		return ""
	}
	return t.spans[n.person].Session.DistinctID
}

// candidates decides which spans without an operation are generations.
func (t *tree) candidates() {
	some := false
	for i := range t.spans {
		some = some || t.spans[i].Facts.Candidate
	}
	if !some {
		return
	}
	for _, i := range slices.Backward(t.order) {
		n := &t.nodes[i]
		if p := n.parent; p >= 0 && (n.usageBelow || t.hasUsage(i)) {
			t.nodes[p].usageBelow = true
		}
	}
	for _, i := range t.order {
		n := &t.nodes[i]
		if p := n.parent; p >= 0 {
			n.usageAbove = t.nodes[p].usageAbove || t.hasUsage(p) && !t.spans[p].Facts.Candidate
		}
		if n.kind != Step || !t.spans[i].Facts.Candidate {
			continue
		}
		if n.lost = n.usageAbove || n.usageBelow; !n.lost {
			n.kind = Generation
		}
	}
}

func (t *tree) hasUsage(i int) bool {
	return t.nodes[i].kind != NotAI && t.spans[i].Facts.Usage.Known()
}
