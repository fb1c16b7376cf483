// Package metrictest is for tests of the metrics of a component.
package metrictest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Counts returns the counters of a scope, each by its name and attributes: "lost
// processor=posthogsession".
func Counts(t *testing.T, reader sdkmetric.Reader, scope string) map[string]int64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	counts := make(map[string]int64)
	for _, s := range data.ScopeMetrics {
		if s.Scope.Name != scope {
			continue
		}
		for _, m := range s.Metrics {
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				counts[m.Name+" "+point.Attributes.Encoded(attribute.DefaultEncoder())] = point.Value
			}
		}
	}
	return counts
}
