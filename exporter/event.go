package exporter

import (
	"iter"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Event is the event that [WithBeforeSend] passes to its function. The zero Event
// has no name and no properties; tests of such a function may use it.
type Event struct {
	// DistinctID is the person. Without a person it is derived from the
	// conversation or the trace. If you set it to "", it is derived from the
	// trace; after 200 bytes it is cut. Where nobody was known,
	// $process_person_profile is false: delete it to make a person of yours.
	DistinctID string

	e *event.Event
}

// inner returns the event itself. A zero Event has none before it is needed.
func (e *Event) inner() *event.Event {
	if e.e == nil {
		e.e = new(event.Event)
	}
	return e.e
}

// Name returns the name of the event, such as $ai_generation. PostHog's AI
// endpoints take no other names, so it cannot be changed.
func (e *Event) Name() string { return e.inner().Name }

// UUID returns the id of the event, which is the same each time the span is
// exported.
func (e *Event) UUID() uuid.UUID { return e.inner().UUID }

// Time returns the time of the event: the end of the span.
func (e *Event) Time() time.Time { return e.inner().Time }

// Property returns the value of a property, or false if it is not set. Messages
// and other documents are lists and maps.
func (e *Event) Property(key string) (attribute.Value, bool) {
	p := e.inner().Get(key)
	if p == nil {
		return attribute.Value{}, false
	}
	return valueOf(p), true
}

// Properties returns all properties. Changes made during the iteration show in
// the next one.
func (e *Event) Properties() iter.Seq2[string, attribute.Value] {
	list := append([]prop.Property(nil), e.inner().Properties...)
	return func(yield func(string, attribute.Value) bool) {
		for i := range list {
			if !yield(list[i].Key, valueOf(&list[i])) {
				return
			}
		}
	}
}

// SetProperty adds a property, or replaces the one with its key. It ignores the
// ids of the trace and the span, and $ai_ingestion_source, which is never sent.
func (e *Event) SetProperty(kv attribute.KeyValue) {
	if kv.Key != "" && !fixed(string(kv.Key)) {
		e.inner().Set(prop.Any(string(kv.Key), kv.Value))
	}
}

// DeleteProperty removes a property. It ignores the ids of the trace and the
// span.
func (e *Event) DeleteProperty(key string) {
	if !fixed(key) {
		e.inner().Unset(key)
	}
}

func fixed(key string) bool {
	return key == semconv.PropertyTraceID || key == semconv.PropertySpanID || key == "$ai_ingestion_source"
}

func valueOf(p *prop.Property) attribute.Value {
	if !p.JSON {
		return p.Value
	}
	n := p.Tree()
	return jsontree.ToValue(&n)
}
