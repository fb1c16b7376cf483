package posthoglogs_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/otelposthog/otelposthog-go/collector/internal/metrictest"
)

// TestMetrics has a call for each end that waiting can have, content that nobody
// wants, and a call that nobody takes.
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
		reader := sdkmetric.NewManualReader()
		set := settings()
		set.ID = component.NewID(set.ID.Type())
		set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		b := newConnectorWith(t, set, defaultConfig(), next)

		b.record(answer(t, 1))
		b.span(call(1)) // complete
		b.span(call(2))
		b.record(answer(t, 2)) // complete
		b.span(call(3))
		b.record(question(t, 3))
		b.span(call(4))
		time.Sleep(11 * time.Second)
		synctest.Wait() // timeout, with and without content
		b.record(question(t, 5))
		time.Sleep(6 * time.Minute)
		synctest.Wait() // nobody wants it
		nowhere := question(t, 6)
		onlyRecord(nowhere).SetSpanID(pcommon.SpanID{})
		b.record(nowhere)
		b.span(call(7))
		refuse = true
		require.Error(t, b.traces.Shutdown(context.Background())) // of call 7
		b.shutdown()

		require.Equal(t, map[string]int64{
			"otelcol_connector_posthoglogs_calls_waited connector=posthoglogs,content=true,end=complete":  2,
			"otelcol_connector_posthoglogs_calls_waited connector=posthoglogs,content=true,end=timeout":   1,
			"otelcol_connector_posthoglogs_calls_waited connector=posthoglogs,content=false,end=timeout":  1,
			"otelcol_connector_posthoglogs_calls_waited connector=posthoglogs,content=false,end=shutdown": 1,
			"otelcol_connector_posthoglogs_content_dropped connector=posthoglogs":                         2,
			"otelcol_connector_posthoglogs_spans_lost connector=posthoglogs":                              1,
		}, metrictest.Counts(t, reader, "github.com/otelposthog/otelposthog-go/collector/posthoglogs"))
	})
}
