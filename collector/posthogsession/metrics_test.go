package posthogsession_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
)

// TestMetrics has a span for each end that waiting can have, and two that nobody
// took afterwards.
func TestMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var refuse bool
		next, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error {
			if refuse {
				return consumererror.NewPermanent(errors.New("never"))
			}
			return nil
		})
		require.NoError(t, err)
		cfg := defaultConfig()
		cfg.MaxTraces = 3
		reader := sdkmetric.NewManualReader()
		set := settings()
		set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		p, err := posthogsession.NewFactory().CreateTraces(t.Context(), set, cfg, next)
		require.NoError(t, err)
		require.NoError(t, p.Start(t.Context(), componenttest.NewNopHost()))
		consume := func(id byte, specs ...spec) {
			require.NoError(t, p.ConsumeTraces(t.Context(), trace(t, id, nil, specs...)))
		}

		consume(1, call(9, 1), call(8, 1))
		consume(1, other(1, 0, "$session_id", sid)) // complete
		consume(2, call(9, 1))
		time.Sleep(11 * time.Second)
		synctest.Wait() // timeout
		for id := range byte(4) {
			consume(id+3, call(9, 1))
		} // one is too much
		refuse = true
		require.Error(t, p.Shutdown(context.Background()))

		require.Equal(t, map[string]int64{
			"otelposthog.collector.span.stamped":         2,
			"otelposthog.collector.span.waited complete": 2,
			"otelposthog.collector.span.waited timeout":  1,
			"otelposthog.collector.span.waited full":     1,
			"otelposthog.collector.span.waited shutdown": 3,
			"otelposthog.collector.span.lost":            3,
		}, counted(t, reader))
	})
}

// counted returns the counters of this project, those of waiting by what ended it.
func counted(t *testing.T, reader sdkmetric.Reader) map[string]int64 {
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.Background(), &data))
	counts := make(map[string]int64)
	for _, scope := range data.ScopeMetrics {
		if scope.Scope.Name != "github.com/otelposthog/otelposthog-go/collector/posthogsession" {
			continue
		}
		for _, m := range scope.Metrics {
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				processor, ok := point.Attributes.Value("processor")
				require.True(t, ok)
				require.Contains(t, processor.AsString(), "posthogsession")
				name := m.Name
				if end, ok := point.Attributes.Value("end"); ok {
					name += " " + end.AsString()
				}
				counts[name] += point.Value
			}
		}
	}
	return counts
}
