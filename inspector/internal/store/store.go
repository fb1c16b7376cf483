// Package store keeps what arrived at the inspector: events, spans and replay
// data, up to a number of bytes. When more arrives, the oldest goes and is counted.
package store

import (
	"slices"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// DefaultLimit is how many bytes of received data a store keeps. The process needs
// about twice as much.
const DefaultLimit = 64 << 20

// Store is safe for concurrent use. What it returns is shared and must not be
// changed.
type Store struct {
	mu       sync.Mutex
	limit    int
	size     int
	queue    []record // oldest first
	traces   map[string]*traceData
	loose    []*Event // events without a trace
	uuids    map[string]bool
	chunks   []*Chunk
	refused  []Refusal
	dropped  Counts
	version  int
	watchers map[chan struct{}]struct{}
	journal  *journal // nil without a folder
}

// Counts is a number of each kind of record.
type Counts struct {
	Events int `json:"events"`
	Spans  int `json:"spans"`
	Chunks int `json:"replay_chunks"`
}

// Chunk is one piece of a session recording as posthog-js sent it.
type Chunk struct {
	SessionID, WindowID, DistinctID string
	Time                            time.Time // of arrival
	Data                            []byte    // the JSON of $snapshot_data
}

// Refusal is a request that PostHog would not have stored in whole or in part.
type Refusal struct {
	Time   time.Time `json:"time"`
	Path   string    `json:"path"`
	Status int       `json:"status"`
	Reason string    `json:"reason"`
}

type traceData struct {
	spans     []*otlp.Span
	contents  []*otlp.Content
	captured  []*Event
	converted []*Event
	stale     bool // converted does not know all spans
}

// record is what is evicted as one. One of the pointers is set.
type record struct {
	size    int
	event   *Event
	span    *otlp.Span
	chunk   *Chunk
	content *otlp.Content
}

// New returns an empty store for limit bytes; 0 or less is [DefaultLimit].
func New(limit int) *Store {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Store{
		limit: limit, traces: make(map[string]*traceData), uuids: make(map[string]bool),
		watchers: make(map[chan struct{}]struct{}),
	}
}

// AddEvents stores events. One that is there already, by its uuid, is skipped.
func (s *Store) AddEvents(events ...*Event) {
	s.add(len(events), func(i int) record { return record{size: len(events[i].Raw) + 600, event: events[i]} })
}

// AddSpans stores spans.
func (s *Store) AddSpans(spans []otlp.Span) {
	s.add(len(spans), func(i int) record { return record{size: sizeOf(spans[i]), span: &spans[i]} })
}

// AddContents stores log records that belong to spans.
func (s *Store) AddContents(contents []otlp.Content) {
	s.add(len(contents), func(i int) record {
		size := 300
		for _, kv := range contents[i].Event.Attributes {
			size += len(kv.Key) + len(kv.Value.String()) + 80
		}
		return record{size: size, content: &contents[i]}
	})
}

// AddChunk stores a piece of a recording.
func (s *Store) AddChunk(c Chunk) {
	s.add(1, func(int) record { return record{size: len(c.Data) + 300, chunk: &c} })
}

// AddRefusal remembers the last 100 refused requests.
func (s *Store) AddRefusal(r Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, r)
	s.refused = s.refused[max(0, len(s.refused)-100):]
	s.changed()
}

func (s *Store) add(n int, at func(int) record) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		r := at(i)
		if !s.insert(r) {
			continue
		}
		s.queue = append(s.queue, r)
		s.size += r.size
		s.journal.write(r)
	}
	for s.size > s.limit && len(s.queue) > 1 {
		s.evict()
	}
	s.journal.flush(s)
	s.changed()
}

// insert puts a record into its index. It is false for a copy.
func (s *Store) insert(r record) bool {
	switch {
	case r.event != nil:
		if s.uuids[r.event.UUID] {
			return false
		}
		s.uuids[r.event.UUID] = true
		if r.event.TraceID == "" {
			s.loose = append(s.loose, r.event)
			break
		}
		t := s.trace(r.event.TraceID)
		t.captured = append(t.captured, r.event)
	case r.span != nil:
		t := s.trace(r.span.Data.TraceID().String())
		t.stale = true
		if i := t.recent(r.span); i >= 0 {
			// Sent again by a retry, or once beside the session processor and once behind
			// it: the second tells more.
			if t.spans[i].Text(linkStatus) != "" || r.span.Text(linkStatus) == "" {
				return false
			}
			t.spans = slices.Clone(t.spans)
			t.spans[i] = r.span
			return true
		}
		t.spans = append(t.spans, r.span)
	case r.content != nil:
		t := s.trace(r.content.TraceID)
		t.contents = append(t.contents, r.content)
		t.stale = true
	case r.chunk != nil:
		s.chunks = append(s.chunks, r.chunk)
	}
	return true
}

