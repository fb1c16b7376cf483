package baggage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// strangers is baggage that must not take the session away.
func strangers() map[string][]string {
	many := func(n, size int) string {
		var ms []string
		for i := range n {
			ms = append(ms, fmt.Sprintf("m%03d=%s", i, strings.Repeat("v", size)))
		}
		return strings.Join(ms, ",")
	}
	return map[string][]string{
		"none":                     nil,
		"full to the byte":         {"k=" + strings.Repeat("v", 8190)},
		"over 8192 bytes":          {many(20, 1000)},
		"over 8192 bytes in lines": {many(5, 1000), "x=y," + many(5, 1001)},
		"64 members":               {many(64, 1)},
		"200 members":              {many(200, 1)},
		"one giant":                {"k=" + strings.Repeat("v", 100_000)},
		"duplicates":               {strings.Repeat("k=v,", 500) + "k=w"},
		"broken encoding":          {"k=%zz,l=%,m=%a", "n=%ff%ff", "o=a%20b"},
		"inflating":                {strings.TrimSuffix(strings.Repeat("k="+strings.Repeat("%ff", 1000)+",", 2), ",")},
		"inflating, distinct":      {"a=" + strings.Repeat("%ff", 900) + ",b=" + strings.Repeat("%ff", 900) + ",c=" + strings.Repeat("%c3%ab", 400)},
		"keys that are no tokens":  {"k k=1,\"k\"=2,ké=3,=4,k[]=5, =6"},
		"no members at all":        {",,, ,;;,=,==,;=", "\t", ""},
		"values that are none":     {`k=a b,l="q",m=ü,n=\`},
		"broken properties":        {"k=v;=,l=v;p=%,m=v;p p,n=v;;p;;"},
		"good properties":          {"k=v;p;q=r; s = t ;%=%41", "l=v;%41=%2C"},
		"non-ASCII":                {"k=v;p=\xff", "\xff=v", "k=\xff"},
	}
}

func TestHandlerSessionSurvives(t *testing.T) {
	t.Parallel()
	const member = "session.id=" + sessionA
	for name, lines := range strangers() {
		for at, all := range map[string][]string{
			"before":  append([]string{member}, lines...),
			"after":   append(append([]string(nil), lines...), member),
			"between": {strings.Join(append(append([]string(nil), lines...), member, "z=1"), ",")},
		} {
			t.Run(name+"/"+at, func(t *testing.T) {
				t.Parallel()
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
				r.Header["Baggage"] = all
				in := serve(t, r)
				got, _ := baggage.SessionFromContext(in.Context())
				require.Equal(t, baggage.Session{ID: sessionA}, got)
				requireClean(t, in, baggage.Session{ID: sessionA})
				require.Equal(t, all, r.Header["Baggage"], "the caller's header is the caller's")
			})
		}
	}
}

// What a stranger sends is read to the end, for the session may come last, but
// it does not make the edge keep more and more.
//
// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestHandlerMemoryIsBounded(t *testing.T) {
	allocs := func(members int) float64 {
		var b strings.Builder
		for i := range members {
			fmt.Fprintf(&b, "m%d=1,", i)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header["Baggage"] = []string{b.String() + "session.id=" + sessionA}
		return testing.AllocsPerRun(5, func() {
			requireClean(t, serve(t, r), baggage.Session{ID: sessionA})
		})
	}
	require.InDelta(t, allocs(100), allocs(50_000), 100)
}

// requireClean holds the invariants of the header that the edge writes.
func requireClean(t testing.TB, in *http.Request, want baggage.Session) {
	t.Helper()
	lines := in.Header["Baggage"]
	if len(lines) == 0 {
		require.Zero(t, otelbaggage.FromContext(in.Context()).Len())
		require.True(t, want.IsZero())
		return
	}
	require.Len(t, lines, 1)
	require.LessOrEqual(t, len(lines[0]), 8192)
	require.LessOrEqual(t, strings.Count(lines[0], ",")+1, 64)
	b, err := otelbaggage.Parse(lines[0])
	require.NoError(t, err)
	require.Equal(t, strings.Count(lines[0], ",")+1, b.Len(), "no member is lost or doubled")
	require.LessOrEqual(t, len(b.String()), 8192, "what the next hop writes")
	require.Equal(t, b, otelbaggage.FromContext(in.Context()), "header and context agree")
	got, _ := baggage.SessionFromContext(in.Context()) // equal to b, as just seen
	require.Equal(t, want, got)
	if !want.IsZero() {
		first, _, _ := strings.Cut(lines[0], "=")
		require.Contains(t, []string{"session.id", "posthog.window_id", "posthog.distinct_id"}, first)
	}
}

func TestHandlerForeignMembers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts []baggage.HandlerOption
		in   []string
		want string
	}{
		"pass as they are, in order": {
			nil,
			[]string{"z=1;p=q , a=%41", "user.id=7"},
			"session.id=" + sessionA + ",z=1;p=q,a=%41,user.id=7",
		},
		"the last of a name wins": {
			nil,
			[]string{"k=1,l=2", "k=3;p"},
			"session.id=" + sessionA + ",k=3;p,l=2",
		},
		"are dropped by option": {
			[]baggage.HandlerOption{baggage.WithoutForeignBaggage()},
			[]string{"z=1", "posthog.ai_parent=00f067aa0ba902b7"},
			"session.id=" + sessionA + ",posthog.ai_parent=00f067aa0ba902b7",
		},
		"the AI parent passes with its properties": {
			nil,
			[]string{"z=1", "posthog.ai_parent=00f067aa0ba902b7;trace=0af7651916cd43dd8448eb211c80319c"},
			"session.id=" + sessionA + ",posthog.ai_parent=00f067aa0ba902b7;trace=0af7651916cd43dd8448eb211c80319c,z=1",
		},
		"no AI parent: zero": {
			nil, []string{"posthog.ai_parent=0000000000000000"}, "session.id=" + sessionA,
		},
		"no AI parent: capitals": {
			nil, []string{"posthog.ai_parent=00F067AA0BA902B7"}, "session.id=" + sessionA,
		},
		"no AI parent: long": {
			nil, []string{"posthog.ai_parent=00f067aa0ba902b700"}, "session.id=" + sessionA,
		},
		"no AI parent: short": {
			nil, []string{"posthog.ai_parent=00f0"}, "session.id=" + sessionA,
		},
		"no AI parent: endless properties": {
			nil, []string{"posthog.ai_parent=00f067aa0ba902b7;p=" + strings.Repeat("q", 200)}, "session.id=" + sessionA,
		},
		"a session under other names is written under one": {
			nil, []string{"$session_id=" + sessionB + ",posthog.session_id=x,a=1"}, "session.id=" + sessionA + ",a=1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := headers("X-Posthog-Session-Id", sessionA)
			h["Baggage"] = tc.in
			got := newEdge(t, tc.opts...).get(t, h)
			require.Equal(t, []string{tc.want}, got.Header["Baggage"])
			want, err := otelbaggage.Parse(tc.want)
			require.NoError(t, err)
			require.Equal(t, want, got.Bag)
		})
	}
}

// A member that has no room does not keep a smaller one behind it out.
func TestHandlerFillsTheRoomThatIsLeft(t *testing.T) {
	t.Parallel()
	h := headers("X-Posthog-Session-Id", sessionA, "baggage", "a="+strings.Repeat("v", 8000), "baggage", "b="+strings.Repeat("v", 8000)+",c=1")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header = h
	require.Equal(t, "session.id="+sessionA+",a="+strings.Repeat("v", 8000)+",c=1", serve(t, r).Header.Get("baggage"))
}

func FuzzHandler(f *testing.F) {
	for _, lines := range strangers() {
		if len(strings.Join(lines, "")) > 10_000 {
			continue // Minimizing it would take all the time there is.
		}
		f.Add(strings.Join(lines, "\n"), sessionA, "", true)
		f.Add(strings.Join(lines, "\n"), "", "session.id=x,posthog.distinct_id=%C3%AB", false)
	}
	f.Add("a=1,session.id=s1\nb=2", "\x00", "posthog.ai_parent=00f067aa0ba902b7;a", true)
	f.Fuzz(func(t *testing.T, text, session, member string, before bool) {
		lines := append(strings.Split(text, "\n"), member)
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
		r.Header["Baggage"] = lines
		if session != "" {
			r.Header[baggage.HeaderSessionID] = []string{session}
		}
		in := serve(t, r)
		got, _ := baggage.SessionFromContext(in.Context())
		requireClean(t, in, got)
		if ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: session}); err == nil && session != "" {
			want, _ := baggage.SessionFromContext(ctx)
			require.Equal(t, want.ID, got.ID, "a good session in a header survives")
		}

		// A good session in baggage survives in every place.
		const good = "$session_id=" + sessionA
		if lines = append(lines, good); before {
			lines = append([]string{good}, lines[:len(lines)-1]...)
		}
		r.Header = http.Header{"Baggage": lines}
		in = serve(t, r)
		got, _ = baggage.SessionFromContext(in.Context())
		if !strings.Contains(text+member, "$session_id") {
			require.Equal(t, sessionA, got.ID)
		}
		requireClean(t, in, got)

		// What the edge lets in, it lets in again, unchanged.
		again := serve(t, in)
		require.Equal(t, in.Header["Baggage"], again.Header["Baggage"])
	})
}
