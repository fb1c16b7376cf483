package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// Batch converts one batch.
func Batch(spans []sdktrace.ReadOnlySpan, opts Options) []event.Event {
	return New(opts).Batch(spans)
}

// KnownKeys returns every attribute key and prefix that some rule or mark
// names, for tests that make up spans.
func KnownKeys() []attribute.Key {
	var list []attribute.Key
	for _, lib := range registry.list {
		for key := range lib.table.keys {
			list = append(list, key)
		}
		for _, m := range lib.marks {
			key, _, _ := strings.Cut(m, "=")
			list = append(list, attribute.Key(key))
		}
		for _, d := range lib.drop {
			list = append(list, attribute.Key(d))
		}
	}
	return list
}
