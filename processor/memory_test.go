package processor_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

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
