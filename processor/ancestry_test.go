package processor_test

import (
	"context"
	"math/rand/v2"
	"testing"

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

	require.Equal(t, []string{"call", "agent"}, spanNames(pl.next.GetSpans()))
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
			require.Len(t, pl.sent(t, "call").Attributes, 3)
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
		{"an ancestor turns into an AI span after its child has ended", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent")
			_, s := pl.start(ctx, "call", chat)
			s.End()
			a.SetAttributes(agent)
			a.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
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
			ctx, root := pl.start(t.Context(), "GET /")
			ctx, a := pl.start(ctx, "agent", agent)
			ctx, h := pl.start(ctx, "http")
			h.End()
			a.End()
			_, s := pl.start(ctx, "call", chat)
			s.End()
			root.End()
			requireBelow(t, pl.sent(t, "call"), a.SpanContext())
		}},
		{"the whole trace has ended before the start, and is forgotten", func(t *testing.T, pl *pipeline) {
			ctx, a := pl.start(t.Context(), "agent", agent)
			ctx, h := pl.start(ctx, "http")
			h.End()
			a.End()
			_, s := pl.start(ctx, "call", chat)
			s.End()
			requireTop(t, pl.sent(t, "call"))
			require.Equal(t, "no_parent", value(pl.sent(t, "call"), "posthog.link.status"))
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
			require.Equal(t, []string{"call", "agent"}, spanNames(pl.next.GetSpans()))
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
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	got := pl.next.GetSpans()
	require.Len(t, got, width+1)
	for _, s := range got {
		if s.Name == "call" {
			requireBelow(t, s, a.SpanContext())
		}
	}
}
