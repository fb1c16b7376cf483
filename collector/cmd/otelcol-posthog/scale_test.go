package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// TestTwoCollectors splits traces between two Collectors, by trace id as a
// balancer does and, for every tenth trace, without regard to it. The session is
// on the root span only, which comes last. Spans whose root went elsewhere wait
// until the Collectors stop, and are in the queue when they start again.
func TestTwoCollectors(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	backends := make([]*collector, 2)
	for i := range backends {
		backends[i] = newCollector(t, "scale-backend.yaml", server.URL, []string{"SESSION_WAIT=1h"})
		backends[i].start(ctx)
	}
	const traces = 100
	for i := range traces {
		of := backends[i%2]
		of.feed(ctx, oneSpan(i, 2, "gen_ai.call"))
		if i%10 == 0 {
			of = backends[1-i%2]
		}
		of.feed(ctx, oneSpan(i, 1, "GET /"))
	}
	for _, c := range backends {
		c.stop()
		c.start(ctx)
	}
	events, err := server.Wait(ctx, traces)
	require.NoError(t, err)

	seen := make(map[int]bool)
	for _, e := range events {
		id, ok := e.Int("trace")
		require.True(t, ok)
		require.False(t, seen[int(id)], "stored once")
		seen[int(id)] = true
		if id%10 == 0 {
			require.NotContains(t, e.Properties, "$session_id", "the root went elsewhere")
			require.Equal(t, "0100000000000000", e.Properties["$ai_parent_id"])
			continue
		}
		require.Equal(t, "from-the-browser", e.Properties["$session_id"])
		require.Equal(t, e.Properties["$ai_trace_id"], e.Properties["$ai_parent_id"], "the parent is no event")
	}
	require.Len(t, seen, traces)
	for _, c := range backends {
		c.kill()
	}
}

// oneSpan returns the root of a trace, with the session, or the AI span below it.
func oneSpan(trace int, id byte, name string) ptrace.Traces {
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1, byte(trace)})
	s.SetSpanID(pcommon.SpanID{id})
	s.SetName(name)
	s.SetStartTimestamp(1_770_000_000_000_000_000)
	s.SetEndTimestamp(1_770_000_001_000_000_000)
	s.Attributes().PutInt("trace", int64(trace))
	if id == 1 {
		s.Attributes().PutEmptySlice("http.request.header.x-posthog-session-id").AppendEmpty().SetStr("from-the-browser")
	} else {
		s.SetParentSpanID(pcommon.SpanID{1})
	}
	return td
}
