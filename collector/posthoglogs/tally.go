package posthoglogs

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// tally counts calls and content.
type tally struct {
	id                               attribute.KeyValue
	calls, droppedContent, lostSpans metric.Int64Counter
}

func newTally(set connector.Settings) (*tally, error) {
	meter := set.MeterProvider.Meter("github.com/otelposthog/otelposthog-go/collector/posthoglogs")
	calls, err1 := meter.Int64Counter("otelposthog.collector.call.waited", metric.WithUnit("{span}"),
		metric.WithDescription("LLM calls that waited for their content, by whether it came and what ended the wait."))
	dropped, err2 := meter.Int64Counter("otelposthog.collector.content.dropped", metric.WithUnit("{record}"),
		metric.WithDescription("Content without a span that wants it: the span had its own, never came, or came too late."))
	lost, err3 := meter.Int64Counter("otelposthog.collector.span.lost", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that waited and that the next component did not take."))
	return &tally{attribute.String("connector", set.ID.String()), calls, dropped, lost}, errors.Join(err1, err2, err3)
}

func (t *tally) joined(reason string)  { t.count(true, reason) }
func (t *tally) without(reason string) { t.count(false, reason) }

func (t *tally) count(content bool, reason string) {
	t.calls.Add(context.Background(), 1, metric.WithAttributes(t.id, attribute.Bool("content", content), attribute.String("end", reason)))
}

func (t *tally) dropped(n int) {
	t.droppedContent.Add(context.Background(), int64(n), metric.WithAttributes(t.id))
}

func (t *tally) lost(n int) {
	t.lostSpans.Add(context.Background(), int64(n), metric.WithAttributes(t.id))
}
