package main

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
)

// mended puts the Collector's processor posthogsession in front of next. It notes
// what comes in, and hands everything on when finish is called.
func mended(ctx context.Context, recorded *recording, next func(ptrace.Traces) error) (give func(ptrace.Traces) error, finish func() error, err error) {
	factory := posthogsession.NewFactory()
	config := factory.CreateDefaultConfig().(*posthogsession.Config)
	config.Wait, config.Remember = 24*time.Hour, 24*time.Hour // until finish
	settings := processor.Settings{
		ID: component.NewID(factory.Type()),
		TelemetrySettings: component.TelemetrySettings{
			Logger: zap.NewNop(), TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider(),
		},
	}
	sink, err := consumer.NewTraces(func(_ context.Context, td ptrace.Traces) error { return next(td) })
	if err != nil {
		return nil, nil, err
	}
	p, err := factory.CreateTraces(ctx, settings, config, sink)
	if err != nil {
		return nil, nil, err
	}
	if err := p.Start(ctx, nil); err != nil {
		return nil, nil, err
	}
	give = func(td ptrace.Traces) error {
		recorded.add(td)
		return p.ConsumeTraces(ctx, td)
	}
	return give, func() error { return p.Shutdown(ctx) }, nil
}
