package posthogsession

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// tally counts spans.
type tally struct {
	id                                   attribute.KeyValue
	stampedSpans, waitedSpans, lostSpans metric.Int64Counter
}

func newTally(set processor.Settings) (*tally, error) {
	meter := set.MeterProvider.Meter("github.com/otelposthog/otelposthog-go/collector/posthogsession")
	stamped, err1 := meter.Int64Counter("otelposthog.collector.span.stamped", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that got the browser session of their trace."))
	waited, err2 := meter.Int64Counter("otelposthog.collector.span.waited", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that waited for the rest of their trace, by what ended it."))
	lost, err3 := meter.Int64Counter("otelposthog.collector.span.lost", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that waited and that the next component did not take."))
	return &tally{attribute.String("processor", set.ID.String()), stamped, waited, lost}, errors.Join(err1, err2, err3)
}

func (t *tally) stamped() {
	t.stampedSpans.Add(context.Background(), 1, metric.WithAttributes(t.id))
}

func (t *tally) waited(n int, reason string) {
	t.waitedSpans.Add(context.Background(), int64(n), metric.WithAttributes(t.id, attribute.String("end", reason)))
}

func (t *tally) lost(n int) {
	t.lostSpans.Add(context.Background(), int64(n), metric.WithAttributes(t.id))
}
