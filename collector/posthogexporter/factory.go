package posthogexporter

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

const (
	defaultEndpoint = "https://us.i.posthog.com"
	defaultTimeout  = 30 * time.Second
	// defaultQueueSize is in bytes: a number of requests says nothing about memory.
	defaultQueueSize = 256 << 20
	// defaultShutdownTimeout is within the 30 s that Kubernetes gives.
	defaultShutdownTimeout = 20 * time.Second
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
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer, queue.QueueSize = exporterhelper.RequestSizerTypeBytes, defaultQueueSize
	return &Config{
		ClientConfig:    client,
		QueueConfig:     configoptional.Some(queue),
		RetryConfig:     configretry.NewDefaultBackOffConfig(),
		Capture:         posthog.CaptureAuto,
		PrivacyConfig:   PrivacyConfig{RedactBinary: true},
		Tenants:         defaultTenants(),
		DeadLetter:      DeadLetterConfig{MaxBytes: 100_000_000},
		ShutdownTimeout: defaultShutdownTimeout,
	}
}

func createTraces(ctx context.Context, set exporter.Settings, c component.Config) (exporter.Traces, error) {
	return newTracesExporter(ctx, set, c.(*Config))
}
