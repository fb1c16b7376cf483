package convert

import (
	"bytes"
	"iter"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// maxWork bounds the time for a span with very many attributes, in what all
// trials read. Of the attributes that are not tried, only some are told.
const maxWork = 1 << 20

// explain completes the origins of an event with every attribute without which
// a property would be another. It finds them by conversions of the span that
// each lack one of them. An attribute that decides the kind of the event or its
// library has a part in everything, and is only named where no other is.
func explain(span sdktrace.ReadOnlySpan, e *event.Event, opts Options) {
	opts.Explain = false
	trial := conversion{opts: opts}
	made := map[string][]string{}
	decided := map[string][]string{}
	others := map[string]*prop.Property{}
	trials := maxWork / work(span)
	for name, less := range reduced(span) {
		if trials--; trials < 0 {
			break
		}
		other := trial.convert(less)
		clear(others)
		for i := range other.Properties {
			others[other.Properties[i].Key] = &other.Properties[i]
		}
		into := made
		if other.Name != e.Name || !same(others[names.PropertyAILib], e.Get(names.PropertyAILib)) {
			into = decided
		}
		for i := range e.Properties {
			p := &e.Properties[i]
			if !same(others[p.Key], p) && !slices.Contains(into[p.Key], name) {
				into[p.Key] = append(into[p.Key], name)
			}
		}
		trial.reset()
	}
	for i := range e.Origins {
		o := &e.Origins[i]
		for _, name := range made[o.Property] {
			if !slices.Contains(o.Attributes, name) {
				o.Attributes = append(o.Attributes, name)
			}
		}
		if len(o.Attributes) == 0 {
			o.Attributes = decided[o.Property]
		}
	}
}

// work is how much the conversion of a span reads: attributes and events.
func work(span sdktrace.ReadOnlySpan) int {
	n := 1 + len(span.Attributes()) + span.Resource().Len()
	for _, e := range span.Events() {
		n += 1 + len(e.Attributes)
	}
	return n
}

// same reports whether a property is the same in two events; nil is none.
func same(p, q *prop.Property) bool {
	if p == nil || q == nil {
		return p == q
	}
	if p.Value.Type() == attribute.STRING && q.Value.Type() == attribute.STRING {
		return *p == *q
	}
	return bytes.Equal(p.AppendValue(nil), q.AppendValue(nil))
}

// reducedSpan is a span of which something is left out.
type reducedSpan struct {
	sdktrace.ReadOnlySpan
	attrs  []attribute.KeyValue
	events []sdktrace.Event
	res    *resource.Resource
}

func (s *reducedSpan) Attributes() []attribute.KeyValue { return s.attrs }
func (s *reducedSpan) Events() []sdktrace.Event         { return s.events }
func (s *reducedSpan) Resource() *resource.Resource     { return s.res }

// reduced returns the span without one of its attributes, of those of its events
// or of its resource, under the name of what is left out.
func reduced(span sdktrace.ReadOnlySpan) iter.Seq2[string, sdktrace.ReadOnlySpan] {
	return func(yield func(string, sdktrace.ReadOnlySpan) bool) {
		attrs, events, res := span.Attributes(), span.Events(), span.Resource()
		for i := range attrs {
			if !yield(string(attrs[i].Key), &reducedSpan{span, minus(attrs, i), events, res}) {
				return
			}
		}
		for i := range events {
			for j := range events[i].Attributes {
				fewer := slices.Clone(events)
				fewer[i].Attributes = minus(events[i].Attributes, j)
				name := events[i].Name + "/" + string(events[i].Attributes[j].Key)
				if !yield(name, &reducedSpan{span, attrs, fewer, res}) {
					return
				}
			}
			if len(events[i].Attributes) == 0 && !yield(events[i].Name, &reducedSpan{span, attrs, minus(events, i), res}) {
				return
			}
		}
		list := res.Attributes()
		for i := range list {
			if !yield(string(list[i].Key), &reducedSpan{span, attrs, events, resource.NewSchemaless(minus(list, i)...)}) {
				return
			}
		}
	}
}

func minus[T any](list []T, i int) []T { return slices.Delete(slices.Clone(list), i, i+1) }
