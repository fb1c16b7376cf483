package shrink

import (
	"fmt"
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// dropStructure removes pieces until the skeleton needs at most half of the
// room, so that some is left for texts.
func (s *shrinker) dropStructure() {
	budget := s.limit / 2
	over := s.skeleton() - budget
	if over <= 0 {
		return
	}
	over -= s.dropAttributes(budget / 2)
	for _, c := range []class{tools, states} {
		over -= s.flatten(c, over)
	}
	over -= s.dropMessages(over)
	s.flatten(turns, over)
}

// dropAttributes removes unknown attributes, the last ones first, until their
// skeletons fit in room. It returns how much it saved.
func (s *shrinker) dropAttributes(room int) (saved int) {
	need := -room
	for i := range s.parts {
		if s.parts[i].class == other {
			need += s.parts[i].skeleton
		}
	}
	for i := range slices.Backward(s.parts) {
		if p := &s.parts[i]; p.class == other && saved < need {
			saved += p.skeleton
			p.gone = true
			p.measure()
		}
	}
	return saved
}

// flatten discards the trees of a class, the largest first, until that saves
// need bytes.
func (s *shrinker) flatten(c class, need int) (saved int) {
	var trees []*part
	for i := range s.parts {
		if p := &s.parts[i]; p.class == c && p.tree != nil && !p.tree.Is(jsontree.String) {
			trees = append(trees, p)
		}
	}
	slices.SortStableFunc(trees, func(a, b *part) int { return b.skeleton - a.skeleton })
	for _, p := range trees {
		if saved >= need {
			break
		}
		before := p.skeleton
		p.flatten()
		saved += before - p.skeleton
	}
	return saved
}

// dropMessages removes messages of the middle, the oldest first, and leaves a
// note in their place.
func (s *shrinker) dropMessages(need int) (saved int) {
	for i := range s.parts {
		p := &s.parts[i]
		if p.class != turns || p.tree == nil || !p.tree.Is(jsontree.Array) || need <= 0 {
			continue
		}
		before := p.skeleton
		p.dropMessages(need)
		p.measure()
		saved += before - p.skeleton
	}
	return saved
}

func (p *part) dropMessages(need int) {
	items := p.tree.Items
	classes := classify(items)
	first := slices.Index(classes, middle)
	if first < 0 {
		return
	}
	kept := slices.Clone(items[:first])
	dropped, saved := 0, 0
	at := len(kept)
	for i := first; i < len(items); i++ {
		if classes[i] == middle && saved < need {
			saved += skeletonOf(&items[i])
			dropped++
			continue
		}
		kept = append(kept, items[i])
	}
	p.tree.Items = slices.Insert(kept, at, note(items[first], dropped))
}

// skeletonOf is the size of a message whose texts are as short as possible.
func skeletonOf(n *jsontree.Node) int {
	var p part
	size := p.collect(n, middle) + 1
	for i := range p.texts {
		size += p.texts[i].least()
	}
	return size
}

// note says, in the shape of the messages, how many are missing.
func note(example jsontree.Node, n int) jsontree.Node {
	text := jsontree.Str(fmt.Sprintf("[... %d messages cut ...]", n))
	if !example.Is(jsontree.Object) {
		return text
	}
	return jsontree.Obj(
		jsontree.Member{Name: "role", Value: jsontree.Str("system")},
		jsontree.Member{Name: "content", Value: text},
	)
}
