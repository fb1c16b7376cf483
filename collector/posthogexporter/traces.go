package posthogexporter

import (
	"context"
	"errors"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// tracesExporter sends traces with one API key.
type tracesExporter struct {
	cfg *Config
	set exporter.Settings

	client   *http.Client
	exporter *posthog.Exporter
}

func newTracesExporter(set exporter.Settings, cfg *Config) *tracesExporter {
	return &tracesExporter{cfg: cfg, set: set}
}

func (e *tracesExporter) start(ctx context.Context, host component.Host) error {
	settings := e.cfg.ClientConfig
	settings.Compression = "" // The exporter has done it.
	client, err := settings.ToClient(ctx, host.GetExtensions(), e.set.TelemetrySettings)
	if err != nil {
		return err
	}
	options, err := e.cfg.options()
	if err != nil {
		return err
	}
	options = append(options, posthog.WithHTTPClient(client), posthog.WithMeterProvider(e.set.MeterProvider))
	exp, err := posthog.New(string(e.cfg.APIKey), options...)
	if err != nil {
		return err
	}
	e.client, e.exporter = client, exp
	return nil
}

// shutdown is called without a start, too.
func (e *tracesExporter) shutdown(ctx context.Context) error {
	if e.exporter == nil {
		return nil
	}
	err := e.exporter.Shutdown(ctx)
	e.client.CloseIdleConnections()
	return err
}

func (e *tracesExporter) push(ctx context.Context, td ptrace.Traces) error {
	err := e.exporter.ExportSpans(ctx, spans.Of(td, e.cfg.Session...))
	if err == nil {
		return nil
	}
	var lost *posthog.ExportError
	if !errors.As(err, &lost) {
		return err
	}
	return e.classify(lost, td)
}
