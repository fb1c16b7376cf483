package baggage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// foreign returns baggage of n members with values of the given size.
func foreign(t testing.TB, n, size int) context.Context {
	t.Helper()
	ctx := t.Context()
	for i := range n {
		ctx = withMember(ctx, t, fmt.Sprintf("member-%03d", i), strings.Repeat("v", size))
	}
	return ctx
}

func TestContextWithSessionLimits(t *testing.T) {
	t.Parallel()
	full := baggage.Session{
		ID: strings.Repeat(`"`, 200), WindowID: strings.Repeat(`\`, 200), DistinctID: strings.Repeat("ë", 100),
	}
	for name, tc := range map[string]struct{ n, size, keep int }{
		"nothing to drop":      {10, 10, 10},
		"64 members":           {64, 1, 61},
		"200 members":          {200, 1, 61},
		"full to the byte":     {8, 1013, 6},
		"one giant":            {1, 9000, 0},
		"a large one, with 61": {61, 300, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 5 { // map order must not show
				ctx, err := baggage.ContextWithSession(foreign(t, tc.n, tc.size), full)
				require.NoError(t, err)
				header := otelbaggage.FromContext(ctx).String()
				require.LessOrEqual(t, len(header), 8192)
				b, err := otelbaggage.Parse(header)
				require.NoError(t, err)
				require.Equal(t, tc.keep+3, b.Len())
				got, _ := baggage.SessionFromBaggage(b)
				require.Equal(t, full, got)
				for i := range tc.keep {
					require.NotEmpty(t, b.Member(fmt.Sprintf("member-%03d", i)).Key(), "the first by name stay")
				}
			}
		})
	}
	t.Cleanup(func() {
		require.Equal(t, 1, reported.count("baggage is over the W3C limits"), "once per process")
	})
}

func TestContextWithSessionFillsToTheByte(t *testing.T) {
	t.Parallel()
	s := baggage.Session{ID: "s"} // session.id=s is 12 bytes
	for size, want := range map[int]int{8192 - 12 - 1: 2, 8192 - 12: 1} {
		before := withMember(t.Context(), t, "k", strings.Repeat("v", size-len("k=")))
		for range 200 { // OpenTelemetry would drop one of the two at random
			ctx, err := baggage.ContextWithSession(before, s)
			require.NoError(t, err)
			require.Equal(t, want, otelbaggage.FromContext(ctx).Len())
			got, _ := baggage.SessionFromContext(ctx)
			require.Equal(t, s, got)
		}
	}
}
