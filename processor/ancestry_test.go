package processor_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

// requireBelow asserts the contract with exporters: Parent is the AI span above.
func requireBelow(t testing.TB, child tracetest.SpanStub, parent trace.SpanContext) {
	t.Helper()
	require.Equal(t, parent.SpanID().String(), child.Parent.SpanID().String(), child.Name)
	require.Equal(t, parent.TraceID(), child.Parent.TraceID(), child.Name)
	require.False(t, hasKey(child, "$ai_parent_id"), child.Name)
}

// below returns a context to start children of s in, without all the contexts
// above s, which every start would search for baggage.
func below(t testing.TB, s trace.Span) context.Context {
	return trace.ContextWithSpan(t.Context(), s)
}

// requireTop asserts the other half: a span with a parent, but with no AI span
// above it, names the trace.
func requireTop(t testing.TB, s tracetest.SpanStub) {
	t.Helper()
	require.Equal(t, s.SpanContext.TraceID().String(), value(s, "$ai_parent_id"), s.Name)
}

func TestParentsAreMended(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	ctx, http := pl.start(t.Context(), "POST /chat")
	ctx, ag := pl.start(ctx, "agent", agent)
	ctx, tool := pl.start(ctx, "http below agent")
	ctx, db := pl.start(ctx, "db below that")
	_, call := pl.start(ctx, "call", chat)
	call.End()
	db.End()
	tool.End()
	ag.End()
	http.End()

	require.Equal(t, []string{"call", "agent"}, names(pl.next.GetSpans()))
	requireBelow(t, pl.sent(t, "call"), ag.SpanContext())
	requireTop(t, pl.sent(t, "agent"))
	require.Equal(t, http.SpanContext().SpanID(), pl.sent(t, "agent").Parent.SpanID(), "the true parent is still told")

	// The others see the spans as they are.
	beside := find(t, pl.beside.GetSpans(), "call")
	require.Equal(t, db.SpanContext().SpanID(), beside.Parent.SpanID())
	require.False(t, hasKey(find(t, pl.beside.GetSpans(), "agent"), "$ai_parent_id"))
}

func TestParentCases(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, pl *pipeline)
	}{
		{"a root has no parent and gets none", func(t *testing.T, pl *pipeline) {
			_, s := pl.start(t.Context(), "root", chat)
			s.End()
			got := pl.sent(t, "root")
			require.False(t, got.Parent.IsValid())
			require.False(t, hasKey(got, "$ai_parent_id"))
		}},
		{"a parent right above stays as it is", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			_, s := pl.start(ctx, "call", chat)
			s.End()
			a.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"ids come from the span, not from attributes", func(t *testing.T, pl *pipeline) {
			ctx, h := pl.start(t.Context(), "http")
			_, s := pl.start(ctx, "call", chat, attribute.String("$ai_parent_id", "mine"))
			s.End()
			h.End()
			requireTop(t, pl.sent(t, "call"))
			require.Len(t, pl.sent(t, "call").Attributes, 2)
			require.Equal(t, "mine", value(find(t, pl.beside.GetSpans(), "call"), "$ai_parent_id"))
		}},
		{"an ancestor turns into an AI span while it is open", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent")
			ctx, h := pl.start(ctx, "http")
			_, s := pl.start(ctx, "call", chat)
			a.SetAttributes(agent)
			s.End()
			h.End()
			a.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"an ancestor turns into an AI span by its name", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent")
			ctx, h := pl.start(ctx, "http")
			_, s := pl.start(ctx, "call", chat)
			a.SetName("ai.agent")
			s.End()
			h.End()
			a.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"an ancestor turns into an AI span too late", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent")
			_, s := pl.start(ctx, "call", chat)
			s.End()
			a.SetAttributes(agent)
			a.End()
			requireTop(t, pl.sent(t, "call"))
		}},
		{"the parent ends first", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			ctx, h := pl.start(ctx, "http")
			_, s := pl.start(ctx, "call", chat)
			a.End()
			h.End()
			s.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"the parent has ended before the start", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			ctx, h := pl.start(ctx, "http")
			h.End()
			a.End()
			_, s := pl.start(ctx, "call", chat)
			s.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"a filtered ancestor ends between others", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			ctx, one := pl.start(ctx, "one")
			ctx, two := pl.start(ctx, "two")
			ctx, three := pl.start(ctx, "three")
			_, s := pl.start(ctx, "call", chat)
			two.End()
			three.End()
			one.End()
			s.End()
			a.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"a new root below an agent", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			_, s := pl.tracer.Start(ctx, "call", trace.WithNewRoot(), trace.WithAttributes(chat))
			s.End()
			a.End()
			got := pl.sent(t, "call")
			require.False(t, got.Parent.IsValid())
			require.False(t, hasKey(got, "$ai_parent_id"))
		}},
		{"a remote parent is no AI span", func(t *testing.T, pl *pipeline) {
			ctx := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
			}))
			_, s := pl.start(ctx, "call", chat)
			s.End()
			requireTop(t, pl.sent(t, "call"))
		}},
		{"a span that ends twice", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			_, s := pl.start(ctx, "call", chat)
			s.End()
			s.End()
			a.End()
			require.Equal(t, []string{"call", "agent"}, names(pl.next.GetSpans()))
		}},
		{"a tool below a call below an agent", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			ctx, c := pl.start(ctx, "call", chat)
			_, s := pl.start(ctx, "tool", attribute.String("gen_ai.operation.name", "execute_tool"))
			s.End()
			c.End()
			a.End()
			requireBelow(t, pl.sent(t, "tool"), c.SpanContext())
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, newPipeline(t))
		})
	}
}

