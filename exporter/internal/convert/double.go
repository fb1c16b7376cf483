package convert

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// doubles are the spans of a batch that tell of an LLM call for which another
// span stands as the generation.
type doubles map[trace.SpanID]bool

func (d doubles) has(span sdktrace.ReadOnlySpan) bool {
	if v, ok := lookup(span.Attributes(), semconv.SameCallKey); ok && v.Type() == attribute.BOOL && v.AsBool() {
		return true
	}
	return d[span.SpanContext().SpanID()]
}

func findDoubles([]sdktrace.ReadOnlySpan) doubles { return nil }
