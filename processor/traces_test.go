package processor_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

// remote returns a context with nothing but a remote parent: baggage is lost, and
// so is the span of this process that had it.
func remote(ctx context.Context, id trace.TraceID) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled,
	}))
}

func TestManyTraces(t *testing.T) {
	t.Parallel()
	const traces = 4000
	for _, tt := range []struct {
		name string
		id   func(i int) trace.TraceID
		opts []processor.Option
		all  bool // none is forgotten
	}{
		{"counted ids", func(i int) (id trace.TraceID) {
			binary.BigEndian.PutUint64(id[8:], uint64(i+1))
			return id
		}, nil, true},
		{"ids with a time in front and a counter", func(i int) (id trace.TraceID) {
			binary.BigEndian.PutUint32(id[:], 0x65000000+uint32(i/100))
			binary.BigEndian.PutUint32(id[4:], uint32(i))
			return id
		}, []processor.Option{processor.WithMaxTraces(64 * traces)}, true}, // all in one part
		{"ids that end alike", func(i int) (id trace.TraceID) {
			binary.BigEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15+1)
			return id
		}, []processor.Option{processor.WithMaxTraces(64 * traces)}, true},
		{"too many", func(i int) (id trace.TraceID) {
			binary.BigEndian.PutUint64(id[8:], uint64(i+1))
			return id
		}, []processor.Option{processor.WithMaxTraces(500)}, false},
		{"one in each part", func(i int) (id trace.TraceID) {
			binary.BigEndian.PutUint64(id[8:], uint64(i+1))
			return id
		}, []processor.Option{processor.WithMaxTraces(1)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t, tt.opts...)
			session := func(i int) (id, window, distinct string) {
				// Of every length, so that some do not fit where most do.
				n := 1 + i%66
				return fmt.Sprintf("s%0*d", n, i), fmt.Sprintf("w%0*d", i%3*n, i), fmt.Sprintf("d%0*d", n, i)
			}
			for i := range traces {
				id, window, distinct := session(i)
				_, s := pl.start(withBaggage(remote(t.Context(), tt.id(i)), t,
					"session.id", id, "posthog.window_id", window, "posthog.distinct_id", distinct), "GET /")
				s.End()
			}
			found := 0
			for i := range traces {
				_, s := pl.start(remote(t.Context(), tt.id(i)), "call", chat)
				s.End()
				got := pl.next.GetSpans()[0]
				pl.next.Reset()
				if !hasKey(got, "$session_id") {
					require.Less(t, i, traces-1, "the last one is known")
					continue
				}
				found++
				id, window, distinct := session(i)
				require.Equal(t, id, value(got, "$session_id"))
				require.Equal(t, window, value(got, "$window_id"))
				require.Equal(t, distinct, value(got, "posthog.distinct_id"))
			}
			if tt.all {
				// A part that is full may lose one in a hundred.
				require.Greater(t, found, traces*99/100)
			} else {
				require.Less(t, found, 501)
			}
			_, _, remembered, _ := pl.p.Remembered()
			if !tt.all {
				require.LessOrEqual(t, remembered, 500)
			}
		})
	}
}

// A session in the trace that is long, and another one.
func TestLongSessionsOfOneTrace(t *testing.T) {
	t.Parallel()
	pl := newPipeline(t)
	ctx, root := pl.start(t.Context(), "root", agent)
	long := func(c string) string { return strings.Repeat(c, 200) }
	for range 2 {
		_, s := pl.start(withBaggage(ctx, t, "session.id", long("a"), "posthog.window_id", long("b")), "one", chat)
		s.End()
	}
	_, s := pl.start(withBaggage(ctx, t, "session.id", long("c"), "posthog.window_id", long("d")), "two", chat)
	s.End()
	_, s = pl.start(ctx, "after", chat)
	s.End()
	root.End()
	require.Equal(t, long("c"), value(pl.sent(t, "after"), "$session_id"))
	require.Equal(t, long("d"), value(pl.sent(t, "after"), "$window_id"))
	require.Equal(t, long("a"), value(pl.sent(t, "root"), "$session_id"))
	require.Equal(t, long("b"), value(pl.sent(t, "root"), "$window_id"))
}

// What a user sets by hand is stamped on other spans only if it can be an id.
func TestHandSetSessionIsChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{strings.Repeat("s", 201), "two words", "line\n"} {
		pl := newPipeline(t)
		ctx, root := pl.start(t.Context(), "GET /")
		_, a := pl.start(ctx, "auth", attribute.String("$session_id", bad))
		a.End()
		_, s := pl.start(ctx, "call", chat)
		s.End()
		root.End()
		require.False(t, hasKey(pl.sent(t, "call"), "$session_id"))

		// Nor on the spans below it, in a trace that has a session.
		pl = newPipeline(t)
		ctx, root = pl.start(withBaggage(t.Context(), t, "session.id", "s"), "GET /")
		ctx, a = pl.start(otelbaggage.ContextWithoutBaggage(ctx), "auth", attribute.String("$session_id", bad))
		_, s = pl.start(ctx, "call", chat)
		s.End()
		a.End()
		root.End()
		require.Equal(t, "s", value(pl.sent(t, "call"), "$session_id"))
	}

	pl := newPipeline(t)
	ctx, root := pl.start(t.Context(), "GET /")
	_, a := pl.start(ctx, "auth", attribute.String("posthogSessionId", "s"),
		attribute.String("$window_id", "two words"), attribute.String("posthog.distinct_id", strings.Repeat("d", 201)))
	a.End()
	_, s := pl.start(ctx, "call", chat)
	s.End()
	root.End()
	require.Equal(t, "s", value(pl.sent(t, "call"), "$session_id"))
	require.False(t, hasKey(pl.sent(t, "call"), "$window_id"))
	require.False(t, hasKey(pl.sent(t, "call"), "posthog.distinct_id"))
}
