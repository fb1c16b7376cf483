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
