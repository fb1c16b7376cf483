package posthogsession_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/otelposthog/otelposthog-go/collector/internal/metrictest"
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
		cfg.MaxWaitingBytes = 4_000_000
		reader := sdkmetric.NewManualReader()
		set := settings()
		set.ID = component.NewID(set.ID.Type())
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
		synctest.Wait()                                                         // timeout
		consume(3, call(9, 1, "gen_ai.prompt", strings.Repeat("x", 1_100_000))) // too much of one trace
		for id := range byte(3) {
			consume(id+4, call(9, 1))
		}
		refuse = true
		require.Error(t, p.Shutdown(context.Background()))

		require.Equal(t, map[string]int64{
			"otelcol_processor_posthogsession_spans_stamped processor=posthogsession":             2,
			"otelcol_processor_posthogsession_spans_waited end=complete,processor=posthogsession": 2,
			"otelcol_processor_posthogsession_spans_waited end=timeout,processor=posthogsession":  1,
			"otelcol_processor_posthogsession_spans_waited end=full,processor=posthogsession":     1,
			"otelcol_processor_posthogsession_spans_waited end=shutdown,processor=posthogsession": 3,
			"otelcol_processor_posthogsession_spans_lost processor=posthogsession":                3,
		}, metrictest.Counts(t, reader, "github.com/otelposthog/otelposthog-go/collector/posthogsession"))
	})
}
