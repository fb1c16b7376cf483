package processor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

// naive is what the processor claims to know, written down without any regard
// to cost.
type naive struct {
	parent *naive
	trace  *naiveTrace
	local  *naiveLocal
	top    bool // without a parent in this process
	span   trace.Span
	ctx    context.Context
	ai     bool // by now
	ended  bool
}

// naiveTrace has its local part, which is another one when nothing was open in
// between.
type naiveTrace struct{ now *naiveLocal }

type naiveLocal struct {
	open, roots int
	held        []*naive
}

// above is the nearest span above that is an AI span by now.
func (n *naive) above() *naive {
	for p := n.parent; p != nil; p = p.parent {
		if p.ai {
			return p
		}
	}
	return nil
}

// TestAgainstNaiveModel grows random forests in random order, spans becoming AI
// spans, ending and getting children at any time, and compares every parent.
func TestAgainstNaiveModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 17))
			pl := newPipeline(t)
			aiShare := rnd.Float64()
			var all []*naive
			want := map[trace.SpanID]trace.SpanID{}
			roots := map[trace.SpanID]bool{}
			handOn := func(n *naive) {
				id := n.span.SpanContext().SpanID()
				want[id] = trace.SpanID{}
				if p := n.above(); p != nil {
					want[id] = p.span.SpanContext().SpanID()
				}
			}
			end := func(n *naive) {
				if n.ended {
					return
				}
				n.ended = true
				n.local.open--
				if n.top {
					n.local.roots--
				}
				n.span.End()
				if n.ai {
					n.local.held = append(n.local.held, n)
				}
				if n.local.roots == 0 { // the local part is complete, or was before
					for _, held := range n.local.held {
						handOn(held)
					}
					n.local.held = nil
				}
			}
			for range 300 {
				switch pick := rnd.IntN(10); {
				case len(all) == 0 || pick < 5:
					n := &naive{ctx: t.Context(), ai: rnd.Float64() < aiShare, trace: &naiveTrace{}}
					orphan := false
					if len(all) > 0 && rnd.IntN(8) > 0 {
						// Mostly below a recent one, which makes deep trees.
						above := all[max(0, len(all)-1-rnd.IntN(5))]
						n.ctx, n.trace = above.ctx, above.trace
						if orphan = above.local != n.trace.now || above.local.open == 0; !orphan { // else it is forgotten
							n.parent = above
						}
					}
					if n.trace.now == nil || n.trace.now.open == 0 {
						n.trace.now = &naiveLocal{}
					}
					n.local = n.trace.now
					n.local.open++
					if n.top = n.parent == nil; n.top {
						n.local.roots++
					}
					var attrs []attribute.KeyValue
					if n.ai {
						attrs = append(attrs, agent)
					}
					n.ctx, n.span = pl.start(n.ctx, "span", attrs...)
					roots[n.span.SpanContext().SpanID()] = n.parent == nil && !orphan
					all = append(all, n)
				case pick < 6:
					if n := all[rnd.IntN(len(all))]; !n.ended {
						n.ai = true
						n.span.SetAttributes(agent)
					}
				default:
					end(all[rnd.IntN(len(all))])
				}
			}
			for _, i := range rnd.Perm(len(all)) {
				end(all[i])
			}

			got := pl.next.GetSpans()
			require.Len(t, got, len(want))
			for _, s := range got {
				parent := want[s.SpanContext.SpanID()]
				switch {
				case parent.IsValid():
					require.Equal(t, parent, s.Parent.SpanID())
					require.False(t, hasKey(s, "$ai_parent_id"))
				case roots[s.SpanContext.SpanID()]:
					require.False(t, s.Parent.IsValid())
					require.False(t, hasKey(s, "$ai_parent_id"))
				default:
					requireTop(t, s)
				}
			}
			require.Zero(t, pl.p.Remembered())
		})
	}
}

// TestForgettingKeepsOrder does the same with next to no memory. Parents are not
// exact then, but they are AI spans of the trace, or there is none.
func TestForgettingKeepsOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 4))
			// One trace is in one shard, so that this is next to nothing.
			pl := newPipeline(t, processor.WithMaxSpans(2+rnd.IntN(20)), processor.WithTraceEvents())
			root := withBaggage(t.Context(), t, "session.id", "s")
			all := []*naive{{ctx: root}}
			all[0].ctx, all[0].span = pl.start(root, "root")
			above := map[trace.SpanID]map[trace.SpanID]bool{}
			for range 400 {
				n := all[max(0, len(all)-1-rnd.IntN(12))]
				if rnd.IntN(2) == 0 {
					n.span.End()
					continue
				}
				child := &naive{parent: n}
				if rnd.IntN(3) == 0 {
					child.ctx, child.span = pl.start(n.ctx, "ai", agent)
					child.ai = true
				} else {
					child.ctx, child.span = pl.start(n.ctx, "http")
				}
				all = append(all, child)
				ids := map[trace.SpanID]bool{}
				for p := n; p != nil; p = p.parent {
					if p.ai {
						ids[p.span.SpanContext().SpanID()] = true
					}
				}
				above[child.span.SpanContext().SpanID()] = ids
			}
			for _, i := range rnd.Perm(len(all)) {
				all[i].span.End()
			}
			require.NoError(t, pl.p.ForceFlush(t.Context()))
			for _, s := range pl.next.GetSpans() {
				if s.Name == "ai" && !hasKey(s, "$ai_parent_id") {
					require.True(t, above[s.SpanContext.SpanID()][s.Parent.SpanID()])
				}
			}
		})
	}
}
