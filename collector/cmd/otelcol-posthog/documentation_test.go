package main

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/otelposthog/otelposthog-go/collector/internal/metrictest"
	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	"github.com/otelposthog/otelposthog-go/collector/posthoglogs"
	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// row is a metric in documentation.md.
type row struct{ unit, attributes, description string }

var metricRow = regexp.MustCompile("(?m)^\\| `(otelcol_[a-z_]+)` \\| ([^|]*) \\| ([^|]*) \\| ([^|]*) \\|$")

func documented(t *testing.T) map[string]row {
	rows := make(map[string]row)
	for _, m := range metricRow.FindAllStringSubmatch(read(t, filepath.Join("..", "..", "documentation.md")), -1) {
		rows[m[1]] = row{strings.Trim(m[2], "`"), m[3], m[4]}
	}
	require.NotEmpty(t, rows)
	return rows
}

// TestDocumentation holds documentation.md against the instruments that the components
// make: names, units, descriptions, none too many and none missing.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	recorder := new(metrictest.Recorder)
	ctx, host := context.Background(), componenttest.NewNopHost()

	exporter := posthogexporter.NewFactory()
	exporterSettings := exportertest.NewNopSettings(exporter.Type())
	exporterSettings.MeterProvider = recorder
	cfg := exporter.CreateDefaultConfig().(*posthogexporter.Config)
	cfg.Tenants.From = []posthogexporter.TenantSource{{ResourceAttribute: "tenant"}}
	cfg.Tenants.Keys = map[string]configopaque.String{"acme": "phc_acme"}
	e, err := exporter.CreateTraces(ctx, exporterSettings, cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(ctx, host))
	require.NoError(t, e.Shutdown(ctx))

	session := posthogsession.NewFactory()
	sessionSettings := processortest.NewNopSettings(session.Type())
	sessionSettings.MeterProvider = recorder
	_, err = session.CreateTraces(ctx, sessionSettings, session.CreateDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)

	logs := posthoglogs.NewFactory()
	logsSettings := connectortest.NewNopSettings(component.MustNewType("posthoglogs"))
	logsSettings.MeterProvider = recorder
	_, err = logs.CreateTracesToTraces(ctx, logsSettings, logs.CreateDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)

	rows := documented(t)
	for _, made := range recorder.Made() {
		if !strings.HasPrefix(made.Name, "otelcol_") {
			continue // of the HTTP client
		}
		require.Equal(t, row{made.Unit, rows[made.Name].attributes, made.Description}, rows[made.Name], made.Name)
		delete(rows, made.Name)
	}
	require.Empty(t, rows, "these are documented and do not exist")
}

// TestMetricsEndpoint looks at the names that a Collector really serves, by which the
// dashboard and the rules ask.
func TestMetricsEndpoint(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	address := freeAddress(t)
	c := newCollector(t, "durable.yaml", server.URL, []string{"METRICS_LEVEL=normal", "METRICS_PORT=" + address[strings.LastIndexByte(address, ':')+1:]})
	c.start(ctx)
	c.feed(ctx, calls(0, 5, 500))
	_, err := server.Wait(ctx, 5)
	require.NoError(t, err)
	for _, want := range []string{
		`otelcol_exporter_posthog_events_stored{exporter="posthog"} 5`,
		"otelcol_exporter_posthog_send_duration_bucket{", "otelcol_exporter_posthog_request_bytes{",
		"otelcol_exporter_queue_size{", "otelcol_exporter_queue_capacity{",
	} {
		for !strings.Contains(get(ctx, t, "http://"+address+"/metrics"), want) {
			require.NoError(t, pause(ctx, 50*time.Millisecond), "%s is missing in\n%s", want, get(t.Context(), t, "http://"+address+"/metrics"))
		}
	}
	require.Contains(t, get(ctx, t, "http://"+c.health+"/"), "StatusOK")
	c.kill()
}

func get(ctx context.Context, t *testing.T, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return string(body)
}
