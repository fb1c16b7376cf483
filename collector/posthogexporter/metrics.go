package posthogexporter

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/otelposthog/otelposthog-go/collector/internal/lanes"
)

const scopeName = "github.com/otelposthog/otelposthog-go/collector/posthogexporter"

// otherTenants is the label of the tenants beyond the first max_labels.
const otherTenants = "other"

// metrics counts what becomes of spans. documentation.md lists the instruments.
type metrics struct {
	exporter  attribute.KeyValue
	tenants   bool
	maxLabels int

	mu   sync.Mutex
	sets map[string]attribute.Set // by label of the tenant

	stored, shrunk, plainBytes, wireBytes          metric.Int64Counter
	filtered, lost, deadLetters, unknown, attempts metric.Int64Counter
	duration                                       metric.Float64Histogram
}

func newMetrics(set exporter.Settings, cfg *Config) (*metrics, error) {
	meter := set.MeterProvider.Meter(scopeName)
	m := &metrics{
		exporter:  attribute.String("exporter", set.ID.String()),
		tenants:   cfg.Tenants.enabled(),
		maxLabels: cfg.Tenants.MaxLabels,
		sets:      make(map[string]attribute.Set),
	}
	var errs []error
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		var err error
		*to, err = meter.Int64Counter("otelcol_exporter_posthog_"+name, metric.WithUnit(unit), metric.WithDescription(description))
		errs = append(errs, err)
	}
	if m.tenants {
		m.allocate(defaultTenant)
		for _, name := range slices.Sorted(maps.Keys(cfg.Tenants.Keys)) {
			m.allocate(name)
		}
	}
	counter(&m.stored, "events_stored", "{event}", "Events that PostHog has stored.")
	counter(&m.shrunk, "events_shrunk", "{event}", "Events cut down to the size that PostHog takes.")
	counter(&m.plainBytes, "request_uncompressed_bytes", "By", "Bodies of requests to PostHog before compression.")
	counter(&m.wireBytes, "request_bytes", "By", "Bodies of requests to PostHog as sent.")
	counter(&m.filtered, "spans_filtered", "{span}", "Spans that can never be events, which are not queued.")
	counter(&m.lost, "spans_lost", "{span}", "AI spans that will never be stored, by reason.")
	counter(&m.deadLetters, "spans_dead_lettered", "{span}", "AI spans that PostHog refused for good and that are in the file of dead_letter, by reason.")
	counter(&m.unknown, "spans_unknown_tenant", "{span}", "AI spans whose tenant has no API key, dropped or sent to the default project.")
	counter(&m.attempts, "attempts_failed", "{attempt}", "Attempts after which spans are sent again, by reason.")
	var err error
	m.duration, err = meter.Float64Histogram("otelcol_exporter_posthog_send_duration", metric.WithUnit("s"),
		metric.WithDescription("Time that one attempt took, with all of its requests."),
		metric.WithExplicitBucketBoundaries(.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60))
	return m, errors.Join(append(errs, err)...)
}

// observe registers the gauges of the queues of tenants.
func (m *metrics) observe(set exporter.Settings, stats func() lanes.Stats) (metric.Registration, error) {
	meter := set.MeterProvider.Meter(scopeName)
	gauge := func(name, unit, description string) (metric.Int64ObservableGauge, error) {
		return meter.Int64ObservableGauge("otelcol_exporter_posthog_"+name, metric.WithUnit(unit), metric.WithDescription(description))
	}
	size, err1 := gauge("queue_bytes", "By", "What is in the queues of tenants.")
	capacity, err2 := gauge("queue_capacity_bytes", "By", "What all queues of tenants may hold.")
	known, err3 := gauge("tenants", "{tenant}", "Tenants that are known, those whose last attempt failed among them.")
	failing, err4 := gauge("tenants_failing", "{tenant}", "Tenants whose last attempt failed.")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	return meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := stats()
		bytes := make(map[string]int64)
		for label, n := range s.ByLane {
			bytes[m.bounded(label)] += n
		}
		for label, n := range bytes {
			o.ObserveInt64(size, n, metric.WithAttributes(m.exporter, attribute.String("tenant", label)))
		}
		all := metric.WithAttributes(m.exporter)
		o.ObserveInt64(capacity, s.Capacity, all)
		o.ObserveInt64(known, int64(s.Lanes), all)
		o.ObserveInt64(failing, int64(s.Failing), all)
		return nil
	}, size, capacity, known, failing)
}