// notSampled records the spans of one name without sampling them.
type notSampled string

func (n notSampled) Description() string { return "notSampled" }

func (n notSampled) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if p.Name == string(n) {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
}

// A parent that is not sampled is never exported, so it cannot be one.
func TestUnsampledAncestorIsPassedOver(t *testing.T) {
	t.Parallel()
	next := tracetest.NewInMemoryExporter()
	pl := newPipelineWith(t, processor.New(sdktrace.NewSimpleSpanProcessor(next)), sdktrace.WithSampler(notSampled("call")))
	pl.next = next
	ctx, a := pl.start(t.Context(), "agent", agent)
	ctx, c := pl.start(ctx, "call", chat)
	_, s := pl.start(ctx, "tool", agent)
	s.End()
	c.End()
	_, late := pl.start(ctx, "late tool", agent)
	late.End()
	a.End()
	requireBelow(t, pl.sent(t, "tool"), a.SpanContext())
	requireBelow(t, pl.sent(t, "late tool"), a.SpanContext())
}

func TestDeepTrace(t *testing.T) {
	t.Parallel()
	const depth = 10_000
	// As many ended spans as open ones, for the children that come last.
	pl := newPipeline(t, processor.WithMaxSpans(16*depth))
	ctx, a := pl.start(t.Context(), "agent", agent)
	spans := make([]trace.Span, 0, depth)
	for range depth {
		_, s := pl.start(ctx, "http")
		ctx = below(t, s)
		spans = append(spans, s)
	}
	_, first := pl.start(ctx, "innermost", chat)
	first.End()
	// Every second one ends, from the outside, so that the way up shortens.
	for i := 0; i < depth; i += 2 {
		spans[i].End()
	}
	_, second := pl.start(ctx, "second", chat)
	second.End()
	for i := depth - 1; i > 0; i -= 2 {
		spans[i].End()
	}
	_, third := pl.start(ctx, "third", chat)
	third.End()
	a.End()
	for _, name := range []string{"innermost", "second", "third"} {
		requireBelow(t, pl.sent(t, name), a.SpanContext())
	}
	require.Len(t, pl.next.GetSpans(), 4)
}

func TestWideTrace(t *testing.T) {
	t.Parallel()
	const width = 2_000
	pl := newPipeline(t)
	ctx, a := pl.start(t.Context(), "agent", agent)
	open := make([]trace.Span, 0, 2*width)
	for range width {
		ctx, h := pl.start(ctx, "http")
		_, s := pl.start(ctx, "call", chat)
		open = append(open, s, h)
	}
	rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	for _, s := range open {
		s.End()
	}
	a.End()
	got := pl.next.GetSpans()
	require.Len(t, got, width+1)
	for _, s := range got[:width] {
		requireBelow(t, s, a.SpanContext())
	}
}

