// Package event defines a PostHog event and its JSON.
package event

import (
	"encoding/hex"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Event is one PostHog event. UUID, Time, DistinctID and Name together identify
// it to PostHog and never change between attempts.
type Event struct {
	Name       string
	DistinctID string
	UUID       uuid.UUID
	Time       time.Time // the end of the span, UTC
	Properties []prop.Property
	// ErrorType is the type of the error in $ai_error, "" if there is none or
	// it is unknown.
	ErrorType string
	// Span is the index of the span among those of the export; NoSpan without one.
	Span int
	// Link says whether the event has the browser session, and if not, why: one of
	// semconv's Link constants.
	Link string
	// Origins say where the properties came from; empty unless asked for.
	Origins []prop.Origin
}

// NoSpan is the index of an event without a span.
const NoSpan = -1

// Get returns the property with this key, or nil.
func (e *Event) Get(key string) *prop.Property {
	for i := range e.Properties {
		if e.Properties[i].Key == key {
			return &e.Properties[i]
		}
	}
	return nil
}

// Text returns the text of the property with this key, or "".
func (e *Event) Text(key string) string {
	if p := e.Get(key); p != nil {
		return p.Value.AsString()
	}
	return ""
}

// Set adds a property, or replaces the one with its key.
func (e *Event) Set(p prop.Property) {
	if old := e.Get(p.Key); old != nil {
		*old = p
		return
	}
	e.Properties = append(e.Properties, p)
}

// Unset removes the property with this key.
func (e *Event) Unset(key string) {
	e.Properties = slices.DeleteFunc(e.Properties, func(p prop.Property) bool { return p.Key == key })
}

// UnsetText removes the properties whose value is this text.
func (e *Event) UnsetText(text string) {
	e.Properties = slices.DeleteFunc(e.Properties, func(p prop.Property) bool {
		return p.Value.Type() == attribute.STRING && p.Value.AsString() == text
	})
}

// Fill adds the attributes whose keys the event does not have yet.
func (e *Event) Fill(attributes []attribute.KeyValue) {
	for _, kv := range attributes {
		if e.Get(string(kv.Key)) == nil {
			e.Properties = append(e.Properties, prop.Any(string(kv.Key), kv.Value))
		}
	}
}

// Append appends the event as a member of the batch array of PostHog's capture
// endpoints. A property without a value is left out.
func (e *Event) Append(dst []byte) []byte {
	dst = append(dst, `{"event":`...)
	dst = jsontree.AppendString(dst, e.Name)
	dst = append(dst, `,"distinct_id":`...)
	dst = jsontree.AppendString(dst, e.DistinctID)
	dst = append(dst, `,"uuid":"`...)
	dst = appendUUID(dst, e.UUID)
	dst = append(dst, `","timestamp":"`...)
	dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","properties":{`...)
	first := true
	for i := range e.Properties {
		p := &e.Properties[i]
		if p.Value.Type() == attribute.EMPTY {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(jsontree.AppendString(dst, p.Key), ':')
		dst = p.AppendValue(dst)
	}
	return append(dst, '}', '}')
}

// AppendExplained is [Event.Append] with one more member, explain: an object
// with the rule and the attributes behind each property.
func (e *Event) AppendExplained(dst []byte) []byte {
	last := make(map[string]*prop.Origin, len(e.Origins))
	for i := range e.Origins {
		last[e.Origins[i].Property] = &e.Origins[i]
	}
	explain := jsontree.Obj()
	for i := range e.Properties {
		if o := last[e.Properties[i].Key]; o != nil {
			why := jsontree.Obj(jsontree.Member{Name: "rule", Value: jsontree.Str(o.Rule)})
			if len(o.Attributes) > 0 {
				attributes := jsontree.FromValue(attribute.StringSliceValue(o.Attributes))
				why.Members = append(why.Members, jsontree.Member{Name: "attributes", Value: attributes})
			}
			explain.Members = append(explain.Members, jsontree.Member{Name: o.Property, Value: why})
		}
	}
	dst = e.Append(dst)
	dst = append(dst[:len(dst)-1], `,"explain":`...)
	return append(explain.Append(dst), '}')
}

// appendUUID appends the usual form of a UUID.
func appendUUID(dst []byte, id uuid.UUID) []byte {
	for _, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10]} {
		dst = append(hex.AppendEncode(dst, part), '-')
	}
	return hex.AppendEncode(dst, id[10:])
}
