package processor_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/processor"
)

func TestOnlyAISpansReachTheNextProcessor(t *testing.T) {
	t.Parallel()
	next := &calls{}
	pl := newPipelineWith(t, processor.New(next))

	ctx, http := pl.start(t.Context(), "GET /chat", attribute.String("http.route", "/chat"))
	_, byKey := pl.start(ctx, "by key", chat)
	byKey.End()
	_, byName := pl.start(ctx, "gen_ai.chat")
	byName.End()
	_, late := pl.start(ctx, "late")
	late.SetAttributes(chat)
	late.End()
	_, db := pl.start(ctx, "SELECT")
	db.End()
	http.End()

	require.Equal(t, []string{"GET /chat", "by key", "gen_ai.chat", "late", "SELECT"}, next.starts)
	require.Equal(t, []string{"by key", "gen_ai.chat", "late"}, next.ends)
}

func TestWithFilter(t *testing.T) {
	t.Parallel()
	mine := func(s sdktrace.ReadOnlySpan) bool {
		attrs := s.Attributes()
		return s.Name() == "mine" || len(attrs) > 0 && attrs[0].Key == "mine"
	}
	for _, tt := range []struct {
		name string
		opts []processor.Option
		want []string
	}{
		{"default", nil, []string{"chat"}},
		{"own", []processor.Option{processor.WithFilter(mine)}, []string{"mine", "keyed"}},
		{"nil restores the default", []processor.Option{processor.WithFilter(mine), processor.WithFilter(nil)}, []string{"chat"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, tt.opts...)
			_, s := pl.start(t.Context(), "chat", chat)
			s.End()
			_, s = pl.start(t.Context(), "mine")
			s.End()
			_, s = pl.start(t.Context(), "keyed", attribute.Bool("mine", true))
			s.End()
			require.Equal(t, tt.want, spanNames(pl.next.GetSpans()))
		})
	}
}

// A filter that uses the tracer itself must not lock the process up.
func TestFilterMayTrace(t *testing.T) {
	t.Parallel()
	var pl *pipeline
	var traced atomic.Bool
	pl = newPipeline(t, processor.WithFilter(func(s sdktrace.ReadOnlySpan) bool {
		if !traced.Swap(true) {
			_, s := pl.start(context.Background(), "from the filter")
			s.End()
		}
		return s.Name() == "ai"
	}))
	ctx, parent := pl.start(t.Context(), "parent")
	_, s := pl.start(ctx, "ai")
	s.End()
	parent.End()
	require.Equal(t, []string{"ai"}, spanNames(pl.next.GetSpans()))
}

func TestNilNextStampsOnly(t *testing.T) {
	t.Parallel()
	pl := newPipelineWith(t, processor.New(nil, nil))
	ctx, s := pl.start(withBaggage(t.Context(), t, "session.id", sessionID), "GET /")
	_, ai := pl.start(ctx, "chat", chat)
	ai.End()
	s.End()
	for _, s := range pl.beside.GetSpans() {
		require.Equal(t, sessionID, value(s, "$session_id"), s.Name)
		require.False(t, hasKey(s, "$ai_parent_id"), s.Name)
	}
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	require.NoError(t, pl.p.Shutdown(t.Context()))
	require.NoError(t, pl.p.Shutdown(t.Context()))
}

func TestZeroProcessor(t *testing.T) {
	t.Parallel()
	pl := newPipelineWith(t, &processor.Processor{})
	_, s := pl.start(withBaggage(t.Context(), t, "session.id", sessionID), "chat", chat)
	s.End()
	require.Equal(t, sessionID, value(pl.beside.GetSpans()[0], "$session_id"))
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	require.NoError(t, pl.p.Shutdown(t.Context()))
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	next := &calls{}
	pl := newPipelineWith(t, processor.New(next))
	ctx := withBaggage(t.Context(), t, "session.id", sessionID)
	_, open := pl.start(ctx, "open", chat)
	require.NoError(t, pl.p.Shutdown(t.Context()))
	require.NoError(t, pl.p.Shutdown(t.Context()))
	require.NoError(t, pl.p.ForceFlush(t.Context()))
	open.End()
	_, late := pl.start(ctx, "late", chat)
	late.End()

	require.Equal(t, 1, next.shutdowns)
	require.Zero(t, next.flushes)
	require.Equal(t, []string{"open"}, next.starts)
	require.Empty(t, next.ends)
	require.Empty(t, value(find(t, pl.beside.GetSpans(), "late"), "$session_id"))
	require.Zero(t, pl.p.Remembered())
}

