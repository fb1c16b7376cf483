package posthogexporter

import (
	"context"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
)

// unknownTenants counts AI spans whose tenant has no project.
type unknownTenants struct {
	logger  *zap.Logger
	secret  bool // the tenant is a key
	counter metric.Int64Counter
	action  metric.MeasurementOption
}

func newUnknownTenants(set exporter.Settings, cfg *TenantsConfig) (*unknownTenants, error) {
	counter, err := set.MeterProvider.Meter("github.com/otelposthog/otelposthog-go/collector/posthogexporter").Int64Counter(
		"otelposthog.collector.span.unknown_tenant",
		metric.WithUnit("{span}"),
		metric.WithDescription("AI spans whose tenant has no API key, dropped or sent to the default project."),
	)
	action := cfg.Unknown
	if action == "" {
		action = unknownDrop
	}
	return &unknownTenants{
		logger:  set.Logger,
		secret:  cfg.ValueIsKey,
		counter: counter,
		action:  metric.WithAttributes(attribute.String("action", action), attribute.String("exporter", set.ID.String())),
	}, err
}

func (u *unknownTenants) count(ctx context.Context, tenant string, list []sdktrace.ReadOnlySpan) {
	n := 0
	for _, s := range list {
		if spans.IsAI(s) {
			n++
		}
	}
	if n == 0 {
		return
	}
	u.counter.Add(ctx, int64(n), u.action)
	if u.secret {
		tenant = "(a key)"
	}
	u.logger.Warn("No API key for the tenant of some spans.", zap.String("tenant", tenant), zap.Int("spans", n))
}