const linkStatus = string(semconv.LinkStatusKey)

// recent finds a span among the last that came.
func (t *traceData) recent(s *otlp.Span) int {
	from := max(0, len(t.spans)-256)
	i := slices.IndexFunc(t.spans[from:], func(other *otlp.Span) bool { return other.Data.SpanID() == s.Data.SpanID() })
	if i < 0 {
		return i
	}
	return from + i
}

func (s *Store) trace(id string) *traceData {
	t := s.traces[id]
	if t == nil {
		t = &traceData{}
		s.traces[id] = t
	}
	return t
}

// evict removes the oldest record.
func (s *Store) evict() {
	r := s.queue[0]
	s.queue[0] = record{}
	s.queue = s.queue[1:]
	s.size -= r.size
	traceID := ""
	switch {
	case r.event != nil:
		s.dropped.Events++
		delete(s.uuids, r.event.UUID)
		if traceID = r.event.TraceID; traceID == "" {
			s.loose = without(s.loose, r.event)
			return
		}
		t := s.traces[traceID]
		t.captured = without(t.captured, r.event)
	case r.span != nil:
		s.dropped.Spans++
		traceID = r.span.Data.TraceID().String()
		t := s.traces[traceID]
		t.spans, t.stale = without(t.spans, r.span), true
	case r.content != nil:
		traceID = r.content.TraceID
		t := s.traces[traceID]
		t.contents, t.stale = without(t.contents, r.content), true
	case r.chunk != nil:
		s.dropped.Chunks++
		s.chunks = without(s.chunks, r.chunk)
		return
	}
	if t := s.traces[traceID]; len(t.captured)+len(t.spans)+len(t.contents) == 0 {
		delete(s.traces, traceID)
	}
}

// without removes one pointer. Readers may hold the old slice, so it is copied
// where it is not the first, which it is nearly always.
func without[T any](list []*T, gone *T) []*T {
	if len(list) > 0 && list[0] == gone {
		return list[1:]
	}
	return slices.DeleteFunc(slices.Clone(list), func(p *T) bool { return p == gone })
}

// Clear forgets everything, in the file as well.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.size, s.loose, s.chunks, s.refused = nil, 0, nil, nil, nil
	s.traces, s.uuids, s.dropped = make(map[string]*traceData), make(map[string]bool), Counts{}
	s.journal.compact(s)
	s.changed()
}

// convert makes the events of a trace anew when spans came or went.
func (t *traceData) convert() {
	if !t.stale {
		return
	}
	t.stale = false
	converted := make([]*Event, 0, len(t.spans))
	for _, spans := range t.byService() {
		lines, _ := otlp.Convert(spans) // a writer into memory does not fail
		for _, line := range lines {
			if e, err := parseEvent(line.Raw, Converted); err == nil {
				converted = append(converted, e)
			}
		}
	}
	t.converted = converted
}

// byService returns the spans of each service apart: the exporter in a service
// does not see those of another, so it cannot take a session from there.
func (t *traceData) byService() map[string][]sdktrace.ReadOnlySpan {
	more := make(map[string][]sdktrace.Event)
	for _, c := range t.contents {
		more[c.SpanID] = append(more[c.SpanID], c.Event)
	}
	services := make(map[string][]sdktrace.ReadOnlySpan)
	for _, s := range t.spans {
		services[s.Service()] = append(services[s.Service()], s.ReadOnly(more[s.Data.SpanID().String()]))
	}
	return services
}

// sizeOf estimates the memory of a span.
func sizeOf(s otlp.Span) int {
	size := 800 + len(s.Data.Name())
	for key, v := range s.Data.Attributes().All() {
		size += len(key) + len(v.AsString()) + 80
	}
	for _, e := range s.Data.Events().All() {
		size += 200
		for key, v := range e.Attributes().All() {
			size += len(key) + len(v.AsString()) + 80
		}
	}
	// The converted event holds the content once more.
	return 2 * size
}