func TestErrorsOfNextAreReturned(t *testing.T) {
	t.Parallel()
	flush, shutdown := errors.New("flush"), errors.New("shutdown")
	p := processor.New(&calls{flushErr: flush, shutdownErr: shutdown})
	require.ErrorIs(t, p.ForceFlush(t.Context()), flush)
	require.ErrorIs(t, p.Shutdown(t.Context()), shutdown)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p = processor.New(&calls{})
	require.ErrorIs(t, p.ForceFlush(ctx), context.Canceled)
	require.ErrorIs(t, p.Shutdown(ctx), context.Canceled)
}

// TestConcurrentSafe runs everything at once; the race detector looks on.
func TestConcurrentSafe(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithMaxSpans(100), processor.WithTraceEvents())
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			ctx := t.Context()
			if g%2 == 0 {
				ctx = withBaggage(ctx, t, "session.id", sessionID)
			}
			for range 20 {
				ctx, root := pl.start(ctx, "GET /")
				ctx, outer := pl.start(ctx, "agent", agent)
				var inner sync.WaitGroup
				for range 4 {
					inner.Go(func() {
						ctx, call := pl.start(ctx, "chat", chat, attribute.String("gen_ai.request.model", "m"))
						_, below := pl.start(ctx, "chat below", chat, attribute.String("gen_ai.request.model", "m"))
						pl.p.AIParent(ctx)
						outer.SetAttributes(attribute.Int("n", 1))
						below.End()
						call.End()
					})
				}
				inner.Wait()
				outer.End()
				root.End()
			}
		})
	}
	wg.Wait()
	// With room for so few spans, traces are forgotten: they make no event.
	ai := 0
	for _, s := range pl.next.GetSpans() {
		if s.Name != "GET /" {
			ai++
		}
	}
	require.Equal(t, 16*20*9, ai)
	require.Zero(t, pl.p.Remembered())
}

// TestTwoProcessors registers two, as a migration does.
func TestTwoProcessors(t *testing.T) {
	t.Parallel()
	first, second := &calls{}, &calls{}
	pl := newPipelineWith(t, processor.New(first), sdktrace.WithSpanProcessor(processor.New(second)))
	_, s := pl.start(withBaggage(t.Context(), t, "session.id", sessionID), "chat", chat)
	s.End()
	require.Equal(t, first.ends, second.ends)
	n := 0
	for _, kv := range pl.beside.GetSpans()[0].Attributes {
		if kv.Key == "$session_id" {
			n++
		}
	}
	require.Equal(t, 1, n)
}

// What one processor adds must not be written where another one adds: slices of
// spans have room at their end, and it is the same room.
func TestTwoProcessorsAddApart(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		first, second := tracetest.NewInMemoryExporter(), tracetest.NewInMemoryExporter()
		pl := newPipelineWith(t, processor.New(sdktrace.NewSimpleSpanProcessor(first)),
			sdktrace.WithSpanProcessor(processor.New(sdktrace.NewSimpleSpanProcessor(second))))
		model := attribute.String("gen_ai.request.model", "m")
		ctx, outer := pl.start(t.Context(), "outer", chat, model, attribute.String("gen_ai.input.messages", `[{"role":"user","content":"hi"}]`))
		_, inner := pl.start(ctx, "inner", chat, model)
		for i := range n {
			inner.SetAttributes(attribute.Int("n"+strconv.Itoa(i), i))
		}
		inner.End()
		outer.End()
		requireBelow(t, find(t, first.GetSpans(), "inner"), outer.SpanContext())
		require.True(t, hasKey(find(t, first.GetSpans(), "inner"), names.SameCallKey))
		requireBelow(t, find(t, second.GetSpans(), "inner"), outer.SpanContext())
	}
}

func TestNilProcessors(t *testing.T) {
	t.Parallel()
	var none *processor.Processor
	for _, p := range []*processor.Processor{none, new(processor.Processor), processor.New(none)} {
		tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
		ctx, span := tp.Tracer("test").Start(withBaggage(t.Context(), t, "session.id", sessionID), "chat")
		span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"))
		_, ok := p.AIParent(ctx)
		require.False(t, ok)
		span.End()
		require.NoError(t, tp.ForceFlush(t.Context()))
		require.NoError(t, tp.Shutdown(t.Context()))
	}
}
