package metrictest

import (
	"sync"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// Instrument is what a component makes.
type Instrument struct{ Name, Unit, Description string }

// Recorder is a MeterProvider that notes which instruments are made.
type Recorder struct {
	noop.MeterProvider
	mu   sync.Mutex
	made []Instrument
}

// Meter implements [metric.MeterProvider].
func (r *Recorder) Meter(string, ...metric.MeterOption) metric.Meter { return recordingMeter{r: r} }

// Made returns the instruments in order.
func (r *Recorder) Made() []Instrument {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Instrument(nil), r.made...)
}

func (r *Recorder) note(name, unit, description string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made = append(r.made, Instrument{name, unit, description})
}

type recordingMeter struct {
	noop.Meter
	r *Recorder
}

func (m recordingMeter) Int64Counter(name string, opts ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	c := metric.NewInt64CounterConfig(opts...)
	m.r.note(name, c.Unit(), c.Description())
	return noop.Int64Counter{}, nil
}

func (m recordingMeter) Float64Histogram(name string, opts ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	c := metric.NewFloat64HistogramConfig(opts...)
	m.r.note(name, c.Unit(), c.Description())
	return noop.Float64Histogram{}, nil
}

func (m recordingMeter) Int64ObservableGauge(name string, opts ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	c := metric.NewInt64ObservableGaugeConfig(opts...)
	m.r.note(name, c.Unit(), c.Description())
	return noop.Int64ObservableGauge{}, nil
}
