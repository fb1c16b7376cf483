package convert

import (
	"github.com/otelposthog/otelposthog-go/internal/genai"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// classify returns the event name of the span.
func (c *conversion) classify() string {
	if c.span.Name() == names.EventEvaluationResult {
		return names.EventEvaluation // the Collector makes such spans of log records
	}
	kind := c.ownKind()
	if v, ok := c.attr(names.SameCallKey); ok && v.AsBool() && kind == names.EventGeneration {
		kind = names.EventSpan // another span stands for the call
	}
	if kind == names.EventSpan && !c.span.Parent().SpanID().IsValid() {
		return names.EventTrace
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
	return names.EventSpan
}
