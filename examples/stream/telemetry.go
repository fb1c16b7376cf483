package main

import (
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/processor"
)

// telemetry is what a service sets up once. One with a process to itself calls
// otel.SetTracerProvider and otel.SetTextMapPropagator instead.
type telemetry struct {
	provider   *sdktrace.TracerProvider
	propagator propagation.TextMapPropagator
	tracer     trace.Tracer
}

func newTelemetry(apiKey, host string) (*telemetry, error) {
	exp, err := exporter.New(apiKey, exporter.WithHost(host))
	if err != nil {
		return nil, err
	}
	// A service would keep the default of five seconds; here somebody is waiting.
	batch := sdktrace.NewBatchSpanProcessor(exp, sdktrace.WithBatchTimeout(100*time.Millisecond))
	proc := processor.New(batch)
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc))
	return &telemetry{
		provider:   provider,
		propagator: baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)),
		tracer:     provider.Tracer("github.com/otelposthog/otelposthog-go/examples/stream"),
	}, nil
}

func (t *telemetry) http() []otelhttp.Option {
	return []otelhttp.Option{otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(t.propagator)}
}
