package tracetree

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// calls finds the spans that report the same call. Indices are those of the
// list; -1 is none.
type calls struct {
	t      *tree
	list   []call
	ofSpan []int // the call of a span
	byID   map[idKey]int
	twins  map[twinKey][]int
	merged []int
}

type idKey struct {
	trace trace.TraceID
	kind  Kind
	id    string
}

// call is a generation or an embedding.
type call struct {
	span  int // in the tree
	outer int // the call right around this one, -1 if there is none
	// inside holds up to two calls inside this one that differ from each other.
	inside  [2]int
	wrapper bool

	group int // the call that stands for all that are the same, via others
	next  int // the next call of the group, in a ring
	says  evidence
}

// merge decides which of the spans of a call stays.
func (c *calls) merge(t *tree, out []Result) {
	c.t = t
	c.list = c.list[:0]
	for _, i := range t.order {
		if t.nodes[i].kind.IsCall() {
			c.list = append(c.list, call{span: i})
		}
	}
	if len(c.list) < 2 {
		return
	}
	slices.SortFunc(c.list, func(a, b call) int { return compareTime(&t.spans[a.span], &t.spans[b.span]) })
	c.ofSpan = resize(c.ofSpan, len(t.spans))
	for i := range c.list {
		e := &c.list[i]
		e.group, e.next, e.inside = i, i, [2]int{-1, -1}
		e.says = evidenceOf(&t.spans[e.span].Facts)
		c.ofSpan[e.span] = i + 1
	}
	c.byResponseID()
	c.siblings()
	c.enclosed()
	c.choose(out)
}

// byResponseID joins calls with the same response id.
func (c *calls) byResponseID() {
	if c.byID == nil {
		c.byID = make(map[idKey]int)
	}
	clear(c.byID)
	for i := range c.list {
		s := c.spanOf(i)
		if s.Facts.ResponseID == "" {
			continue
		}
		k := idKey{s.Trace, c.kindOf(i), s.Facts.ResponseID}
		if first, ok := c.byID[k]; ok {
			c.join(first, i)
		} else {
			c.byID[k] = i
		}
	}
}

// enclosed joins calls with the call inside them, from the inside out, and
// finds wrappers.
func (c *calls) enclosed() {
	for i := range c.list {
		c.list[i].outer = c.around(i)
	}
	order := c.merged[:0]
	for i := range c.list {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.nodeOf(b).depth, c.nodeOf(a).depth) })
	for _, i := range order {
		e := &c.list[i]
		first, second := e.inside[0], e.inside[1]
		several := second >= 0 && c.find(first) != c.find(second)
		switch {
		case several && c.spanOf(i).Sent != SentAsCall:
			e.wrapper = true
		case several:
		case first >= 0 && c.find(first) != c.find(i) && c.evidence(i).enclose(c.evidence(first)):
			c.join(first, i)
		}
		if e.outer >= 0 && c.encloses(e.outer, i) {
			if !e.wrapper {
				c.contain(e.outer, i)
			}
			for _, inner := range e.inside {
				c.contain(e.outer, inner)
			}
		}
	}
	c.merged = order
}

// around returns the nearest AI span above if it is a call of the same kind. It
// skips candidates that are not generations.
func (c *calls) around(i int) int {
	n := c.nodeOf(i)
	above := n.nearest
	for above >= 0 && c.t.nodes[above].lost {
		above = c.t.nodes[above].nearest
	}
	if above < 0 || c.t.nodes[above].kind != n.kind || !c.t.opts.Remote && c.t.nodes[above].local != n.local {
		return -1
	}
	return c.ofSpan[above] - 1
}

// encloses compares times. An open span has no end yet.
func (c *calls) encloses(outer, inner int) bool {
	o, i := c.spanOf(outer), c.spanOf(inner)
	return o.Start <= i.Start && (o.Open || !i.Open && i.End <= o.End)
}

// contain notes that a call is inside another one.
func (c *calls) contain(outer, inner int) {
	inside := &c.list[outer].inside
	if inner < 0 {
		return
	}
	for at, known := range inside {
		if known < 0 {
			inside[at] = inner
			return
		}
		if c.find(known) == c.find(inner) {
			return
		}
	}
}

