// Package convert turns OpenTelemetry spans into PostHog events. It is pure: no
// I/O, no clock, and no state except the options.
//
// steps.go has the steps of the conversion, in order. The rules of libraries
// and conventions are in internal/dialect, the message shapes of all providers
// in internal/chat. The files here make an event of the result:
//
//	envelope.go   ids, times, the person and the browser session
//	errors.go     errors, and status.go the HTTP status behind them
//	featureflags.go  the variants of experiments
//	passthrough.go  attributes that no rule consumed, without those that repeat a property
//	              (noise.go) and without secrets (secrets.go)
//	content.go    JSON texts become JSON, binary content is removed
//	tree.go       parents, sessions, and calls that several spans report
package convert

import (
	"slices"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Options configures the conversion.
type Options struct {
	// IsAI selects the spans that become events; nil is dialect.IsAI.
	IsAI func(sdktrace.ReadOnlySpan) bool
	// KeepBinary switches the redaction of base64 content off.
	KeepBinary bool
	// Explain records in events where their properties came from.
	Explain bool
}

// Converter converts one batch at a time and reuses its memory.
type Converter struct {
	c      conversion
	events []event.Event
	bySpan []*event.Event
	failed []int
	slab   []prop.Property // of all events of the batch
	known  []dialect.Knowledge
	tree   tree
}

// New returns a Converter.
func New(opts Options) *Converter { return &Converter{c: conversion{opts: opts}} }

// Batch returns the events of the AI spans in a batch, in order. They are valid
// until the next call of Batch or Reset.
func (v *Converter) Batch(spans []sdktrace.ReadOnlySpan) []event.Event {
	v.Reset()
	// The slices must not grow below, because there are pointers into them.
	v.events = slices.Grow(v.events, len(spans))
	v.bySpan = slices.Grow(v.bySpan, len(spans))
	for i, span := range spans {
		var e *event.Event
		if converted, outcome := v.span(span); outcome == anEvent {
			v.events = append(v.events, converted)
			e = &v.events[len(v.events)-1]
			e.Span = i
		} else if outcome == aPanic {
			v.failed = append(v.failed, i)
		}
		v.bySpan = append(v.bySpan, e)
		v.known = append(v.known, v.knowledge(e))
	}
	v.tree.mend(spans, v.bySpan, v.known)
	for i := range v.events {
		if v.events[i].Text(names.PropertySessionID) != "" {
			v.events[i].Link = names.LinkLinked
		}
	}
	return v.events
}

// Failed returns the indices of the spans of the last batch whose conversion
// panicked. They have no event.
func (v *Converter) Failed() []int { return v.failed }

type outcome int

const (
	noEvent outcome = iota
	anEvent
	aPanic
)

// span converts one span. A panic, even in the user's filter, loses only that
// span.
func (v *Converter) span(span sdktrace.ReadOnlySpan) (e event.Event, what outcome) {
	defer func() {
		if recover() != nil {
			e, what = event.Event{}, aPanic
			v.c = conversion{opts: v.c.opts} // its state may be anything
		}
	}()
	if !v.c.opts.isAI(span) {
		return e, noEvent
	}
	v.c.run(span)
	return v.c.event(v.keep(v.c.Properties())), anEvent
}

// knowledge is what is known of the call of an event, nil for none.
func (v *Converter) knowledge(e *event.Event) dialect.Knowledge {
	if e == nil {
		return dialect.Knowledge{}
	}
	k := v.c.Knowledge()
	k.Properties = e.Properties
	return k
}

// keep copies the properties of an event, because the conversion reuses its
// own.
func (v *Converter) keep(props []prop.Property) []prop.Property {
	start := len(v.slab)
	v.slab = append(v.slab, props...)
	return slices.Clip(v.slab[start:])
}

// Reset releases the last batch and keeps the memory for the next one.
func (v *Converter) Reset() {
	clear(v.events)
	clear(v.bySpan)
	v.events, v.bySpan, v.failed = v.events[:0], v.bySpan[:0], v.failed[:0]
	clear(v.slab)
	clear(v.known)
	v.known = v.known[:0]
	v.slab = v.slab[:0]
	v.c.Reset()
}

func (o *Options) isAI(span sdktrace.ReadOnlySpan) bool {
	if span == nil {
		return false
	}
	if o.IsAI != nil {
		return o.IsAI(span)
	}
	return dialect.IsAI(span.Name(), span.Attributes())
}