// Spans that never end take bounded memory, in every shape that they can have.
func TestSpansThatNeverEnd(t *testing.T) {
	t.Parallel()
	const limit, spans = 500, 4_000
	for _, tt := range []struct {
		name string
		run  func(pl *pipeline, ctx context.Context)
	}{
		{"roots", func(pl *pipeline, ctx context.Context) {
			for range spans {
				pl.start(ctx, "leak", chat)
			}
		}},
		{"one below the other", func(pl *pipeline, ctx context.Context) {
			for range spans {
				_, s := pl.start(ctx, "leak")
				ctx = below(t, s)
			}
		}},
		{"one AI span below the other", func(pl *pipeline, ctx context.Context) {
			for range spans {
				_, s := pl.start(ctx, "leak", chat)
				ctx = below(t, s)
			}
		}},
		{"leaves of traces that end", func(pl *pipeline, ctx context.Context) {
			for range spans / 10 {
				ctx := ctx
				open := make([]trace.Span, 10)
				for i := range open {
					ctx, open[i] = pl.start(ctx, "http")
				}
				pl.start(ctx, "leak", chat)
				for i := len(open) - 1; i >= 0; i-- {
					open[i].End()
				}
			}
		}},
		{"ended ones", func(pl *pipeline, ctx context.Context) {
			ctx, _ = pl.start(ctx, "root", agent)
			for range spans {
				_, s := pl.start(ctx, "http")
				s.End()
				_, s = pl.start(ctx, "call", chat)
				s.End()
			}
		}},
		{"ended ones, one below the other", func(pl *pipeline, ctx context.Context) {
			ctx, _ = pl.start(ctx, "root")
			for range spans {
				_, s := pl.start(ctx, "http")
				ctx = below(t, s)
				s.End()
			}
		}},
		{"traces with sessions", func(pl *pipeline, ctx context.Context) {
			ctx = withBaggage(ctx, t, "session.id", "s")
			for range spans {
				pl.start(ctx, "GET /")
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, processor.WithMaxSpans(limit), processor.WithMaxTraces(limit))
			tt.run(pl, t.Context())
			open, ended, traces, entries := pl.p.Remembered()
			require.LessOrEqual(t, open, limit)
			require.LessOrEqual(t, ended, limit+limit/8)
			require.LessOrEqual(t, traces, limit)
			require.LessOrEqual(t, entries, 2*(open+ended)+limit)

			require.NoError(t, pl.p.Check())

			// It still works.
			ctx, a := pl.start(t.Context(), "fresh agent", agent)
			ctx, h := pl.start(ctx, "http")
			_, s := pl.start(ctx, "fresh call", chat)
			s.End()
			h.End()
			a.End()
			requireBelow(t, pl.sent(t, "fresh call"), a.SpanContext())
		})
	}
}

// A span that is in use is not the one to be forgotten.
func TestLeastRecentlyUsedIsForgotten(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithMaxSpans(1000))
	ctx, a := pl.start(t.Context(), "agent", agent)
	for range 1000 {
		pl.start(t.Context(), "leak")
		_, s := pl.start(ctx, "step")
		s.End()
	}
	_, s := pl.start(ctx, "call", chat)
	s.End()
	a.End()
	requireBelow(t, pl.sent(t, "call"), a.SpanContext())
}

func TestWithMaxSpansZero(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, -1} {
		pl := newPipeline(t, processor.WithMaxSpans(n))
		ctx, a := pl.start(withBaggage(t.Context(), t, "session.id", "s"), "agent", agent)
		_, s := pl.start(ctx, "call", chat)
		s.End()
		a.End()
		requireTop(t, pl.sent(t, "call"))
		require.Equal(t, "s", value(pl.sent(t, "call"), "$session_id"))
		open, ended, _, _ := pl.p.Remembered()
		require.Zero(t, open+ended)
	}
}

func TestWithRetention(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		retention time.Duration
		wait      time.Duration // three times
		forgotten bool
	}{
		{"expires", time.Minute, 61 * time.Second, true},
		{"not yet", time.Hour, 61 * time.Second, false},
		{"zero never does", 0, 1000 * time.Hour, false},
		{"negative never does", -time.Second, 1000 * time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pl := newPipeline(t, processor.WithRetention(tt.retention))
				for range 300 {
					pl.start(withBaggage(t.Context(), t, "session.id", "s"), "leak")
				}
				for range 3 {
					time.Sleep(tt.wait)
					for range 1500 {
						_, s := pl.start(t.Context(), "GET /")
						s.End()
						_, s = pl.start(withBaggage(t.Context(), t, "session.id", "s"), "GET /")
						s.End()
					}
				}
				open, _, _, _ := pl.p.Remembered()
				if tt.forgotten {
					require.Zero(t, open)
				} else {
					require.Equal(t, 300, open)
				}
			})
		})
	}
}

// An hour means an hour at least, whatever the clock of the memory said before.
func TestRetentionIsALowerBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pl := newPipeline(t, processor.WithRetention(time.Hour))
		others := func() {
			for range 3000 {
				_, s := pl.start(t.Context(), "GET /")
				s.End()
			}
		}
		time.Sleep(59 * time.Minute)
		for range 300 {
			pl.start(t.Context(), "leak")
		}
		time.Sleep(2 * time.Minute)
		others()
		open, _, _, _ := pl.p.Remembered()
		require.Equal(t, 300, open)
		time.Sleep(61 * time.Minute)
		others()
		open, _, _, _ = pl.p.Remembered()
		require.Zero(t, open)
	})
}

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
