package baggage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

func TestContextWithSession(t *testing.T) {
	t.Parallel()
	full := baggage.Session{ID: sessionA, WindowID: windowA, DistinctID: "user@example.com"}

	t.Run("round trip", func(t *testing.T) {
		t.Parallel()
		got, ok := baggage.SessionFromContext(mustContext(t, full))
		require.True(t, ok)
		require.Equal(t, full, got)
	})

	t.Run("empty fields are left out", func(t *testing.T) {
		t.Parallel()
		b := otelbaggage.FromContext(mustContext(t, baggage.Session{ID: sessionA}))
		require.Equal(t, "session.id="+sessionA, b.String())
	})

	t.Run("replaces the session as a whole, under every name", func(t *testing.T) {
		t.Parallel()
		ctx := mustContext(t, full)
		ctx = withMember(ctx, t, "$session_id", "older")
		ctx = withMember(ctx, t, "posthog.session_id", "older")
		ctx = withMember(ctx, t, "tenant", "acme")
		ctx, err := baggage.ContextWithSession(ctx, baggage.Session{ID: sessionB})
		require.NoError(t, err)

		got, ok := baggage.SessionFromContext(ctx)
		require.True(t, ok)
		require.Equal(t, baggage.Session{ID: sessionB}, got)
		b := otelbaggage.FromContext(ctx)
		require.Equal(t, 2, b.Len())
		require.Equal(t, "acme", b.Member("tenant").Value())
	})

	t.Run("the zero session removes ours and nothing else", func(t *testing.T) {
		t.Parallel()
		ctx := withMember(mustContext(t, full), t, "tenant", "acme")
		ctx, err := baggage.ContextWithSession(ctx, baggage.Session{})
		require.NoError(t, err)
		_, ok := baggage.SessionFromContext(ctx)
		require.False(t, ok)
		require.Equal(t, "tenant=acme", otelbaggage.FromContext(ctx).String())

		plain, err := baggage.ContextWithSession(t.Context(), baggage.Session{})
		require.NoError(t, err)
		require.Equal(t, t.Context(), plain)
	})

	t.Run("the AI parent stays, with its properties", func(t *testing.T) {
		t.Parallel()
		trace, err := otelbaggage.NewKeyValuePropertyRaw("trace", "0af7651916cd43dd8448eb211c80319c")
		require.NoError(t, err)
		ctx := withMember(t.Context(), t, baggage.MemberAIParent, "00f067aa0ba902b7", trace)
		ctx, err = baggage.ContextWithSession(ctx, full)
		require.NoError(t, err)
		require.Equal(t, "posthog.ai_parent=00f067aa0ba902b7;trace=0af7651916cd43dd8448eb211c80319c",
			otelbaggage.FromContext(ctx).Member(baggage.MemberAIParent).String())
	})

	t.Run("nil context", func(t *testing.T) {
		t.Parallel()
		var none context.Context
		_, ok := baggage.SessionFromContext(none)
		require.False(t, ok)
		ctx, err := baggage.ContextWithSession(none, full)
		require.NoError(t, err)
		got, _ := baggage.SessionFromContext(ctx)
		require.Equal(t, full, got)
		ctx, err = baggage.ContextWithSession(none, baggage.Session{ID: "a b"})
		require.Error(t, err)
		require.NotNil(t, ctx)
	})

	t.Run("goroutines keep it with WithoutCancel and lose it with Background", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(mustContext(t, full))
		cancel()
		detached := context.WithoutCancel(ctx)
		require.NoError(t, detached.Err())
		got, ok := baggage.SessionFromContext(detached)
		require.True(t, ok)
		require.Equal(t, full, got)
		_, ok = baggage.SessionFromContext(context.Background())
		require.False(t, ok)
	})
}

// shapes is the contract of the three fields: what an id may be. The same
// values are sent through the edge by TestHandlerShapes.
var shapes = []struct {
	name     string
	value    string
	id       bool // as session or window id
	distinct bool
}{
	{"uuid v7", sessionA, true, true},
	{"one character", "x", true, true},
	{"all visible ASCII", `!"#$%&'()*+-./09:;<=>?@AZ[\]^_az{|}~` + "`", true, true},
	{"200 bytes", strings.Repeat("a", 200), true, true},
	{"201 bytes", strings.Repeat("a", 201), false, false},
	{"200 bytes that all need escaping", strings.Repeat(`\`, 200), true, true},
	{"a comma", "a,b", false, true},
	{"space inside", "Ada Lovelace", false, true},
	{"NUL", "a\x00b", false, false},
	{"newline", "a\nb", false, false},
	{"escape character", "a\x1bb", false, false},
	{"DEL", "a\x7fb", false, false},
	{"C1 control", "a\u0085b", false, false},
	{"letters beyond ASCII", "Zoë-李", false, true},
	{"200 bytes beyond ASCII", strings.Repeat("ë", 100), false, true},
	{"202 bytes beyond ASCII", strings.Repeat("ë", 101), false, false},
	{"broken UTF-8", "a\xffb", false, false},
	{"replacement character", "a\ufffdb", false, false},
	{"zero-width space", "a\u200bb", false, false},
	{"right-to-left override", "a\u202eb", false, false},
	{"line separator", "a\u2028b", false, false},
	{"no-break space at the end", "a\u00a0", false, false},
	{"anonymous", "anonymous", true, false},
	{"zero", "0", false, false},
	{"guest", "guest", true, false},
	{"null", "null", false, false},
	{"undefined", "undefined", false, false},
	{"user", "user", true, false},
	{"system", "system", true, false},
	{"backend", "backend", true, false},
	{"email", "email", true, false},
	{"none", "none", false, false},
	{"in capitals", "NULL", false, false},
	{"in quotes", `"undefined"`, false, false},
	{"in single quotes", `'None'`, false, false},
	{"empty quotes", `""`, false, false},
	{"a stringified object", "[object Object]", false, false},
	{"the longest of them", "not_authenticated", true, false},
	{"as part of a name", "user-1", true, true},
	{"one quote", `"`, true, true},
}

func TestSessionShapes(t *testing.T) {
	t.Parallel()
	for _, tc := range shapes {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for field, c := range map[string]struct {
				s    baggage.Session
				good bool
			}{
				"ID":         {baggage.Session{ID: tc.value}, tc.id},
				"WindowID":   {baggage.Session{WindowID: tc.value}, tc.id},
				"DistinctID": {baggage.Session{DistinctID: tc.value}, tc.distinct},
			} {
				ctx, err := baggage.ContextWithSession(t.Context(), c.s)
				if !c.good {
					require.ErrorIs(t, err, baggage.ErrInvalidSession, field)
					require.ErrorContains(t, err, field)
					require.Equal(t, t.Context(), ctx, field)
					continue
				}
				require.NoError(t, err, field)
				// Over the wire and back.
				carrier := propagation.MapCarrier{}
				w3c.Inject(ctx, carrier)
				got, ok := baggage.SessionFromContext(w3c.Extract(t.Context(), carrier))
				require.True(t, ok, field)
				require.Equal(t, c.s, got, field)
			}
		})
	}
}

