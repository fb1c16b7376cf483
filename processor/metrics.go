package processor

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

const scopeName = "github.com/otelposthog/otelposthog-go/processor"

// counts is what the processor has counted so far. Instruments read it, so that
// no span waits for a measurement.
type counts struct {
	overdue, full, early       atomic.Int64 // spans, by the reason that they were handed on early
	evicted, inherited, merged atomic.Int64
}

// observe makes the instruments. Without a provider there are none.
func (m *memory) observe(provider metric.MeterProvider) error {
	if nilcheck.IsNil(provider) {
		return nil
	}
	meter := provider.Meter(scopeName, metric.WithInstrumentationVersion(otelposthog.Version))
	_, err := meter.Int64ObservableUpDownCounter("otelposthog.processor.span.held", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans that wait for the rest of their trace."), observing(&m.held))
	early, err2 := meter.Int64ObservableCounter("otelposthog.processor.span.early", metric.WithUnit("{span}"),
		metric.WithDescription("AI spans handed on before the rest of their trace had ended, by reason."))
	for _, c := range []struct {
		name, unit, description string
		value                   *atomic.Int64
	}{
		{"trace.evicted", "{trace}", "Traces forgotten with open spans, for their number or age.", &m.evicted},
		{"session.inherited", "{span}", "Spans that got the session of an ancestor.", &m.inherited},
		{"call.merged", "{span}", "Spans that gave way to another one of the same call.", &m.merged},
	} {
		if _, e := meter.Int64ObservableCounter("otelposthog.processor."+c.name, metric.WithUnit(c.unit),
			metric.WithDescription(c.description), observing(c.value)); e != nil {
			err = e
		}
	}
	if err == nil && err2 == nil {
		_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
			for reason, value := range map[string]*atomic.Int64{"hold_over": &m.overdue, "full": &m.full, "trace_evicted": &m.early} {
				o.ObserveInt64(early, value.Load(), metric.WithAttributes(attribute.String("reason", reason)))
			}
			return nil
		}, early)
	}
	if err == nil {
		err = err2
	}
	if err != nil {
		return fmt.Errorf("otelposthog: WithMeterProvider: %w", err)
	}
	return nil
}

// observing makes an instrument read a value.
func observing(value *atomic.Int64) interface {
	metric.Int64ObservableUpDownCounterOption
	metric.Int64ObservableCounterOption
} {
	return metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(value.Load())
		return nil
	})
}
