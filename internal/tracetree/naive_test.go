package tracetree_test

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// naive says what Resolve says, for spans without cycles and with ids of their
// own, in the words of the documentation and without a thought about time: every
// ancestor is walked to anew, every pair of calls is looked at.
type naive struct {
	spans []tracetree.Span
	opts  tracetree.Options
}

func (n *naive) parent(i int) int {
	s := n.spans[i]
	if s.Edge || !s.Parent.IsValid() {
		return -1
	}
	return slices.IndexFunc(n.spans, func(o tracetree.Span) bool { return o.ID == s.Parent && o.Trace == s.Trace })
}

// ancestors are listed from the nearest up.
func (n *naive) ancestors(i int) (list []int) {
	for i = n.parent(i); i >= 0; i = n.parent(i) {
		list = append(list, i)
	}
	return list
}

func (n *naive) isAI(i int) bool {
	return !n.spans[i].Unsampled && n.spans[i].Facts.Kind != tracetree.NotAI
}

func (n *naive) place(i int) (tracetree.Place, trace.SpanID) {
	top := i
	for _, a := range n.ancestors(i) {
		if n.isAI(a) {
			return tracetree.Below, n.spans[a].ID
		}
		top = a
	}
	s := n.spans[top]
	switch {
	case !s.Parent.IsValid() && top == i:
		return tracetree.Root, trace.SpanID{}
	case !s.Parent.IsValid() || s.Edge:
		return tracetree.Top, trace.SpanID{}
	case s.Caller.IsValid():
		return tracetree.Below, s.Caller
	}
	return tracetree.Unknown, trace.SpanID{}
}

// local lists a span and its ancestors up to a remote parent.
func (n *naive) local(i int) (list []int) {
	for ; i >= 0; i = n.parent(i) {
		list = append(list, i)
		if n.spans[i].Remote {
			break
		}
	}
	return list
}

func (n *naive) line(i int) []int {
	if n.opts.Remote {
		return append([]int{i}, n.ancestors(i)...)
	}
	return n.local(i)
}

func (n *naive) who(i int) (of, person int) {
	of, person = -1, -1
	line := n.line(i)
	var id, name string
	for _, a := range slices.Backward(line) {
		s := n.spans[a].Session
		switch {
		case s.ID != "":
			if s.ID != id {
				person = -1
			}
			of = a
		case s.DistinctID != "" && person >= 0 && s.DistinctID != name:
			if id != "" {
				person = -1
			}
			of = -1
		}
		if id = ""; of >= 0 {
			id = n.spans[of].Session.ID
		}
		if s.DistinctID != "" {
			person = a
		}
		if name = ""; person >= 0 {
			name = n.spans[person].Session.DistinctID
		}
	}
	return of, person
}

// optedOut reports whether a span or one above it opted out.
func (n *naive) optedOut(i int) bool {
	return slices.ContainsFunc(n.line(i), func(a int) bool { return n.spans[a].Session.Consent == session.ConsentRefused })
}

// mayConsent reports whether a span or one above it with the same session and
// person gave a consent, and nothing says otherwise.
func (n *naive) mayConsent(i int) bool {
	return !n.optedOut(i) && slices.ContainsFunc(n.line(i), func(a int) bool {
		of, person := n.who(i)
		above, aPerson := n.who(a)
		return n.spans[a].Session.Consent == session.ConsentGiven && n.id(of) == n.id(above) && (person < 0 || aPerson < 0 || n.name(person) == n.name(aPerson))
	})
}

func (n *naive) id(i int) string {
	if i < 0 {
		return ""
	}
	return n.spans[i].Session.ID
}

func (n *naive) name(i int) string { return n.spans[i].Session.DistinctID }

