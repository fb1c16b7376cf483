package processor_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

func TestSessionOfAncestors(t *testing.T) {
	t.Parallel()
	const s1, s2 = "session-1", "session-2"
	mine := attribute.String("$session_id", s1)
	for _, tt := range []struct {
		name string
		opts []processor.Option
		run  func(t *testing.T, pl *pipeline)
		want map[string]string // span to session, in what the next processor got
	}{
		{
			name: "baggage lost below the span that had it",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(withBaggage(t.Context(), t, "session.id", s1), "GET /")
				_, s := pl.start(otelbaggage.ContextWithoutBaggage(ctx), "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"call": s1},
		},
		{
			name: "started before the session was known",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(t.Context(), "agent", agent)
				_, s := pl.start(withBaggage(ctx, t, "session.id", s1), "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"agent": "", "call": s1},
		},
		{
			name: "a sibling had it, and has ended",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(t.Context(), "GET /")
				_, a := pl.start(withBaggage(ctx, t, "session.id", s1), "step")
				a.End()
				_, s := pl.start(ctx, "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"call": ""},
		},
		{
			name: "another trace had it",
			run: func(t *testing.T, pl *pipeline) {
				_, a := pl.start(withBaggage(t.Context(), t, "session.id", s1), "GET /")
				a.End()
				_, s := pl.start(t.Context(), "call", chat)
				s.End()
			},
			want: map[string]string{"call": ""},
		},
		{
			name: "set by hand on the server span, above an agent",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(t.Context(), "GET /")
				root.SetAttributes(mine)
				ctx, a := pl.start(ctx, "agent", agent)
				_, s := pl.start(ctx, "call", chat)
				s.End()
				a.End()
				root.End()
			},
			want: map[string]string{"agent": s1, "call": s1},
		},
		{
			name: "set by hand on a sibling",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(t.Context(), "GET /")
				_, a := pl.start(ctx, "auth", mine)
				a.End()
				_, s := pl.start(ctx, "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"call": ""},
		},
		{
			name: "set by hand on the server span, late",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(t.Context(), "GET /")
				ctx, a := pl.start(ctx, "agent", agent)
				_, early := pl.start(ctx, "early", chat)
				early.End()
				root.SetAttributes(mine)
				_, s := pl.start(ctx, "call", chat)
				s.End()
				a.End()
				root.End()
			},
			want: map[string]string{"early": s1, "agent": s1, "call": s1},
		},
		{
			name: "overridden by hand on one span: it stays there",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(t.Context(), "GET /")
				_, a := pl.start(withBaggage(ctx, t, "session.id", s2), "one", chat)
				a.SetAttributes(mine)
				a.End()
				_, step := pl.start(withBaggage(ctx, t, "session.id", s2), "step")
				step.SetAttributes(mine)
				step.End()
				_, s := pl.start(ctx, "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"one": s1, "call": ""},
		},
		{
			name: "rotated: each span keeps what was valid at its start",
			run: func(t *testing.T, pl *pipeline) {
				ctx, before := pl.start(t.Context(), "before", agent)
				_, one := pl.start(withBaggage(ctx, t, "session.id", s1), "one", chat)
				_, two := pl.start(withBaggage(ctx, t, "session.id", s2), "two", chat)
				_, after := pl.start(ctx, "after", chat)
				one.End()
				two.End()
				after.End()
				before.End()
			},
			want: map[string]string{"before": "", "one": s1, "two": s2, "after": ""},
		},
		{
			name: "two people in one trace: nobody's span is given to somebody",
			run: func(t *testing.T, pl *pipeline) {
				ctx, job := pl.start(t.Context(), "job", agent)
				ctx1, one := pl.start(withBaggage(ctx, t, "session.id", s1, "posthog.distinct_id", "a"), "one", chat)
				ctx2, two := pl.start(withBaggage(ctx, t, "session.id", s2, "posthog.distinct_id", "b"), "two", chat)
				_, below1 := pl.start(otelbaggage.ContextWithoutBaggage(ctx1), "below one", chat)
				_, below2 := pl.start(otelbaggage.ContextWithoutBaggage(ctx2), "below two", chat)
				_, beside := pl.start(ctx, "beside", chat)
				below1.End()
				below2.End()
				beside.End()
				one.End()
				two.End()
				job.End()
			},
			want: map[string]string{"one": s1, "two": s2, "below one": s1, "below two": s2, "beside": "", "job": ""},
		},
		{
			name: "one of two people has a session: it is not the other one's",
			run: func(t *testing.T, pl *pipeline) {
				ctx, job := pl.start(t.Context(), "job", agent)
				_, a := pl.start(withBaggage(ctx, t, "session.id", s1, "posthog.distinct_id", "a"), "a", chat)
				_, b := pl.start(withBaggage(ctx, t, "posthog.distinct_id", "b"), "b", chat)
				a.End()
				b.End()
				job.End()
			},
			want: map[string]string{"a": s1, "b": "", "job": ""},
		},
		{
			name: "of a parent that is known by its ids alone",
			run: func(t *testing.T, pl *pipeline) {
				_, root := pl.start(withBaggage(t.Context(), t, "session.id", s1), "agent", agent)
				ctx := trace.ContextWithSpanContext(t.Context(), root.SpanContext())
				_, s := pl.start(ctx, "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"agent": s1, "call": s1},
		},
		{
			name: "of another person, below: it is not theirs",
			run: func(t *testing.T, pl *pipeline) {
				ctx, root := pl.start(withBaggage(t.Context(), t, "session.id", s1, "posthog.distinct_id", "a"), "agent", agent)
				_, s := pl.start(withBaggage(ctx, t, "posthog.distinct_id", "b"), "call", chat)
				s.End()
				root.End()
			},
			want: map[string]string{"agent": s1, "call": ""},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, tt.opts...)
			tt.run(t, pl)
			got := map[string]string{}
			for _, s := range pl.next.GetSpans() {
				got[s.Name] = value(s, "$session_id")
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// What is added at the end is added for the next processor alone, and once.
func TestFilledSpanIsACopy(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t, processor.WithReplayURL("https://us.posthog.com/project/1"))
	ctx, root := pl.start(t.Context(), "GET /")
	_, s := pl.start(ctx, "call", chat, attribute.String("posthog.distinct_id", "d"))
	s.End()
	root.SetAttributes(attribute.String("$session_id", "s"), attribute.String("$window_id", "w"), attribute.String("posthog.distinct_id", "d"))
	root.End()

	got := pl.sent(t, "call")
	require.Equal(t, "s", value(got, "$session_id"))
	require.Equal(t, "w", value(got, "$window_id"))
	require.Equal(t, "https://us.posthog.com/project/1/replay/s", value(got, "$ai_replay_url"))
	require.Equal(t, "d", value(got, "posthog.distinct_id"))
	require.Equal(t, "linked", value(got, "posthog.link.status"))
	require.Len(t, got.Attributes, 7)
	require.Len(t, find(t, pl.beside.GetSpans(), "call").Attributes, 2)
}

// A login in the middle of a trace changes the person and not the session.
func TestLoginWithinATrace(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	ctx, root := pl.start(t.Context(), "agent", agent)
	for _, person := range []string{"anonymous-1", "user-1"} {
		_, s := pl.start(withBaggage(ctx, t, "session.id", "s", "posthog.window_id", "w", "posthog.distinct_id", person), person, chat)
		s.End()
	}
	root.End()
	for _, person := range []string{"anonymous-1", "user-1"} {
		require.Equal(t, person, value(pl.sent(t, person), "posthog.distinct_id"))
		require.Equal(t, "s", value(pl.sent(t, person), "$session_id"))
	}
	require.False(t, hasKey(pl.sent(t, "agent"), "$session_id"), "nobody above has one")
}
