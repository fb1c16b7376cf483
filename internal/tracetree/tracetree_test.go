package tracetree_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// span returns a span of one trace that lasts from 10*id to 1000-id: a span of a
// higher id is enclosed by one of a lower id.
func span(id, parent byte, change ...func(*tracetree.Span)) tracetree.Span {
	s := tracetree.Span{Trace: trace.TraceID{1}, ID: trace.SpanID{id}, Start: 10 * int64(id), End: 1000 - int64(id)}
	if parent != 0 {
		s.Parent = trace.SpanID{parent}
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func step(s *tracetree.Span)      { s.Facts.Kind = tracetree.Step }
func embedding(s *tracetree.Span) { s.Facts.Kind = tracetree.Embedding }
func open(s *tracetree.Span)      { s.Open, s.End = true, 0 }
func unsampled(s *tracetree.Span) { s.Unsampled = true }
func remote(s *tracetree.Span)    { s.Remote = true }
func edge(s *tracetree.Span)      { s.Remote, s.Edge = true, true }
func sent(s *tracetree.Span)      { s.Sent = tracetree.SentAsCall }
func sentStep(s *tracetree.Span)  { s.Sent = tracetree.SentAsStep }
func output(s *tracetree.Span)    { s.Facts.HasOutput = true }
func candidate(s *tracetree.Span) {
	s.Facts.Kind, s.Facts.Candidate, s.Facts.Models[0] = tracetree.Step, true, "m"
	s.Facts.Usage = tracetree.Usage{Input: 5, Output: 1}
}

func call(s *tracetree.Span) { s.Facts.Kind, s.Facts.Models[0] = tracetree.Generation, "m" }

func model(name string) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Facts.Models[0] = name }
}

func answer(id string) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Facts.ResponseID = id }
}

func input(hash uint64) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Facts.Input, s.Facts.HasInput = hash, true }
}

func tokens(in, out int64) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Facts.Usage = tracetree.Usage{Input: in, Output: out} }
}

func cached(read int64) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Facts.Usage.CacheRead = read }
}

func time(start, end int64) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Start, s.End = start, end }
}

func scope(name string) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Scope = name }
}

func has(id, person string) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Session = session.Session{ID: id, DistinctID: person} }
}