// bounded returns the label, or that of all others.
func (m *metrics) bounded(label string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.sets[label]; ok {
		return label
	}
	return otherTenants
}

// allocate gives a tenant attributes of its own, if there are not too many. It is for
// tenants that are known to exist: made-up ones must not take the place of others.
func (m *metrics) allocate(label string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.sets[label]; !ok && len(m.sets) < m.maxLabels {
		m.sets[label] = attribute.NewSet(m.exporter, attribute.String("tenant", label))
	}
}

// of returns the attributes of a tenant.
func (m *metrics) of(label string) attribute.Set {
	if !m.tenants {
		return attribute.NewSet(m.exporter)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if set, ok := m.sets[label]; ok {
		return set
	}
	return attribute.NewSet(m.exporter, attribute.String("tenant", otherTenants))
}

func (m *metrics) add(c metric.Int64Counter, tenant string, n int) {
	if n > 0 {
		c.Add(context.Background(), int64(n), metric.WithAttributeSet(m.of(tenant)))
	}
}

func (m *metrics) addWith(c metric.Int64Counter, tenant string, n int, kv attribute.KeyValue) {
	if n > 0 {
		c.Add(context.Background(), int64(n), metric.WithAttributeSet(m.of(tenant)), metric.WithAttributes(kv))
	}
}

// addToAll counts what is no tenant's.
func (m *metrics) addToAll(c metric.Int64Counter, n int) {
	if n > 0 {
		c.Add(context.Background(), int64(n), metric.WithAttributes(m.exporter))
	}
}

// took notes how long an attempt lasted.
func (m *metrics) took(tenant string, d time.Duration) {
	m.duration.Record(context.Background(), d.Seconds(), metric.WithAttributeSet(m.of(tenant)))
}

func reason(text string) attribute.KeyValue { return attribute.String("reason", text) }

// forLibrary is what the exporter package counts with. Its instruments that matter here
// go to ours, with the component and the tenant as attributes; it would have a series
// for each tenant otherwise, and count as lost what is sent again.
func (m *metrics) forLibrary() metric.MeterProvider {
	return libraryProvider{meter: libraryMeter{counters: map[string]metric.Int64Counter{
		"otelposthog.exporter.event.stored":              libraryCounter{of: m.stored, m: m},
		"otelposthog.exporter.event.shrunk":              libraryCounter{of: m.shrunk, m: m},
		"otelposthog.exporter.request.uncompressed_size": libraryCounter{of: m.plainBytes, m: m},
		"otelposthog.exporter.request.size":              libraryCounter{of: m.wireBytes, m: m},
	}}}
}

type libraryProvider struct {
	noop.MeterProvider
	meter libraryMeter
}

func (p libraryProvider) Meter(string, ...metric.MeterOption) metric.Meter { return p.meter }

type libraryMeter struct {
	noop.Meter
	counters map[string]metric.Int64Counter
}

func (l libraryMeter) Int64Counter(name string, _ ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	if c := l.counters[name]; c != nil {
		return c, nil
	}
	return noop.Int64Counter{}, nil
}

type libraryCounter struct {
	noop.Int64Counter
	of metric.Int64Counter
	m  *metrics
}

func (c libraryCounter) Add(ctx context.Context, n int64, _ ...metric.AddOption) {
	tenant, _ := ctx.Value(tenantKey{}).(string)
	if c.m.tenants {
		c.m.allocate(tenant)
	}
	c.m.add(c.of, tenant, int(n))
}

// tenantKey is the key of the label of the tenant in the context of an export.
type tenantKey struct{}
