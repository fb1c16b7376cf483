package posthogsession

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// What ends the waiting of spans.
const (
	endComplete = "complete"
	endTimeout  = "timeout"
	endFull     = "full"
	endShutdown = "shutdown"
)

// metrics counts spans. documentation.md lists the instruments.
type metrics struct {
	id                                                   attribute.KeyValue
	stampedSpans, waitedSpans, lostSpans, refusedRequest metric.Int64Counter
	forgotten                                            metric.Int64Counter
	waitingBytes, rememberedBytes                        metric.Int64ObservableGauge
	meter                                                metric.Meter
}

func newMetrics(set processor.Settings) (*metrics, error) {
	m := &metrics{
		id:    attribute.String("processor", set.ID.String()),
		meter: set.MeterProvider.Meter("github.com/otelposthog/otelposthog-go/collector/posthogsession"),
	}
	var errs []error
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		var err error
		*to, err = m.meter.Int64Counter("otelcol_processor_posthogsession_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		errs = append(errs, err)
	}
	counter(&m.stampedSpans, "spans_stamped", "{span}", "AI spans that got the browser session of their trace.")
	counter(&m.waitedSpans, "spans_waited", "{span}", "AI spans that waited for the rest of their trace, by what ended it.")
	counter(&m.lostSpans, "spans_lost", "{span}", "AI spans that waited and that the next component did not take.")
	counter(&m.refusedRequest, "requests_refused", "{request}", "Requests that were refused for the time being because too much waits.")
	counter(&m.forgotten, "traces_forgotten", "{trace}", "Traces that were forgotten before their time because too much was remembered.")
	gauge := func(to *metric.Int64ObservableGauge, name, description string) {
		var err error
		*to, err = m.meter.Int64ObservableGauge("otelcol_processor_posthogsession_"+name, metric.WithUnit("By"), metric.WithDescription(description))
		errs = append(errs, err)
	}
	gauge(&m.waitingBytes, "waiting_bytes", "AI spans that wait, by their size in OTLP.")
	gauge(&m.rememberedBytes, "remembered_bytes", "What is remembered of traces, about.")
	return m, errors.Join(errs...)
}

// observe registers the gauges.
func (m *metrics) observe(waiting, remembered func() int64) (metric.Registration, error) {
	return m.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveInt64(m.waitingBytes, waiting(), metric.WithAttributes(m.id))
		o.ObserveInt64(m.rememberedBytes, remembered(), metric.WithAttributes(m.id))
		return nil
	}, m.waitingBytes, m.rememberedBytes)
}

func (m *metrics) stamped() { m.stampedSpans.Add(context.Background(), 1, metric.WithAttributes(m.id)) }

func (m *metrics) waited(n int, end string) {
	m.waitedSpans.Add(context.Background(), int64(n), metric.WithAttributes(m.id, attribute.String("end", end)))
}

func (m *metrics) lost(n int) {
	m.lostSpans.Add(context.Background(), int64(n), metric.WithAttributes(m.id))
}

func (m *metrics) refused() {
	m.refusedRequest.Add(context.Background(), 1, metric.WithAttributes(m.id))
}

func (m *metrics) forgot() { m.forgotten.Add(context.Background(), 1, metric.WithAttributes(m.id)) }
