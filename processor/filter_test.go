package processor_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/processor"
)

// A filter that panics takes neither the goroutine of a span along, nor that of
// the processor, in which nobody could recover. Not parallel: it hears the errors of
// the process.
func TestFilterThatPanics(t *testing.T) {
	var reports []error
	old := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { reports = append(reports, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(old) })

	synctest.Test(t, func(t *testing.T) {
		reader := sdkmetric.NewManualReader()
		pl := newPipeline(t, processor.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))),
			processor.WithFilter(func(s sdktrace.ReadOnlySpan) bool {
				if s.Name() == "bad" {
					panic("a secret")
				}
				return s.Name() == "ai"
			}))

		_, bad := pl.start(t.Context(), "bad")
		bad.End()
		require.Empty(t, pl.next.GetSpans(), "it is unknown whether it may leave")

		ctx, bad := pl.start(t.Context(), "bad") // asked about while it is open, by the goroutine that ends the hold
		_, ok := pl.p.AIParent(ctx)
		require.False(t, ok)
		_, ai := pl.start(ctx, "ai")
		ai.End()
		time.Sleep(6 * time.Second)
		require.Equal(t, []string{"ai"}, spanNames(pl.next.GetSpans()))
		bad.End()

		require.NoError(t, pl.p.ForceFlush(t.Context()), "no trace is held by the panic")
		require.Equal(t, int64(4), sum(t, reader, "otelposthog.processor.callback.failed", "panic"))
		require.Len(t, reports, 1)
		require.ErrorContains(t, reports[0], "WithFilter")
		require.NotContains(t, reports[0].Error(), "secret")
	})
}

// No SDK hands on a nil span or a nil context; a processor around this one might.
func TestNilSpansAndContexts(t *testing.T) {
	t.Parallel()
	var none context.Context
	next := &calls{}
	for _, p := range []*processor.Processor{processor.New(nil), processor.New(next)} {
		p.OnStart(none, nil)
		p.OnStart(t.Context(), nil)
		p.OnEnd(nil)
		_, ok := p.AIParent(none)
		require.False(t, ok)
	}
	require.Empty(t, next.starts)
	require.Empty(t, next.ends)
}
