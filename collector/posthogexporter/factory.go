package posthogexporter

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

const (
	defaultEndpoint = "https://us.i.posthog.com"
	defaultTimeout  = 30 * time.Second
)

// NewFactory returns the factory of the exporter posthog, for traces.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(
		component.MustNewType("posthog"),
		createDefaultConfig,
		exporter.WithTraces(createTraces, component.StabilityLevelAlpha),
	)
}

func createDefaultConfig() component.Config {
	client := confighttp.NewDefaultClientConfig()
	client.Endpoint = defaultEndpoint
	client.Timeout = defaultTimeout
	return &Config{
		ClientConfig: client,
		QueueConfig:  configoptional.Some(exporterhelper.NewDefaultQueueConfig()),
		RetryConfig:  configretry.NewDefaultBackOffConfig(),
		Capture:      posthog.CaptureAuto,

		PrivacyConfig: PrivacyConfig{RedactBinary: true},
	}
}

func createTraces(ctx context.Context, set exporter.Settings, c component.Config) (exporter.Traces, error) {
	cfg := c.(*Config)
	e, err := newTracesExporter(set, cfg)
	if err != nil {
		return nil, err
	}
	next, err := exporterhelper.NewTraces(ctx, set, cfg, e.push,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: cfg.Tenants.asksRequests()}),
		// Each request has the timeout of the client settings.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(cfg.RetryConfig),
		exporterhelper.WithQueue(cfg.QueueConfig),
	)
	if err != nil || !cfg.Tenants.asksRequests() {
		return next, err
	}
	return &beforeQueue{next, &cfg.Tenants}, nil
}

// beforeQueue notes what only the request knows.
type beforeQueue struct {
	exporter.Traces
	tenants *TenantsConfig
}

func (b *beforeQueue) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	b.tenants.note(ctx, td)
	return b.Traces.ConsumeTraces(ctx, td)
}
