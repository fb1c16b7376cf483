package exporter

import (
	"bytes"
	"errors"

	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

var duplicate = outcome.Failure{
	Reason: outcome.Duplicate,
	Err:    errors.New("two different spans of one export have the same trace id and span id, so PostHog could keep one of them only: the first"),
}

var panicked = outcome.Failure{
	Reason: outcome.Panicked,
	Err:    errors.New("the function of WithFilter or the conversion of the span panicked: test that function if you have one, else please report the instrumentation library and its version; the other spans are not affected"),
}

// idSet finds events with the same id. Some PostHog views would count both, and
// the v1 contract refuses the request.
type idSet struct{ seen map[uuid.UUID]int }

// split moves the first event of each id to the front and returns their number.
// After them come events that differ from the first event with their id. Exact
// copies are left out, which loses nothing.
func (s *idSet) split(events []event.Event) (sorted []event.Event, unique int) {
	if s.seen == nil {
		s.seen = make(map[uuid.UUID]int, len(events))
	}
	defer clear(s.seen)
	var others []event.Event
	for i := range events {
		first, known := s.seen[events[i].UUID]
		switch {
		case !known:
			s.seen[events[i].UUID] = unique
			events[unique] = events[i]
			unique++
		case !isSame(&events[first], &events[i]):
			others = append(others, events[i])
		}
	}
	return append(events[:unique], others...), unique
}

func isSame(a, b *event.Event) bool { return bytes.Equal(a.Append(nil), b.Append(nil)) }