// kinds says which spans are calls, and which candidates are none.
func (n *naive) kinds() (kinds []tracetree.Kind, lost []bool) {
	lost = make([]bool, len(n.spans))
	for i, s := range n.spans {
		k := s.Facts.Kind
		if s.Unsampled {
			k = tracetree.NotAI
		}
		if k == tracetree.Step && s.Facts.Candidate {
			for j, o := range n.spans {
				above := slices.Contains(n.ancestors(i), j) && !o.Facts.Candidate
				below := slices.Contains(n.ancestors(j), i)
				lost[i] = lost[i] || n.isAI(j) && o.Facts.Usage.Known() && (above || below)
			}
			if !lost[i] {
				k = tracetree.Generation
			}
		}
		kinds = append(kinds, k)
	}
	return kinds, lost
}

// group is what is known of one call.
type group []int

func (n *naive) knows(g group) (ids, models []string, inputs []uint64, in, out []tracetree.Usage) {
	for _, i := range g {
		f := n.spans[i].Facts
		if f.ResponseID != "" {
			ids = append(ids, f.ResponseID)
		}
		models = append(models, f.Models[:]...)
		if f.Input != 0 {
			inputs = append(inputs, f.Input)
		}
		if f.Usage.Input > 0 {
			in = append(in, f.Usage)
		}
		if f.Usage.Output > 0 {
			out = append(out, f.Usage)
		}
	}
	return ids, models, inputs, in, out
}

func (n *naive) compatible(a, b group, counts bool) bool {
	aIDs, aModels, aInputs, aIn, aOut := n.knows(a)
	bIDs, bModels, bInputs, bIn, bOut := n.knows(b)
	differ := func(a, b int) bool { return a > 0 && b > 0 }
	if differ(len(aIDs), len(bIDs)) && !slices.Contains(aIDs, bIDs[0]) ||
		differ(len(aInputs), len(bInputs)) && slices.Min(aInputs) != slices.Min(bInputs) {
		return false
	}
	in := len(aIn) > 0 && len(bIn) > 0
	out := len(aOut) > 0 && len(bOut) > 0
	if out && most(aOut) != most(bOut) || counts && !(in && out) { // all inputs are equal here
		return false
	}
	return slices.ContainsFunc(aModels, func(m string) bool {
		return slices.ContainsFunc(bModels, func(o string) bool { return tracetree.SameModel(m, o) })
	})
}

// most is the count of a group whose ids are equal and whose counts are not.
func most(list []tracetree.Usage) (output int64) {
	for _, u := range list {
		output = max(output, u.Output)
	}
	return output
}

