package session_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

func TestFromContext(t *testing.T) {
	t.Parallel()
	var none context.Context
	_, ok := session.FromContext(none)
	require.False(t, ok)
	for header, want := range map[string]session.Session{
		"":           {},
		"tenant=a":   {},
		"tenant=a,b": {},
		"session.id=s,posthog.window_id=w,posthog.distinct_id=Zo%C3%AB": {ID: "s", WindowID: "w", DistinctID: "Zoë"},
		"session.id=c,posthog.session_id=b,$session_id=a":               {ID: "a"},
		"session.id=c,posthog.session_id=b":                             {ID: "b"},
		"session.id=c,posthog.session_id=undefined":                     {ID: "c"},
		"session.id=c,%24session_id=a":                                  {ID: "a"},
		"session.id=%20c%09":                                            {ID: "c"},
		"session.id=null,posthog.distinct_id=null":                      {},
	} {
		b, _ := otelbaggage.Parse(header)
		got, ok := session.FromContext(otelbaggage.ContextWithBaggage(t.Context(), b))
		require.Equal(t, want, got, header)
		require.Equal(t, want != session.Session{}, ok, header)
	}
}

func TestEntry(t *testing.T) {
	t.Parallel()
	var none context.Context
	_, ok := session.EntryFromContext(none)
	require.False(t, ok)
	_, ok = session.EntryFromContext(t.Context())
	require.False(t, ok)
	want := session.Entry{Outside: true, Refused: session.Word}
	got, ok := session.EntryFromContext(session.ContextWithEntry(t.Context(), want))
	require.True(t, ok)
	require.Equal(t, want, got)
}

func TestContextWithBaggage(t *testing.T) {
	t.Parallel()
	parse := func(header string) otelbaggage.Baggage {
		b, err := otelbaggage.Parse(header)
		require.NoError(t, err)
		return b
	}
	want := session.Session{ID: "known", DistinctID: "zoe"}
	b := parse("tenant=a")
	ctx := session.ContextWithBaggage(t.Context(), b, want)
	require.Equal(t, "tenant=a", otelbaggage.FromContext(ctx).String())
	got, ok := session.FromContext(ctx)
	require.True(t, ok)
	require.Equal(t, want, got, "known without being in the baggage")

	ctx = context.WithoutCancel(otelbaggage.ContextWithBaggage(ctx, b)) // the same again
	got, _ = session.FromContext(ctx)
	require.Equal(t, want, got)

	for name, replaced := range map[string]context.Context{
		"by equal baggage": otelbaggage.ContextWithBaggage(ctx, parse("tenant=a")),
		"by none":          otelbaggage.ContextWithoutBaggage(ctx),
	} {
		_, ok = session.FromContext(replaced)
		require.False(t, ok, name)
	}
	got, _ = session.FromContext(otelbaggage.ContextWithBaggage(ctx, parse("session.id=other")))
	require.Equal(t, session.Session{ID: "other"}, got)
	_, ok = session.FromContext(session.ContextWithBaggage(ctx, parse("session.id=other"), session.Session{}))
	require.False(t, ok)
}

func TestMemberName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"session.id": "session.id", "%24session_id": "$session_id", "session%2eid": "session.id", "%70osthog.ai_parent": "posthog.ai_parent",
		"%2524session_id": "", "%24": "", "%zz": "", "tenant": "",
	} {
		name, ok := session.MemberName(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, name)
		}
	}
}

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestFromContextDoesNotAllocate(t *testing.T) {
	b, err := otelbaggage.Parse("session.id=s,posthog.window_id=w,posthog.distinct_id=zoe,tenant=a")
	require.NoError(t, err)
	for name, ctx := range map[string]context.Context{
		"none":    t.Context(),
		"members": otelbaggage.ContextWithBaggage(t.Context(), b),
		"known":   session.ContextWithBaggage(t.Context(), b, session.Session{ID: "s"}),
	} {
		require.Zero(t, testing.AllocsPerRun(100, func() { session.FromContext(ctx) }), name)
	}
}

func BenchmarkFromContext(b *testing.B) {
	bag, err := otelbaggage.Parse("session.id=" + idA + ",posthog.window_id=" + windowA + ",posthog.distinct_id=zoe,tenant=a")
	require.NoError(b, err)
	members := otelbaggage.ContextWithBaggage(b.Context(), bag)
	s, _ := session.FromContext(members)
	for name, ctx := range map[string]context.Context{
		"NoBaggage": b.Context(), "Members": members, "Known": session.ContextWithBaggage(b.Context(), bag, s),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				session.FromContext(ctx)
			}
		})
	}
}
