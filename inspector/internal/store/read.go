package store

import (
	"cmp"
	"slices"
	"sync"

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
)

// Trace is all that is known of one trace.
type Trace struct {
	ID     string
	Events []*Event // by start; the captured one where an event came both ways
	Spans  []*otlp.Span
}

// Snapshot is everything at one moment.
type Snapshot struct {
	Version int
	Traces  []Trace  // newest first
	Loose   []*Event // without a trace, by time
	Chunks  []*Chunk
	Refused []Refusal
	Dropped Counts
	Stored  Counts
	Bytes   int
	Limit   int
}

// Snapshot returns everything. Converting what is new is part of it.
func (s *Store) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := Snapshot{
		Version: s.version, Dropped: s.dropped, Bytes: s.size, Limit: s.limit,
		Loose: slices.Clone(s.loose), Chunks: slices.Clone(s.chunks), Refused: slices.Clone(s.refused),
		Stored: Counts{Events: len(s.uuids), Chunks: len(s.chunks)},
		Traces: make([]Trace, 0, len(s.traces)),
	}
	for id, t := range s.traces {
		t.convert()
		snap.Stored.Spans += len(t.spans)
		snap.Traces = append(snap.Traces, t.view(id))
	}
	slices.SortFunc(snap.Traces, func(a, b Trace) int { return compareTraces(b, a) })
	slices.SortStableFunc(snap.Loose, func(a, b *Event) int { return a.Time.Compare(b.Time) })
	return snap
}

// Trace returns one trace. It is false when nothing is known of it.
func (s *Store) Trace(id string) (Trace, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.traces[id]
	if !ok {
		return Trace{}, false
	}
	t.convert()
	return t.view(id), true
}

// Origins says for an event of a trace where each property comes from. It is nil
// when no span of the trace becomes that event.
func (s *Store) Origins(traceID, uuid string) map[string]otlp.Origin {
	s.mu.Lock()
	t, ok := s.traces[traceID]
	if !ok || len(t.spans) > maxExplained {
		s.mu.Unlock()
		return nil
	}
	services := t.byService()
	s.mu.Unlock()
	for _, spans := range services {
		lines, _ := otlp.Explain(spans)
		for _, line := range lines {
			if e, err := parseEvent(line.Raw, Converted); err == nil && e.UUID == uuid {
				return line.Explain
			}
		}
	}
	return nil
}

// maxExplained bounds the size of the traces that are explained, because that
// takes one conversion for each attribute.
const maxExplained = 500

func (t *traceData) view(id string) Trace {
	v := Trace{ID: id, Spans: slices.Clone(t.spans)}
	// An event of another library has another uuid, but names the same span.
	type ofSpan struct{ id, name string }
	uuids, spans := make(map[string]bool, len(t.captured)), make(map[ofSpan]bool, len(t.captured))
	for _, e := range t.captured {
		uuids[e.UUID], spans[ofSpan{e.SpanID, e.Name}] = true, true
		v.Events = append(v.Events, e)
	}
	for _, e := range t.converted {
		if !uuids[e.UUID] && !spans[ofSpan{e.SpanID, e.Name}] {
			v.Events = append(v.Events, e)
		}
	}
	slices.SortStableFunc(v.Events, func(a, b *Event) int { return a.Start().Compare(b.Start()) })
	slices.SortStableFunc(v.Spans, func(a, b *otlp.Span) int {
		return cmp.Compare(a.Data.StartTimestamp(), b.Data.StartTimestamp())
	})
	return v
}

func compareTraces(a, b Trace) int {
	return cmp.Or(cmp.Compare(a.start(), b.start()), cmp.Compare(a.ID, b.ID))
}

func (t Trace) start() int64 {
	var starts []int64
	if len(t.Events) > 0 {
		starts = append(starts, t.Events[0].Start().UnixNano())
	}
	if len(t.Spans) > 0 {
		starts = append(starts, int64(t.Spans[0].Data.StartTimestamp()))
	}
	if len(starts) == 0 {
		return 0
	}
	return slices.Min(starts)
}

// Watch returns a channel that gets a value after something changed. Several
// changes may come as one. The caller calls stop when done.
func (s *Store) Watch() (changes <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[ch] = struct{}{}
	return ch, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, ch)
	})
}

// changed tells the watchers. The caller holds the lock.
func (s *Store) changed() {
	s.version++
	for ch := range s.watchers {
		select {
		case ch <- struct{}{}:
		default: // it has not looked since the last one
		}
	}
}
