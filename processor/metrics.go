package processor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

const scopeName = "github.com/otelposthog/otelposthog-go/processor"

// counts holds the counters of the processor. Observable instruments read it,
// so that no span waits for a measurement.
type counts struct {
	held                       atomic.Int64 // spans that wait
	overdue, full, forgotten   atomic.Int64 // spans forwarded early, by reason
	evicted, inherited, merged atomic.Int64
	filterPanics               atomic.Int64
}

// observe registers the instruments, if there is a provider.
func (c *counts) observe(provider metric.MeterProvider) error {
	if nilcheck.IsNil(provider) {
		return nil
	}
	meter := provider.Meter(scopeName, metric.WithInstrumentationVersion(otelposthog.Version))
	_, err := meter.Int64ObservableUpDownCounter("otelposthog.processor.span.held", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that wait for the rest of their trace."), metric.WithInt64Callback(reading{"": &c.held}.observe))
	errs := []error{err}
	for _, i := range []struct {
		name, unit, description string
		values                  reading
	}{
		{
			"span.early", "{span}", "AI spans handed on before the rest of their trace had ended, by reason.",
			reading{"hold_over": &c.overdue, "full": &c.full, "trace_evicted": &c.forgotten},
		},
		{"trace.evicted", "{trace}", "Traces forgotten with open spans, for their number or age.", reading{"": &c.evicted}},
		{"session.inherited", "{span}", "Spans that got the session of an ancestor.", reading{"": &c.inherited}},
		{"call.merged", "{span}", "Spans that gave way to another one of the same call.", reading{"": &c.merged}},
		{"callback.failed", "{call}", "Calls of the function of WithFilter that panicked.", reading{"panic": &c.filterPanics}},
	} {
		_, err := meter.Int64ObservableCounter("otelposthog.processor."+i.name, metric.WithUnit(i.unit),
			metric.WithDescription(i.description), metric.WithInt64Callback(i.values.observe))
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("otelposthog: processor.WithMeterProvider: %w", err)
	}
	return nil
}

// reading is the values of an instrument by reason; the key is empty without a
// reason.
type reading map[string]*atomic.Int64

func (r reading) observe(_ context.Context, o metric.Int64Observer) error {
	for reason, value := range r {
		if reason == "" {
			o.Observe(value.Load())
		} else {
			o.Observe(value.Load(), metric.WithAttributes(attribute.String("reason", reason)))
		}
	}
	return nil
}
