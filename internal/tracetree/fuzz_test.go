package tracetree_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// FuzzResolve gives spans with any parents, also missing ones and cycles, and
// copies of spans, in two orders.
func FuzzResolve(f *testing.F) {
	f.Add(uint64(1), []byte{1, 2, 3, 4})
	f.Add(uint64(2), []byte{2, 3, 1, 1})
	f.Add(uint64(3), []byte("a chain, a circle and a copy of it all, again and again and again"))
	f.Fuzz(func(t *testing.T, seed uint64, parents []byte) {
		if len(parents) > 300 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 0))
		spans := randomSpans(r, min(len(parents)+1, 200))
		for i := range spans {
			if i < len(parents) && parents[i] > 0 {
				spans[i].Parent = trace.SpanID{1 + parents[i]%byte(len(spans)+3)}
			}
		}
		for range len(parents) / 8 { // a copy that may have been made before the end
			c := spans[r.IntN(len(spans))]
			if r.IntN(2) == 0 && c.Sent == tracetree.Pending {
				c.Open, c.End = true, 0
			}
			spans = append(spans, c)
		}
		opts := tracetree.Options{Remote: seed%2 == 0}
		results := slices.Clone(tracetree.Resolve(spans, opts))
		requireSane(t, spans, results)

		place := r.Perm(len(spans)) // of each span in another order
		shuffled := make([]tracetree.Span, len(spans))
		for i, at := range place {
			shuffled[at] = spans[i]
		}
		again := tracetree.Resolve(shuffled, opts)
		id := func(spans []tracetree.Span, i int) any {
			if i < 0 {
				return nil
			}
			return [2]any{spans[i].Trace, spans[i].ID}
		}
		for i, got := range results {
			other := again[place[i]]
			require.Equal(t, got.Place, other.Place)
			require.Equal(t, got.Parent, other.Parent)
			require.Equal(t, got.Kind, other.Kind)
			require.Equal(t, id(spans, got.Root), id(shuffled, other.Root))
			require.Equal(t, id(spans, got.Session), id(shuffled, other.Session))
			require.Equal(t, id(spans, got.Person), id(shuffled, other.Person))
			require.Equal(t, id(spans, got.Stays), id(shuffled, other.Stays))
			require.Len(t, other.Merged, len(got.Merged))
			for j := range got.Merged {
				require.Equal(t, id(spans, got.Merged[j]), id(shuffled, other.Merged[j]))
			}
		}
	})
}

// requireSane asserts what holds for any spans.
func requireSane(t *testing.T, spans []tracetree.Span, results []tracetree.Result) {
	require.Len(t, results, len(spans))
	for i, got := range results {
		require.Equal(t, spans[i].Trace, spans[got.Root].Trace)
		if got.Kind.IsCall() {
			require.NotEqual(t, tracetree.NotAI, spans[i].Facts.Kind)
			require.Negative(t, got.Stays, "a call that gave way")
		}
		if got.Stays >= 0 {
			stays := results[got.Stays]
			require.True(t, stays.Kind.IsCall(), "the call is lost")
			require.Equal(t, spans[i].Trace, spans[got.Stays].Trace)
		}
		for _, m := range got.Merged {
			require.True(t, got.Kind.IsCall())
			require.Equal(t, spans[i].ID, spans[results[m].Stays].ID)
		}
		if got.Session >= 0 {
			require.NotEmpty(t, spans[got.Session].Session.ID)
			require.Equal(t, spans[i].Trace, spans[got.Session].Trace)
		}
		if got.Person >= 0 {
			require.NotEmpty(t, spans[got.Person].Session.DistinctID)
		}
	}
}
