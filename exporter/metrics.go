package exporter

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/otelconv"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/semconv"
)

const (
	scopeName = "github.com/otelposthog/otelposthog-go/exporter"
	// componentType is the name of the type, as the conventions require for a
	// component without a name in the conventions.
	componentType = scopeName + ".Exporter"
)

// componentID numbers the exporters of a process for otel.component.name, as the
// SDK does with its own components.
var componentID atomic.Int64

// metrics measures the exporter. A nil one measures nothing.
type metrics struct {
	// From the conventions for OpenTelemetry SDKs.
	exported metric.Int64Counter
	inflight metric.Int64UpDownCounter
	duration metric.Float64Histogram
	// Ours.
	seen, stored, lost, duplicate, shrunk, retried metric.Int64Counter
	withheld, failedCalls                          metric.Int64Counter
	plainBytes, wireBytes                          metric.Int64Counter

	attributes []attribute.KeyValue
	common     metric.MeasurementOption
}

func newMetrics(cfg config) (*metrics, error) {
	if nilcheck.IsNil(cfg.meterProvider) {
		return nil, nil
	}
	m := meter{Meter: cfg.meterProvider.Meter(scopeName,
		metric.WithInstrumentationVersion(otelposthog.Version),
		metric.WithSchemaURL(otelsemconv.SchemaURL),
	)}
	t := &metrics{attributes: componentAttributes(cfg)}
	t.common = metric.WithAttributeSet(attribute.NewSet(t.attributes...))

	exported, err := otelconv.NewSDKExporterSpanExported(m)
	m.note(err)
	inflight, err := otelconv.NewSDKExporterSpanInflight(m)
	m.note(err)
	duration, err := otelconv.NewSDKExporterOperationDuration(m)
	m.note(err)
	t.exported, t.inflight, t.duration = exported.Inst(), inflight.Inst(), duration.Inst()

	t.seen = m.counter("otelposthog.exporter.span.seen", "{span}", "Spans given to the exporter, AI spans or not.")
	t.stored = m.counter("otelposthog.exporter.event.stored", "{event}", "Events that PostHog has stored, by whether they have the browser session.")
	t.lost = m.counter("otelposthog.exporter.event.lost", "{event}", "Events that are not stored, by reason.")
	t.duplicate = m.counter("otelposthog.exporter.event.duplicate", "{event}", "Events left out because the same export has the same event.")
	t.shrunk = m.counter("otelposthog.exporter.event.shrunk", "{event}", "Events cut down to the size limit.")
	t.withheld = m.counter("otelposthog.exporter.event.withheld", "{event}", "Events that are not to be sent, by reason.")
	t.failedCalls = m.counter("otelposthog.exporter.callback.failed", "{call}", "Calls of functions of the user that panicked or took too long.")
	t.retried = m.counter("otelposthog.exporter.request.retried", "{request}", "Further attempts for the same events.")
	t.plainBytes = m.counter("otelposthog.exporter.request.uncompressed_size", "By", "Request bodies before compression.")
	t.wireBytes = m.counter("otelposthog.exporter.request.size", "By", "Request bodies as sent.")
	return t, m.err
}

// meter collects the errors of making instruments.
type meter struct {
	metric.Meter
	err error
}

func (m *meter) counter(name, unit, description string) metric.Int64Counter {
	c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.note(err)
	return c
}

func (m *meter) note(err error) {
	if err != nil {
		m.err = joinErrors(m.err, fmt.Errorf("otelposthog: WithMeterProvider: %w", err))
	}
}

func componentAttributes(cfg config) []attribute.KeyValue {
	name := fmt.Sprintf("%s/%d", componentType, componentID.Add(1)-1)
	attrs := []attribute.KeyValue{
		otelsemconv.OTelComponentName(name),
		otelsemconv.OTelComponentTypeKey.String(componentType),
	}
	if cfg.direct {
		attrs = append(attrs, otelsemconv.ServerAddress(cfg.host.url.Hostname()))
		if port, err := strconv.Atoi(cfg.host.url.Port()); err == nil {
			attrs = append(attrs, otelsemconv.ServerPort(port))
		}
	}
	return attrs
}

func noMeasurement(*outcome.Report, map[string]int) {}

// begin measures the start of an export; the function that it returns measures
// the end. Events without spans, such as feedback, are not in the metrics of
// the conventions.
func (t *metrics) begin(ctx context.Context, spans, events int) func(*outcome.Report, map[string]int) {
	if t == nil {
		return noMeasurement
	}
	// The end of the export must be counted even if its context has ended.
	ctx = context.WithoutCancel(ctx)
	t.add(ctx, t.seen, spans)
	switch {
	case events == 0:
		return noMeasurement
	case spans == 0:
		return func(report *outcome.Report, links map[string]int) { t.endEvents(ctx, report, links) }
	}
	start := time.Now()
	t.inflight.Add(ctx, int64(events), t.common)
	return func(report *outcome.Report, links map[string]int) {
		t.inflight.Add(ctx, -int64(events), t.common)
		t.endSpans(ctx, report, time.Since(start))
		t.endEvents(ctx, report, links)
	}
}

func (t *metrics) endSpans(ctx context.Context, report *outcome.Report, took time.Duration) {
	t.add(ctx, t.exported, report.Stored)
	status, attrs := report.StatusCode, []attribute.KeyValue(nil)
	for i, cause := range report.Causes {
		errorType := otelsemconv.ErrorTypeKey.String(string(cause.Reason))
		t.exported.Add(ctx, int64(cause.Count), t.with(errorType))
		if i == 0 { // the most frequent one counts
			status, attrs = cause.StatusCode, append(attrs, errorType)
		}
	}
	if status > 0 {
		attrs = append(attrs, otelsemconv.HTTPResponseStatusCode(status))
	}
	t.duration.Record(ctx, took.Seconds(), t.with(attrs...))
}

func (t *metrics) endEvents(ctx context.Context, report *outcome.Report, links map[string]int) {
	for status, n := range links {
		t.stored.Add(ctx, int64(n), t.with(semconv.LinkStatusKey.String(status)))
	}
	t.add(ctx, t.duplicate, report.Duplicates)
	t.add(ctx, t.shrunk, report.Shrunk)
	t.add(ctx, t.retried, report.Retries)
	t.add(ctx, t.plainBytes, int(report.PlainBytes))
	t.add(ctx, t.wireBytes, int(report.WireBytes))
	for _, cause := range report.Causes {
		t.lost.Add(ctx, int64(cause.Count), t.with(attribute.String("reason", string(cause.Reason))))
	}
}

// besides counts what an export did besides delivering events.
func (t *metrics) besides(ctx context.Context, b *asides) {
	if t == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	for reason, n := range map[string]int{"opt_out": b.optedOut, "before_send": b.dropped} {
		if n > 0 {
			t.withheld.Add(ctx, int64(n), t.with(attribute.String("reason", reason)))
		}
	}
	for c, n := range b.failed {
		t.failedCalls.Add(ctx, int64(n), t.with(attribute.String("function", c.function), attribute.String("reason", c.reason)))
	}
}

func (t *metrics) add(ctx context.Context, c metric.Int64Counter, n int) {
	if n > 0 {
		c.Add(ctx, int64(n), t.common)
	}
}

// with adds attributes to those that all measurements have.
func (t *metrics) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(append(attrs, t.attributes...)...)
}
