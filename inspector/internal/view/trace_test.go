package view_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
	"github.com/otelposthog/otelposthog-go/inspector/internal/view"
)

// TestTreeHasEachRowOnce makes trees with missing parents, parents of themselves
// and cycles, as foreign events can have.
func TestTreeHasEachRowOnce(t *testing.T) {
	t.Parallel()
	for seed := range 300 {
		r := rand.New(rand.NewPCG(uint64(seed), 1)) //nolint:gosec // a test
		s := store.New(0)
		n := 1 + r.IntN(12)
		for i := range n {
			s.AddEvents(&store.Event{
				UUID: fmt.Sprint(i), Name: "$ai_span", TraceID: "t", SpanID: fmt.Sprint("s", i), Time: time.Unix(int64(r.IntN(5)), 0),
				ParentID: []string{"", "t", "gone", fmt.Sprint("s", r.IntN(n))}[r.IntN(4)],
			})
		}
		page, ok := view.OneTrace(s, "t")
		require.True(t, ok)
		seen := make(map[string]bool)
		depth := 0
		for _, node := range page.Nodes {
			require.False(t, seen[node.ID], seed)
			seen[node.ID] = true
			require.LessOrEqual(t, node.Depth, depth+1, "a row is at most one below the row before")
			depth = node.Depth
			require.Equal(t, node.ParentID == "gone", node.Orphan)
		}
		require.Len(t, page.Nodes, n)
	}
}

func TestChecklist(t *testing.T) {
	t.Parallel()
	s := store.New(0)
	event := func(i int, session, properties string) *store.Event {
		return &store.Event{
			UUID: fmt.Sprint(i), Name: "$ai_generation", TraceID: "t", SpanID: fmt.Sprint(i), DistinctID: "ada", SessionID: session,
			Raw: []byte(`{"event":"$ai_generation","properties":` + properties + `}`),
		}
	}
	passed := func() map[string]bool {
		m := make(map[string]bool)
		for _, c := range view.Checklist(s.Snapshot()) {
			m[c.Name] = c.Passed
			require.NotEmpty(t, c.Detail)
			require.NotEmpty(t, c.Fix)
		}
		return m
	}
	require.NotContains(t, passed(), true)
	for i := range 20 {
		s.AddEvents(event(i, "s", `{"$ai_session_id":null,"$ai_tools":[{}]}`))
	}
	require.Equal(t, map[string]bool{
		"Enough events": true, "Conversations": true, "Tool calls": true, "Users": true, "Trace structure": false, "Session link": true, "Replay": false,
	}, passed(), "an explicit null is a conversation")
	s.AddChunk(store.Chunk{SessionID: "s", Data: []byte(`[]`)})
	require.True(t, passed()["Replay"])
	s.AddEvents(event(99, "", `{}`))
	require.False(t, passed()["Session link"])
	require.False(t, passed()["Replay"])
}
