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
	span   trace.Span
	ctx    context.Context
	ai     bool // by now
	ended  bool
}

// above is the nearest span above that is an AI span as far as one can know
// while the child ends.
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
			end := func(n *naive) {
				if n.ended {
					return
				}
				n.ended = true
				n.span.End()
				if !n.ai {
					return
				}
				id := n.span.SpanContext().SpanID()
				roots[id] = n.parent == nil
				want[id] = trace.SpanID{}
				if p := n.above(); p != nil {
					want[id] = p.span.SpanContext().SpanID()
				}
			}
			for range 300 {
				switch pick := rnd.IntN(10); {
				case len(all) == 0 || pick < 5:
					n := &naive{ctx: t.Context(), ai: rnd.Float64() < aiShare}
					if len(all) > 0 && rnd.IntN(8) > 0 {
						// Mostly below a recent one, which makes deep trees.
						n.parent = all[max(0, len(all)-1-rnd.IntN(5))]
						n.ctx = n.parent.ctx
					}
					var attrs []attribute.KeyValue
					if n.ai {
						attrs = append(attrs, agent)
					}
					n.ctx, n.span = pl.start(n.ctx, "span", attrs...)
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
			require.NoError(t, pl.p.Check())
			open, _, _, _ := pl.p.Remembered()
			require.Zero(t, open)
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
			pl := newPipeline(t, processor.WithMaxSpans(2+rnd.IntN(20)), processor.WithMaxTraces(1), processor.WithTraceEvents())
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
				if len(all)%16 == 0 {
					require.NoError(t, pl.p.Check())
				}
			}
			for _, i := range rnd.Perm(len(all)) {
				all[i].span.End()
			}
			require.NoError(t, pl.p.Check())
			for _, s := range pl.next.GetSpans() {
				if s.Name == "ai" && !hasKey(s, "$ai_parent_id") {
					require.True(t, above[s.SpanContext.SpanID()][s.Parent.SpanID()])
				}
			}
		})
	}
}