// choose decides for each group which of its spans stays.
func (c *calls) choose(out []Result) {
	var members []int
	c.merged = c.merged[:0]
	for i := range c.list {
		if c.find(i) != i {
			continue
		}
		members = members[:0]
		for at := i; ; {
			if e := &c.list[at]; e.wrapper {
				out[e.span].Kind = Step
			} else {
				members = append(members, at)
			}
			if at = c.list[at].next; at == i {
				break
			}
		}
		if len(members) > 1 {
			slices.SortFunc(members, c.compareWorth)
			c.resolveDuplicate(members, out)
		}
	}
}

// resolveDuplicate lets the first of the members stay. A member that was
// forwarded as a call always stays; one that was forwarded as something else
// cannot.
func (c *calls) resolveDuplicate(members []int, out []Result) {
	stays := c.spanOf(members[0])
	at := c.list[members[0]].span
	if stays.Sent == SentAsStep {
		return // all of them
	}
	from := len(c.merged)
	for _, m := range members[1:] {
		s, span := c.spanOf(m), c.list[m].span
		if s.Sent == SentAsCall {
			continue
		}
		out[span].Kind, out[span].Stays = Step, at
		if s.Sent != Pending || s.Open || stays.Sent != Pending {
			continue
		}
		c.merged = append(c.merged, span)
		if c.t.nodes[span].local == c.t.nodes[at].local {
			out[at].takeSession(&out[span], c.t)
		}
	}
	if from < len(c.merged) {
		out[at].Merged = slices.Clip(c.merged[from:])
	}
}

// takeSession takes the session and the person of another span of the same call
// if r lacks them.
func (r *Result) takeSession(o *Result, t *tree) {
	person := func(r *Result) string {
		if r.Person < 0 {
			return ""
		}
		return t.spans[r.Person].Session.DistinctID
	}
	if r.Session < 0 && (r.Person < 0 || o.Person < 0 || person(r) == person(o)) {
		r.Session = o.Session
	}
	if r.Person < 0 && r.Session == o.Session {
		r.Person = o.Person
	}
}

// compareWorth sorts the span that stays first.
func (c *calls) compareWorth(a, b int) int {
	s, o := c.spanOf(a), c.spanOf(b)
	return cmp.Or(
		cmp.Compare(precedence(s), precedence(o)),
		cmp.Compare(worth(&o.Facts), worth(&s.Facts)),
		cmp.Compare(c.nodeOf(b).aiDepth, c.nodeOf(a).aiDepth),
		compareBool(o.Facts.ResponseID != "", s.Facts.ResponseID != ""),
		compareTime(s, o),
	)
}

// precedence sorts a span that was forwarded as a call first, because that
// cannot change, and a span that must not stay last: an open span may never
// end.
func precedence(s *Span) int {
	switch {
	case s.Sent == SentAsCall:
		return 0
	case s.Sent == SentAsStep:
		return 3
	case s.Open:
		return 2
	}
	return 1
}

// worth is how much of a call a span knows.
func worth(f *Facts) int {
	n := 0
	for _, known := range [...]bool{f.Usage.Known(), f.HasOutput, f.HasInput} {
		if known {
			n++
		}
	}
	return n
}

func (c *calls) spanOf(i int) *Span { return &c.t.spans[c.list[i].span] }
func (c *calls) nodeOf(i int) *node { return &c.t.nodes[c.list[i].span] }
func (c *calls) kindOf(i int) Kind  { return c.nodeOf(i).kind }

// evidence returns the evidence of a group of spans about their call.
func (c *calls) evidence(i int) *evidence { return &c.list[c.find(i)].says }

// find returns the representative of a group.
func (c *calls) find(i int) int {
	for c.list[i].group != i {
		c.list[i].group = c.list[c.list[i].group].group
		i = c.list[i].group
	}
	return i
}

// join merges two groups.
func (c *calls) join(i, j int) {
	i, j = c.find(i), c.find(j)
	if i == j {
		return
	}
	if j < i {
		i, j = j, i
	}
	a, b := &c.list[i], &c.list[j]
	b.group = i
	a.next, b.next = b.next, a.next
	a.says.add(&b.says)
}
