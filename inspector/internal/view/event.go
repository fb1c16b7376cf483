package view

import (
	"encoding/json"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/inspector/internal/explain"
	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// EventPage is one event with all that is known about it.
type EventPage struct {
	Item
	Service string          `json:"service,omitempty"`
	Path    string          `json:"path,omitempty"`
	Raw     json.RawMessage `json:"raw"`
	Span    json.RawMessage `json:"span,omitempty"` // OTLP/JSON
	// Origins says where each property comes from, where the span is known.
	Origins map[string]otlp.Origin `json:"origins,omitempty"`
	Why     *explain.Verdict       `json:"why,omitempty"` // for AI events
	// Recorded says that there is a recording of the event's session.
	Recorded bool `json:"recorded"`
}

// OneEvent finds an event by its uuid, or a span's event by the id of the span.
func OneEvent(s *store.Store, snap store.Snapshot, id string) (EventPage, bool) {
	for _, t := range snap.Traces {
		for _, e := range t.Events {
			if e.UUID == id || e.SpanID == id && id != "" && e.Name != "$ai_trace" {
				return eventPage(s, snap, e, t), true
			}
		}
	}
	for _, e := range snap.Loose {
		if e.UUID == id {
			return eventPage(s, snap, e, store.Trace{}), true
		}
	}
	return EventPage{}, false
}

func eventPage(s *store.Store, snap store.Snapshot, e *store.Event, t store.Trace) EventPage {
	p := EventPage{Item: itemOf(e), Service: e.Service, Path: e.Path, Raw: e.Raw}
	for _, span := range t.Spans {
		if span.Data.SpanID().String() == e.SpanID {
			p.Service = span.Service()
			p.Span, _ = (&ptrace.JSONMarshaler{}).MarshalTraces(span.Message())
		}
	}
	if p.Span != nil {
		p.Origins = s.Origins(t.ID, e.UUID)
	}
	if e.IsAI() {
		why := explain.NewTrace(t).Event(e, explain.NewWorld(snap))
		p.Why = &why
	}
	for _, c := range snap.Chunks {
		p.Recorded = p.Recorded || e.SessionID != "" && c.SessionID == e.SessionID
	}
	return p
}

// OneSpan returns a span as OTLP/JSON. It is false when it did not arrive.
func OneSpan(s *store.Store, traceID, spanID string) (json.RawMessage, bool) {
	t, _ := s.Trace(traceID)
	for _, span := range t.Spans {
		if span.Data.SpanID().String() == spanID {
			text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(span.Message())
			return text, err == nil
		}
	}
	return nil, false
}