func TestSessionErrorNamesFieldsNotValues(t *testing.T) {
	t.Parallel()
	_, err := baggage.ContextWithSession(t.Context(), baggage.Session{
		ID: "secret session", WindowID: "secret window", DistinctID: "secret\nperson",
	})
	require.ErrorIs(t, err, baggage.ErrInvalidSession)
	require.NotContains(t, err.Error(), "secret")
	require.Contains(t, err.Error(), "otelposthog: ")
	for _, field := range []string{"ID refused", "WindowID refused", "DistinctID refused"} {
		require.ErrorContains(t, err, field)
	}
}

func TestSessionFromContextNames(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header string
		want   baggage.Session
	}{
		"nothing":                    {"", baggage.Session{}},
		"foreign only":               {"tenant=acme", baggage.Session{}},
		"session.id":                 {"session.id=s1", baggage.Session{ID: "s1"}},
		"posthog.session_id":         {"posthog.session_id=s1", baggage.Session{ID: "s1"}},
		"$session_id":                {"$session_id=s1", baggage.Session{ID: "s1"}},
		"the unambiguous name wins":  {"session.id=datadog,posthog.session_id=s1", baggage.Session{ID: "s1"}},
		"the attribute's name wins":  {"posthog.session_id=s2,$session_id=s1", baggage.Session{ID: "s1"}},
		"invalid falls to the next":  {"$session_id=a%20b,session.id=s1", baggage.Session{ID: "s1"}},
		"empty falls to the next":    {"$session_id=,session.id=s1", baggage.Session{ID: "s1"}},
		"properties do not matter":   {"session.id=s1;ttl=30", baggage.Session{ID: "s1"}},
		"white space around":         {"session.id=%20s1%09", baggage.Session{ID: "s1"}},
		"names have a case":          {"Session.ID=s1", baggage.Session{}},
		"window and person":          {"posthog.window_id=w,posthog.distinct_id=Zo%C3%AB", baggage.Session{WindowID: "w", DistinctID: "Zoë"}},
		"damaged UTF-8 is no person": {"posthog.distinct_id=Zo%EB", baggage.Session{}},
		"invalid window and person":  {"posthog.window_id=%00,posthog.distinct_id=null", baggage.Session{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := w3c.Extract(t.Context(), propagation.MapCarrier{"baggage": tc.header})
			got, ok := baggage.SessionFromContext(ctx)
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.want != baggage.Session{}, ok)
			require.Equal(t, !ok, got.IsZero())
		})
	}
}

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestSessionFromContextDoesNotAllocate(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"no baggage":      t.Context(),
		"session":         mustContext(t, baggage.Session{ID: sessionA, WindowID: windowA, DistinctID: "Zoë"}),
		"foreign, full":   foreign(t, 64, 10),
		"from the wire":   w3c.Extract(t.Context(), propagation.MapCarrier{"baggage": "session.id=s1;p=q,tenant=acme"}),
		"refused person":  withMember(t.Context(), t, baggage.MemberDistinctID, "ANONYMOUS"),
		"refused session": withMember(t.Context(), t, baggage.MemberSessionID, "a b"),
	} {
		require.Zero(t, testing.AllocsPerRun(100, func() { baggage.SessionFromContext(ctx) }), name)
	}
}

func BenchmarkSessionFromContext(b *testing.B) {
	session := mustContext(b, baggage.Session{ID: sessionA, DistinctID: "user@example.com"})
	ten := session
	for i := range 8 {
		ten = withMember(ten, b, fmt.Sprintf("member-%d", i), "value")
	}
	for name, ctx := range map[string]context.Context{
		"NoBaggage": b.Context(), "TwoMembers": session, "TenMembers": ten,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				baggage.SessionFromContext(ctx)
			}
		})
	}
}
