package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/otelcol"
	"go.yaml.in/yaml/v3"
)

// TestValidate runs the command validate on every configuration here, with the
// environment that they ask for.
func TestValidate(t *testing.T) {
	t.Setenv("POSTHOG_API_KEY", "phc_test")
	t.Setenv("QUEUE_DIR", t.TempDir())
	for dir, set := range map[string]otelcol.CollectorSettings{
		"config":         settings(),
		"config/contrib": withStandIns(settings()),
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				require.NoError(t, validate(set, file))
			})
		}
	}
}

// withStandIns adds parts under the names of those of contrib that this Collector
// does not have. They take any settings.
func withStandIns(set otelcol.CollectorSettings) otelcol.CollectorSettings {
	type anySettings struct {
		Rest map[string]any `mapstructure:",remain"`
	}
	newConfig := func() component.Config { return &anySettings{} }
	nop := exportertest.NewNopFactory()
	set.Factories = func() (otelcol.Factories, error) {
		factories, err := components()
		for _, name := range []string{"loadbalancing"} {
			id := component.MustNewType(name)
			factories.Exporters[id] = exporter.NewFactory(id, newConfig,
				exporter.WithTraces(func(ctx context.Context, _ exporter.Settings, cfg component.Config) (exporter.Traces, error) {
					return nop.CreateTraces(ctx, exportertest.NewNopSettings(nop.Type()), cfg)
				}, component.StabilityLevelAlpha),
				exporter.WithLogs(func(ctx context.Context, _ exporter.Settings, cfg component.Config) (exporter.Logs, error) {
					return nop.CreateLogs(ctx, exportertest.NewNopSettings(nop.Type()), cfg)
				}, component.StabilityLevelAlpha))
		}
		return factories, err
	}
	return set
}

// TestValidateFinds shows that a mistake does not go through.
func TestValidateFinds(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"no key":          {"${env:POSTHOG_API_KEY}", `""`, "api_key is missing"},
		"unknown setting": {"api_key:", "apikey: x\n    api_key:", "apikey"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("POSTHOG_API_KEY", "phc_test")
			data, err := os.ReadFile(filepath.Join("config", "minimal.yaml"))
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(data), test.old, test.new, 1)), 0o600))
			require.ErrorContains(t, validate(settings(), file), test.want)
		})
	}
}

func validate(set otelcol.CollectorSettings, file string) error {
	cmd := otelcol.NewCommand(set)
	cmd.SetArgs([]string{"validate", "--config", file})
	cmd.SetOut(io.Discard)
	cmd.SetErr(io.Discard)
	return cmd.Execute()
}

// TestManifest holds builder-config.yaml against components.go and go.mod.
func TestManifest(t *testing.T) {
	type module struct{ Gomod, Import string }
	var manifest struct {
		Extensions, Receivers, Processors, Exporters, Connectors, Providers []module
	}
	data, err := os.ReadFile("builder-config.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, &manifest))
	goMod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	source := read(t, "components.go") + read(t, "main.go")

	factories, err := components()
	require.NoError(t, err)
	require.Len(t, manifest.Extensions, len(factories.Extensions))
	require.Len(t, manifest.Receivers, len(factories.Receivers))
	require.Len(t, manifest.Processors, len(factories.Processors))
	delete(factories.Exporters, component.MustNewType("otlphttp")) // the old name of otlp_http
	require.Len(t, manifest.Exporters, len(factories.Exporters))
	require.Len(t, manifest.Connectors, len(factories.Connectors))
	require.Len(t, manifest.Providers, len(settings().ConfigProviderSettings.ResolverSettings.ProviderFactories))

	for _, list := range [][]module{manifest.Extensions, manifest.Receivers, manifest.Processors, manifest.Exporters, manifest.Connectors, manifest.Providers} {
		for _, m := range list {
			path, version, ok := strings.Cut(m.Gomod, " ")
			require.True(t, ok, m.Gomod)
			if m.Import == "" {
				require.Contains(t, string(goMod), m.Gomod, "the version is the one in go.mod")
				m.Import = path
			} else {
				require.Equal(t, "v"+settings().BuildInfo.Version, version, "the version of this project")
			}
			require.Contains(t, source, `"`+m.Import+`"`)
		}
	}
}

func read(t *testing.T, file string) string {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}
