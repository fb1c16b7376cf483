package posthoglogs

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics counts calls and content. documentation.md lists the instruments.
type metrics struct {
	id                               attribute.KeyValue
	calls, droppedContent, lostSpans metric.Int64Counter
}

func newMetrics(set connector.Settings) (*metrics, error) {
	meter := set.MeterProvider.Meter("github.com/otelposthog/otelposthog-go/collector/posthoglogs")
	calls, err1 := meter.Int64Counter("otelcol_connector_posthoglogs_calls_waited", metric.WithUnit("{call}"),
		metric.WithDescription("LLM calls that waited for their content, by whether it came and what ended the wait."))
	dropped, err2 := meter.Int64Counter("otelcol_connector_posthoglogs_content_dropped", metric.WithUnit("{record}"),
		metric.WithDescription("Content without a span that wants it: the span had its own, never came, or came too late."))
	lost, err3 := meter.Int64Counter("otelcol_connector_posthoglogs_spans_lost", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that waited and that the next component did not take."))
	return &metrics{attribute.String("connector", set.ID.String()), calls, dropped, lost}, errors.Join(err1, err2, err3)
}

func (m *metrics) joined(reason string)  { m.count(true, reason) }
func (m *metrics) without(reason string) { m.count(false, reason) }

func (m *metrics) count(content bool, reason string) {
	m.calls.Add(context.Background(), 1, metric.WithAttributes(m.id, attribute.Bool("content", content), attribute.String("end", reason)))
}

func (m *metrics) dropped(n int) {
	m.droppedContent.Add(context.Background(), int64(n), metric.WithAttributes(m.id))
}

func (m *metrics) lost(n int) {
	m.lostSpans.Add(context.Background(), int64(n), metric.WithAttributes(m.id))
}
