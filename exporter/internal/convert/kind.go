package convert

import (
	"github.com/otelposthog/otelposthog-go/internal/genai"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// classify returns the event name of the span.
func (c *conversion) classify() string {
	if c.span.Name() == semconv.EventEvaluationResult {
		return semconv.EventEvaluation // the Collector makes such spans of log records
	}
	kind := c.ownKind()
	if v, ok := c.attr(semconv.SameCallKey); ok && v.AsBool() && kind == semconv.EventGeneration {
		kind = semconv.EventSpan // another span stands for the call
	}
	if kind == semconv.EventSpan && !c.span.Parent().SpanID().IsValid() {
		return semconv.EventTrace
	}
	return kind
}

// ownKind is [conversion.classify] without a look at other spans.
func (c *conversion) ownKind() string {
	if kind := genai.Event(c.text); kind != "" {
		return kind
	}
	for lib := range c.libs.all() {
		if lib.kind != nil {
			if kind := lib.kind(c); kind != "" {
				return kind
			}
		}
	}
	return semconv.EventSpan
}