func (n *naive) calls() (kinds []tracetree.Kind, stays []int) {
	kinds, lost := n.kinds()
	stays = make([]int, len(n.spans))
	var all []int
	for i := range n.spans {
		stays[i] = -1
		if kinds[i].IsCall() {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(i, j int) int {
		a, b := n.spans[i], n.spans[j]
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), bytes.Compare(a.Trace[:], b.Trace[:]), bytes.Compare(a.ID[:], b.ID[:]))
	})
	groups := map[int]*group{}
	for _, i := range all {
		groups[i] = &group{i}
	}
	join := func(i, j int) {
		g, o := groups[i], groups[j]
		if g == o {
			return
		}
		*g = append(*g, *o...)
		for _, m := range *o {
			groups[m] = g
		}
	}
	pairs := func(same func(i, j int) bool) {
		for a := range all {
			for b := a - 1; b >= 0; b-- { // the latest first
				if i, j := all[a], all[b]; kinds[i] == kinds[j] && n.spans[i].Trace == n.spans[j].Trace && same(i, j) {
					join(j, i)
				}
			}
		}
	}
	pairs(func(i, j int) bool {
		id := n.spans[i].Facts.ResponseID
		return id != "" && id == n.spans[j].Facts.ResponseID
	})
	taken := map[int]bool{} // found its twin
	pairs(func(i, j int) bool {
		a, b := n.spans[i], n.spans[j]
		scope := func(g group) (list []string) {
			for _, m := range g {
				list = append(list, n.spans[m].Scope)
			}
			return list
		}
		counted := func(s tracetree.Span) bool { return s.Facts.Usage.Input > 0 && s.Facts.Usage.Output > 0 && !s.Open }
		if taken[i] || !a.Parent.IsValid() || a.Parent != b.Parent || !counted(a) || !counted(b) ||
			a.Facts.Usage.Input != b.Facts.Usage.Input || a.Facts.Usage.Output != b.Facts.Usage.Output ||
			!(a.Start < b.End && b.Start < a.End || a.Start == b.Start) ||
			!n.compatible(*groups[i], *groups[j], true) ||
			slices.ContainsFunc(scope(*groups[i]), func(s string) bool { return slices.Contains(scope(*groups[j]), s) }) {
			return false
		}
		taken[i] = true
		return true
	})

	wrapper := map[int]bool{}
	around := func(i int) int {
		for _, a := range n.ancestors(i) {
			if kinds[a] == tracetree.NotAI || lost[a] {
				continue
			}
			if kinds[a] == kinds[i] && (n.opts.Remote || slices.Contains(n.local(i), a)) {
				return a
			}
			break
		}
		return -1
	}
	inTime := func(o, i int) bool {
		a, b := n.spans[o], n.spans[i]
		return a.Start <= b.Start && (a.Open || !b.Open && b.End <= a.End)
	}
	// inside lists the calls inside of one, wrappers left aside.
	var inside func(o int) []int
	inside = func(o int) (list []int) {
		for _, i := range all {
			if around(i) == o && inTime(o, i) {
				if !wrapper[i] {
					list = append(list, i)
				}
				list = append(list, inside(i)...)
			}
		}
		return list
	}
	byDepth := slices.Clone(all)
	slices.SortStableFunc(byDepth, func(a, b int) int { return cmp.Compare(len(n.ancestors(b)), len(n.ancestors(a))) })
	for _, o := range byDepth {
		var different []*group
		in := inside(o)
		for _, i := range in {
			if !slices.Contains(different, groups[i]) {
				different = append(different, groups[i])
			}
		}
		switch {
		case len(different) > 1:
			wrapper[o] = n.spans[o].Sent != tracetree.SentAsCall
		case len(different) == 1 && different[0] != groups[o] && n.compatible(*groups[o], *different[0], false):
			join(in[0], o)
		}
	}

	done := map[*group]bool{}
	for _, i := range all {
		g := groups[i]
		if done[g] {
			continue
		}
		done[g] = true
		best := -1
		for _, m := range *g {
			if wrapper[m] {
				kinds[m] = tracetree.Step
			} else if best < 0 || n.better(m, best) {
				best = m
			}
		}
		if best < 0 || n.spans[best].Sent == tracetree.SentAsStep {
			continue
		}
		for _, m := range *g {
			if m != best && !wrapper[m] && n.spans[m].Sent != tracetree.SentAsCall {
				kinds[m], stays[m] = tracetree.Step, best
			}
		}
	}
	return kinds, stays
}

