// Package convert turns OpenTelemetry spans into PostHog events. It is pure: no
// input or output, no clock, no state but the options.
//
// A span goes through these steps:
//
//	library.go    which library made the span: its rules join the generic ones
//	kind.go       generation, embedding, span or trace
//	envelope.go   ids, times, the person and the browser session
//	rule.go       the tables of rules, attributes to properties; generic.go has
//	              those of the GenAI conventions
//	carrier.go    messages that are not in the usual attributes
//	<library>.go  what only this library does
//	finish.go     names and states of tools and agents, flags; parameter.go and
//	              system.go have model parameters and system prompts
//	fault.go      errors
//	pass.go       what no rule took
//	content.go    JSON texts become JSON, binary content goes
//	double.go     one call that two libraries told of is counted once
//
// Where somebody asks what made a property, origin.go and explain.go tell.
//
// A new library is one file with a [library] in it, its line in the registry
// and a golden case; where one attribute tells its calls from other spans, also a
// line in internal/genai. What several of them need is in read.go (types), flatten.go
// (lists that were flattened into attributes), document.go (JSON in attributes),
// payload.go (whole requests and responses of providers), message.go and state.go.
package convert

import (
	"slices"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Options changes what is converted and how.
type Options struct {
	// IsAI tells which spans become events; nil is [semconv.IsAI].
	IsAI func(sdktrace.ReadOnlySpan) bool
	// KeepBinary switches the redaction of base64 content off.
	KeepBinary bool
	// Private nulls all content: messages, states, tools.
	Private bool
	// Explain makes events tell where their properties came from.
	Explain bool
}

// Converter converts batches, one after the other, and uses its memory again.
type Converter struct {
	c       conversion
	events  []event.Event
	bySpan  []*event.Event
	doubles doubles
}

// New returns a Converter.
func New(opts Options) *Converter { return &Converter{c: conversion{opts: opts}} }

// Batch returns the events of the AI spans in a batch, in order. They are valid
// until the next call of Batch or Reset.
func (v *Converter) Batch(spans []sdktrace.ReadOnlySpan) []event.Event {
	v.Reset()
	// The slices do not grow below: there are pointers into them.
	v.events = slices.Grow(v.events, len(spans))
	v.bySpan = slices.Grow(v.bySpan, len(spans))
	for i, span := range spans {
		var e *event.Event
		if v.c.opts.isAI(span) {
			v.events = append(v.events, v.c.convert(span))
			e = &v.events[len(v.events)-1]
			e.Span = i
			if v.c.opts.Explain {
				explain(span, e, v.c.opts)
			}
		}
		v.bySpan = append(v.bySpan, e)
	}
	v.doubles.demote(spans, v.bySpan)
	return v.events
}

// Reset lets go of the last batch, but not of the memory for the next.
func (v *Converter) Reset() {
	clear(v.events)
	clear(v.bySpan)
	v.events, v.bySpan = v.events[:0], v.bySpan[:0]
	v.c.reset()
}

func (o *Options) isAI(span sdktrace.ReadOnlySpan) bool {
	if span == nil {
		return false
	}
	if o.IsAI != nil {
		return o.IsAI(span)
	}
	return semconv.IsAI(span.Name(), span.Attributes())
}
