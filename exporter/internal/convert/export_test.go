package convert

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// Batch converts one batch.
func Batch(spans []sdktrace.ReadOnlySpan, opts Options) []event.Event {
	return New(opts).Batch(spans)
}
