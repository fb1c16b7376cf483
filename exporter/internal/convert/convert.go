// Package convert turns OpenTelemetry spans into PostHog events. It is pure: no
// input or output, no clock, no state between batches but the options.
package convert

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// Options changes what is converted and how.
type Options struct {
	// IsAI tells which spans become events; nil is semconv.IsAI.
	IsAI func(sdktrace.ReadOnlySpan) bool
	// KeepBinary switches the redaction of base64 content off.
	KeepBinary bool
	// Private nulls all content: messages, states, tools.
	Private bool
}

// Batch returns the events of the AI spans in a batch, in order.
func Batch(spans []sdktrace.ReadOnlySpan, opts Options) []event.Event {
	return nil
}
