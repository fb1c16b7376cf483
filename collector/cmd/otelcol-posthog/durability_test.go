package main

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// outage is how long PostHog is not available. DURABILITY=1m makes it a minute.
func outage(t *testing.T) time.Duration {
	if text := os.Getenv("DURABILITY"); text != "" {
		d, err := time.ParseDuration(text)
		require.NoError(t, err)
		return d
	}
	return 2 * time.Second
}

// quick retries sooner than the configuration says, for the sake of the test.
const quick = "exporters::posthog::retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}"

// TestSurvivesKill kills the Collector twice while PostHog is down, and once
// while it is sending to a PostHog that stores events and does not say so.
func TestSurvivesKill(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	server.Stop()
	c := newCollector(t, "durable.yaml", server.URL, nil, quick, "exporters::posthog::timeout: 2s")

	fed := 0
	feed := func(requests int) {
		for range requests {
			require.Zero(t, c.feed(ctx, calls(fed, 10, 500)), "a Collector with a queue takes what comes")
			fed += 10
		}
	}
	c.start(ctx)
	feed(20)
	c.kill()
	c.start(ctx)
	feed(20)
	c.kill()

	require.NoError(t, server.Start())
	server.SetFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.DropAfterStore() })
	c.start(ctx)
	feed(5)
	_, err := server.Wait(ctx, 1)
	require.NoError(t, err)
	c.kill()

	unheard := len(server.Events())
	server.SetFaultFunc(nil)
	c.start(ctx)
	_, err = server.Wait(ctx, unheard+1)
	require.NoError(t, err)
	require.Positive(t, everySpanStored(ctx, t, server, fed), "what was stored unheard was sent again")
	c.kill()
}

// TestSurvivesOutage has a PostHog that answers 503 for a while, and a few times
// takes events and hangs up.
func TestSurvivesOutage(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	c := newCollector(t, "durable.yaml", server.URL, nil, quick)
	c.start(ctx)
	end := time.Now().Add(outage(t))
	server.SetFaultFunc(func(posthogtest.Request) posthogtest.Fault {
		switch {
		case time.Now().Before(end):
			return posthogtest.Status(503)
		case rand.IntN(4) == 0:
			return posthogtest.DropAfterStore()
		}
		return posthogtest.Fault{}
	})
	fed := 0
	for time.Now().Before(end) {
		c.feed(ctx, calls(fed, 10, 2000))
		fed += 10
		require.NoError(t, pause(ctx, 20*time.Millisecond))
	}
	everySpanStored(ctx, t, server, fed)
	refused := 0
	for _, r := range server.Requests() {
		if r.Status == 503 {
			refused++
		}
	}
	require.Positive(t, refused, "the outage was noticed")
	c.kill()
}

// TestSurvivesLittleMemory sends a Collector more than the memory that it may
// have, while PostHog is down. It says so when it cannot take more, and loses
// nothing that it took.
func TestSurvivesLittleMemory(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	server.Stop()
	c := newCollector(t, "durable.yaml", server.URL, []string{"MEMORY_LIMIT_MIB=112", "MEMORY_SPIKE_MIB=52"},
		quick, "processors::memory_limiter::check_interval: 10ms",
		"exporters::posthog::sending_queue: {num_consumers: 1, batch: {min_size: 200000}}")
	c.start(ctx)
	const feeders, requests, spans = 8, 2, 50
	var refused atomic.Int64
	var feeding sync.WaitGroup
	for f := range feeders {
		feeding.Go(func() {
			for r := range requests {
				refused.Add(int64(c.feed(ctx, calls((f*requests+r)*spans, spans, 64<<10))))
			}
		})
	}
	feeding.Wait()
	require.Positive(t, refused.Load(), "the memory limit was felt")
	require.NoError(t, server.Start())
	everySpanStored(ctx, t, server, feeders*requests*spans)
	t.Logf("%d times a request was refused and sent again", refused.Load())
	c.kill()
}

// deadline is far beyond what the test needs, so that no test hangs.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), outage(t)+6*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// everySpanStored waits until each of n spans is stored, and finds one uuid for
// each. It returns how many were stored more than once.
func everySpanStored(ctx context.Context, t *testing.T, server *posthogtest.Server, n int) (copies int) {
	for {
		if len(server.Stored()) >= n {
			break
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			require.Len(t, server.Stored(), n, "not everything was stored in time")
		}
	}
	uuids := make(map[any]string)
	for _, e := range server.Events() {
		span := e.Properties["$ai_span_id"]
		if uuid, again := uuids[span]; again {
			require.Equal(t, uuid, e.UUID, "the same span is the same event")
			copies++
		}
		uuids[span] = e.UUID
	}
	require.Len(t, uuids, n)
	require.Len(t, server.Stored(), n)
	require.Len(t, server.Deduplicated(), n, "PostHog can tell the copies")
	t.Logf("%d spans, %d copies", n, copies)
	return copies
}

// calls returns n LLM calls with ids from first on, and as many spans of other
// kinds.
func calls(first, n, size int) ptrace.Traces {
	td := ptrace.NewTraces()
	list := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	input, output := spantest.Conversation(rand.New(rand.NewPCG(1, uint64(first))), size)
	for i := first; i < first+n; i++ {
		var id pcommon.SpanID
		binary.BigEndian.PutUint64(id[:], uint64(i)+1)
		for _, ai := range []bool{true, false} {
			s := list.AppendEmpty()
			s.SetTraceID(pcommon.TraceID{1, id[6], id[7]})
			s.SetSpanID(id)
			s.SetStartTimestamp(1_770_000_000_000_000_000)
			s.SetEndTimestamp(1_770_000_001_000_000_000)
			s.SetName("GET /")
			if ai {
				s.SetName("chat gpt-4o")
				s.Attributes().PutStr("gen_ai.operation.name", "chat")
				s.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
				s.Attributes().PutStr("gen_ai.input.messages", input)
				s.Attributes().PutStr("gen_ai.output.messages", output)
			}
			id[0] = 1
		}
	}
	return td
}
