package posthoglogs_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
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
		set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		b := newConnectorWith(t, set, defaultConfig(), next)

		b.record(answer(t, 1))
		b.span(call(1)) // complete, and did not wait
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
			"otelposthog.collector.call.waited complete true":  2,
			"otelposthog.collector.call.waited timeout true":   1,
			"otelposthog.collector.call.waited timeout false":  1,
			"otelposthog.collector.call.waited shutdown false": 1,
			"otelposthog.collector.content.dropped":            2,
			"otelposthog.collector.span.lost":                  1,
		}, counted(t, reader))
	})
}

// counted returns the counters of this project, those of waiting by what ended it
// and whether there was content.
func counted(t *testing.T, reader sdkmetric.Reader) map[string]int64 {
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.Background(), &data))
	counts := make(map[string]int64)
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				connector, ok := point.Attributes.Value("connector")
				require.True(t, ok)
				require.Contains(t, connector.AsString(), "posthoglogs")
				name := m.Name
				if end, ok := point.Attributes.Value("end"); ok {
					content, ok := point.Attributes.Value("content")
					require.True(t, ok)
					name += " " + end.AsString() + " " + strconv.FormatBool(content.AsBool())
				}
				counts[name] += point.Value
			}
		}
	}
	return counts
}
