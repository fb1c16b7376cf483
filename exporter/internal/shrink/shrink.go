// Package shrink cuts an event to a size limit and keeps the most important
// data of an LLM call: ids, model, tokens, times and errors always, then the
// beginning and the end of the conversation.
//
// It goes in three steps, each only as far as needed:
//
//  1. binary.go removes binary content.
//  2. structure.go reduces the number of pieces: old messages of a long
//     conversation, excess attributes.
//  3. text.go shortens texts, the longest of the least important kind first.
//
// The time is linear in the size of the event, except for a sort.
package shrink

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Event returns e in at most limit bytes of JSON, with $ai_truncated if
// something was removed. It does not change the data that e refers to. A limit
// of 16 KiB can always be met; below that, the properties that are never cut
// may be larger.
func Event(e event.Event, limit int) event.Event {
	if size(&e) <= limit {
		return e
	}
	s := newShrinker(e, limit)
	if s.dropBinary() {
		s.measure()
	}
	if s.size() > s.limit {
		s.dropStructure()
		s.cutTexts()
	}
	return s.event()
}

// size is the size of an event in JSON, or one more.
func size(e *event.Event) int {
	bare := *e
	bare.Properties = nil
	n := len(bare.Append(nil))
	for i := range e.Properties {
		if p := &e.Properties[i]; p.Value.Type() != attribute.EMPTY {
			n += keySize(p) + valueSize(p)
		}
	}
	return n
}

// shrinker is an event being cut.
type shrinker struct {
	bare  event.Event // without its properties
	limit int         // what the parts may take together
	parts []part
}

func newShrinker(e event.Event, limit int) *shrinker {
	s := &shrinker{bare: e}
	s.bare.Properties = []prop.Property{prop.Any(names.PropertyTruncated, attribute.BoolValue(true))}
	s.limit = limit - len(s.bare.Append(nil))
	seen := make(map[string]bool, len(e.Properties))
	s.parts = make([]part, 0, len(e.Properties))
	for _, p := range e.Properties {
		if p.Key == names.PropertyTruncated || p.Value.Type() == attribute.EMPTY || seen[p.Key] {
			continue
		}
		seen[p.Key] = true
		s.parts = append(s.parts, newPart(p))
	}
	s.measure()
	return s
}

func (s *shrinker) measure() {
	for i := range s.parts {
		s.parts[i].measure()
	}
}

// size is the JSON of all parts.
func (s *shrinker) size() int {
	n := 0
	for i := range s.parts {
		n += s.parts[i].size()
	}
	return n
}

// skeleton is the size of all parts if every text is as short as possible.
func (s *shrinker) skeleton() int {
	n := 0
	for i := range s.parts {
		n += s.parts[i].skeleton
	}
	return n
}

func (s *shrinker) event() event.Event {
	e := s.bare
	e.Properties = make([]prop.Property, 0, len(s.parts)+1)
	for i := range s.parts {
		if !s.parts[i].gone {
			e.Properties = append(e.Properties, s.parts[i].property())
		}
	}
	e.Properties = append(e.Properties, s.bare.Properties...)
	return e
}
