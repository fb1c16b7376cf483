package convert

import (
	"cmp"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// conversion converts one span to an event.
type conversion struct {
	dialect.Conversion
	opts       Options
	traceID    trace.TraceID // of traceHex
	traceHex   string
	distinctID string // of the event
	errorType  string // of the event
}

// steps are the steps of a conversion. Explanations name the rule; steps
// without a rule name the rules of each library themselves.
var steps = [...]struct {
	rule string
	do   func(*conversion)
}{
	{"envelope", envelope},
	{"attribute", func(c *conversion) { c.Explicit() }},
	{"", func(c *conversion) { c.Apply() }},
	{"message events", func(c *conversion) { c.MessageEvents() }},
	{"", func(c *conversion) { c.Finish() }},
	{dialect.Conventions, func(c *conversion) { c.FinishConventions() }},
	{"feature flags", featureFlags},
	{"error", fail},
	{"attribute", passThrough},
	{"content", content},
	{"person", person},
}

// run takes a span through all steps.
func (c *conversion) run(span sdktrace.ReadOnlySpan) {
	c.Begin(span, c.opts.Explain)
	c.errorType = ""
	for i := range steps {
		if steps[i].rule != "" {
			c.Step(steps[i].rule)
		}
		steps[i].do(c)
	}
}

// event returns the event of the span, with these properties.
func (c *conversion) event(props []prop.Property) event.Event {
	e := event.Event{
		Name:       c.Kind,
		DistinctID: c.distinctID,
		Time:       endTime(c.Span),
		Properties: props,
		ErrorType:  c.errorType,
		Link:       cmp.Or(c.Own.Text(names.LinkStatusKey), names.LinkNoProcessor),
		Origins:    c.Origins(),
	}
	identify(&e, c.Span.SpanContext())
	return e
}