func (n *naive) better(i, j int) bool {
	rank := func(i int) []int {
		s := n.spans[i]
		f := s.Facts
		depth := 0
		for _, a := range n.ancestors(i) {
			if n.isAI(a) {
				depth++
			}
		}
		return []int{
			b2i(s.Sent == tracetree.SentAsCall), b2i(s.Sent != tracetree.SentAsStep), b2i(!s.Open),
			b2i(f.Usage.Known()) + b2i(f.HasOutput) + b2i(f.HasInput), depth, b2i(f.ResponseID != ""),
			-int(s.Start), -int(s.End),
		}
	}
	if c := slices.Compare(rank(i), rank(j)); c != 0 {
		return c > 0
	}
	return bytes.Compare(n.spans[i].ID[:], n.spans[j].ID[:]) < 0
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// randomSpans returns spans of two traces with few different values, so that
// all rules meet.
func randomSpans(r *rand.Rand, count int) []tracetree.Span {
	var spans []tracetree.Span
	for i := range count {
		s := tracetree.Span{Trace: trace.TraceID{byte(1 + r.IntN(8)/7)}, ID: trace.SpanID{byte(i + 1)}}
		if i > 0 && r.IntN(10) > 0 {
			s.Parent = trace.SpanID{byte(1 + r.IntN(i))}
		} else if r.IntN(3) == 0 {
			s.Parent = trace.SpanID{200}
		}
		s.Start = int64(i + r.IntN(3))
		s.End = s.Start + int64(r.IntN(2*count-i))
		if r.IntN(8) == 0 {
			s.Open, s.End = true, 0
		}
		s.Remote = s.Parent.IsValid() && r.IntN(8) == 0
		s.Edge = s.Remote && r.IntN(2) == 0
		if s.Remote && r.IntN(2) == 0 {
			s.Caller = trace.SpanID{201}
		}
		s.Unsampled = r.IntN(12) == 0
		s.Scope = []string{"a", "b"}[r.IntN(2)]
		if r.IntN(3) == 0 {
			s.Session = session.Session{ID: []string{"", "s", "t"}[r.IntN(3)], DistinctID: []string{"", "p", "q"}[r.IntN(3)]}
			s.Session.Consent = session.Consent(max(0, r.IntN(5)-2))
		}
		if !s.Open {
			s.Sent = tracetree.Sent(max(0, r.IntN(12)-9))
		}
		f := &s.Facts
		f.Kind = []tracetree.Kind{tracetree.NotAI, tracetree.Step, tracetree.Generation, tracetree.Generation, tracetree.Generation, tracetree.Embedding}[r.IntN(6)]
		f.Candidate = f.Kind == tracetree.Step && r.IntN(3) == 0
		f.ResponseID = []string{"", "", "1", "2"}[r.IntN(4)]
		f.Models = [2]string{[]string{"", "m", "m", "m", "n"}[r.IntN(5)], []string{"", "m"}[r.IntN(2)]}
		if r.IntN(2) == 0 || f.Candidate {
			f.Usage = tracetree.Usage{Input: 5, Output: int64(1 + r.IntN(8)/7)}
		}
		f.Input = uint64(max(0, r.IntN(8)-5))
		f.HasOutput, f.HasInput = r.IntN(2) == 0, r.IntN(3) == 0
		spans = append(spans, s)
	}
	return spans
}

func TestAgreesWithTheNaiveOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var resolver tracetree.Resolver
	merged, given := 0, 0
	for round := range 5_000 {
		spans := randomSpans(r, 1+r.IntN(24))
		opts := tracetree.Options{Remote: round%2 == 0}
		n := naive{spans, opts}
		kinds, stays := n.calls()
		for i, got := range resolver.Resolve(spans, opts) {
			place, above := n.place(i)
			require.Equal(t, place, got.Place, "round %d, span %d", round, i)
			require.Equal(t, above, got.Parent, "round %d, span %d", round, i)
			require.Equal(t, kinds[i], got.Kind, "round %d, span %d of %+v", round, i, spans)
			require.Equal(t, stays[i], got.Stays, "round %d, span %d", round, i)
			line := n.line(i)
			require.Equal(t, line[len(line)-1], got.Root, "round %d, span %d", round, i)
			if len(got.Merged) == 0 {
				of, person := n.who(i)
				require.Equal(t, n.optedOut(i), got.Consent == session.ConsentRefused, "round %d, span %d", round, i)
				if got.Consent == session.ConsentGiven {
					require.True(t, n.mayConsent(i), "round %d, span %d", round, i)
					given++
				}
				require.Equal(t, [2]int{of, person}, [2]int{got.Session, got.Person}, "round %d, span %d", round, i)
			}
			merged += len(got.Merged)
		}
	}
	require.Greater(t, merged, 1_000, "the rules meet")
	require.Greater(t, given, 1_000)
}
