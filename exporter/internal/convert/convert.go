// Package convert turns OpenTelemetry spans into PostHog events. It is pure: no
// input or output, no clock, no state but the options.
//
// A span goes through these steps, a file each:
//
//	library.go   which library made the span: its rules join the generic ones
//	kind.go      generation, embedding, span or trace
//	rule.go      the tables of rules: attributes to properties
//	carrier.go   messages that are not in the usual attributes
//	<library>.go what only this library does
//	finish.go    names and states of tools and agents, system prompts, flags
//	envelope.go  ids, times, the person and the browser session
//	fault.go     errors
//	content.go   JSON texts become JSON, binary content goes
//
// A new library is one file with a [library] in it, its line in the registry
// and a golden case.
package convert

import (
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
	// Explain is told, for each event, where its properties came from.
	Explain func(event.Event, []Origin)
}

// Batch returns the events of the AI spans in a batch, in order.
func Batch(spans []sdktrace.ReadOnlySpan, opts Options) []event.Event {
	events := make([]event.Event, 0, len(spans))
	bySpan := make([]*event.Event, len(spans))
	var explained [][]Origin
	c := conversion{opts: opts}
	for i, span := range spans {
		if opts.isAI(span) {
			events = append(events, c.convert(span))
			bySpan[i] = &events[len(events)-1]
			explained = append(explained, c.origins.list)
		}
	}
	demoteDoubles(spans, bySpan)
	if opts.Explain != nil {
		for i := range events {
			opts.Explain(events[i], explained[i])
		}
	}
	return events
}

func (o *Options) isAI(span sdktrace.ReadOnlySpan) bool {
	if o.IsAI != nil {
		return o.IsAI(span)
	}
	return semconv.IsAI(span.Name(), span.Attributes())
}
