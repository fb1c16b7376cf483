// Command otelcol-posthog is an OpenTelemetry Collector that stores AI spans as
// PostHog events. It has the parts that such a Collector needs and no others;
// builder-config.yaml is the manifest for those who build their own.
//
//	go run ./cmd/otelcol-posthog --config cmd/otelcol-posthog/config/minimal.yaml
package main

import (
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/otelcol"

	otelposthog "github.com/otelposthog/otelposthog-go"
)

// version can be stamped by the linker: -X main.version=1.2.3.
var version = otelposthog.Version

func main() {
	if err := otelcol.NewCommand(settings()).Execute(); err != nil {
		os.Exit(1) // The command has said why.
	}
}

func settings() otelcol.CollectorSettings {
	return otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{
			Command:     "otelcol-posthog",
			Description: "OpenTelemetry Collector with PostHog",
			Version:     version,
		},
		Factories: components,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{
				ProviderFactories: []confmap.ProviderFactory{
					envprovider.NewFactory(),
					fileprovider.NewFactory(),
					yamlprovider.NewFactory(),
				},
				DefaultScheme: "env",
			},
		},
	}
}