func inTrace(id byte) func(*tracetree.Span) {
	return func(s *tracetree.Span) { s.Trace = trace.TraceID{id} }
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	caller := func(s *tracetree.Span) { s.Caller = trace.SpanID{77} }
	for _, tt := range []struct {
		name  string
		spans []tracetree.Span // the last one is looked at
		place tracetree.Place
		above byte
		root  int
	}{
		{"no parent", []tracetree.Span{span(1, 0, call)}, tracetree.Root, 0, 0},
		{"right below an AI span", []tracetree.Span{span(1, 0, step), span(2, 1, call)}, tracetree.Below, 1, 0},
		{"over spans of other kinds", []tracetree.Span{span(1, 0, step), span(2, 1), span(3, 2), span(4, 3, call)}, tracetree.Below, 1, 0},
		{"no AI span up to the root", []tracetree.Span{span(1, 0), span(2, 1, call)}, tracetree.Top, 0, 0},
		{"the parent is not known", []tracetree.Span{span(2, 1, call)}, tracetree.Unknown, 0, 0},
		{"a grandparent is not known", []tracetree.Span{span(2, 1), span(3, 2, call)}, tracetree.Unknown, 0, 0},
		{"below an AI span whose parent is not known", []tracetree.Span{span(2, 1, step), span(3, 2, call)}, tracetree.Below, 2, 0},
		{"an ancestor that is not sampled is never seen", []tracetree.Span{span(1, 0, step), span(2, 1, step, unsampled), span(3, 2, call)}, tracetree.Below, 1, 0},
		{"an open ancestor counts as it is now", []tracetree.Span{span(1, 0, step, open), span(2, 1, call)}, tracetree.Below, 1, 0},
		{"a caller in another service", []tracetree.Span{span(2, 1, remote, caller), span(3, 2, call)}, tracetree.Below, 77, 0},
		{"a remote parent among the spans is known better", []tracetree.Span{span(1, 0, step), span(2, 1, remote, caller), span(3, 2, call)}, tracetree.Below, 1, 1},
		{"an edge is the root, whatever the browser says", []tracetree.Span{span(2, 1, edge), span(3, 2, call)}, tracetree.Top, 0, 0},
		{"an edge does not go below a span that the browser names", []tracetree.Span{span(1, 0, step), span(2, 1, edge), span(3, 2, call)}, tracetree.Top, 0, 1},
		{"another trace has the same span id", []tracetree.Span{span(1, 0, step, inTrace(2)), span(2, 1, call)}, tracetree.Unknown, 0, 1},
		{"its own parent", []tracetree.Span{span(1, 1, call)}, tracetree.Unknown, 0, 0},
		{"a circle is cut at the earliest", []tracetree.Span{span(1, 3, step), span(2, 1, step), span(3, 2, call)}, tracetree.Below, 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			results := tracetree.Resolve(tt.spans, tracetree.Options{})
			got := results[len(results)-1]
			require.Equal(t, tt.place, got.Place)
			require.Equal(t, tt.root, got.Root)
			if tt.place == tracetree.Below {
				require.Equal(t, trace.SpanID{tt.above}, got.Parent)
			} else {
				require.Zero(t, got.Parent)
			}
		})
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	type who struct{ session, person int }
	for _, tt := range []struct {
		name          string
		spans         []tracetree.Span // the last one is looked at
		local, remote who              // without and with Options.Remote
	}{
		{"none", []tracetree.Span{span(1, 0), span(2, 1, call)}, who{-1, -1}, who{-1, -1}},
		{"its own", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, call, has("t", "q"))}, who{1, 1}, who{1, 1}},
		{"of an ancestor", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1), span(3, 2, call)}, who{0, 0}, who{0, 0}},
		{"of the nearest one", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, has("t", "q")), span(3, 2, call)}, who{1, 1}, who{1, 1}},
		{"of one that is not sampled", []tracetree.Span{span(1, 0, has("s", "p"), unsampled), span(2, 1, call)}, who{0, 0}, who{0, 0}},
		{"never of a child or a sibling", []tracetree.Span{span(1, 0), span(3, 1, has("s", "p")), span(4, 2, has("s", "p")), span(2, 1, call)}, who{-1, -1}, who{-1, -1}},
		{"never of another trace", []tracetree.Span{span(1, 0, has("s", "p"), inTrace(2)), span(2, 1, call)}, who{-1, -1}, who{-1, -1}},
		{"over a remote parent", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, remote), span(3, 2, call)}, who{-1, -1}, who{0, 0}},
		{"never over an edge", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, edge), span(3, 2, call)}, who{-1, -1}, who{-1, -1}},
		{"the person of the same session", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, has("s", ""), call)}, who{1, 0}, who{1, 0}},
		{"not the person of another session", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, has("t", ""), call)}, who{1, -1}, who{1, -1}},
		{"not the session of another person", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, has("", "q"), call)}, who{-1, 1}, who{-1, 1}},
		{"the session of the same person", []tracetree.Span{span(1, 0, has("s", "p")), span(2, 1, has("", "p"), call)}, who{0, 1}, who{0, 1}},
		{"a session without a person", []tracetree.Span{span(1, 0, has("s", "")), span(2, 1, has("", "q"), call)}, who{0, 1}, who{0, 1}},
		{"a person without a session", []tracetree.Span{span(1, 0, has("", "p")), span(2, 1, call)}, who{-1, 0}, who{-1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			last := len(tt.spans) - 1
			got := tracetree.Resolve(tt.spans, tracetree.Options{})[last]
			require.Equal(t, tt.local, who{got.Session, got.Person})
			got = tracetree.Resolve(tt.spans, tracetree.Options{Remote: true})[last]
			require.Equal(t, tt.remote, who{got.Session, got.Person})
		})
	}
}
