package posthogexporter_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// TestMetrics has what the exporter tells about itself.
func TestMetrics(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	reader := sdkmetric.NewManualReader()
	set := settings()
	set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	exp := newExporter(t, config(server), set)
	require.NoError(t, exp.ConsumeTraces(t.Context(), calls(3)))
	server.SetFaults(posthogtest.Status(401))
	require.Error(t, exp.ConsumeTraces(t.Context(), calls(2)))
	require.EqualValues(t, 5, sum(t, reader, "otelcol_exporter_posthog_spans_filtered"), "parents stay, in short")
	require.EqualValues(t, 3, sum(t, reader, "otelcol_exporter_posthog_events_stored"))
	require.EqualValues(t, 2, sum(t, reader, "otelcol_exporter_posthog_spans_lost"))
	require.Positive(t, sum(t, reader, "otelcol_exporter_posthog_request_bytes"))
}

// sum of a counter, over all attributes.
func sum(t *testing.T, reader sdkmetric.Reader, name string) (n int64) {
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				n += point.Value
			}
		}
	}
	return n
}
