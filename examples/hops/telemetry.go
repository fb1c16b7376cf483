package main

import (
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthoggrpc "github.com/otelposthog/otelposthog-go/contrib/grpc"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/processor"
)

// telemetry is what each service has. A service with a process to itself calls
// otel.SetTracerProvider and otel.SetTextMapPropagator instead, and passes the
// instrumentations no options.
type telemetry struct {
	provider   *sdktrace.TracerProvider
	propagator propagation.TextMapPropagator
	tracer     trace.Tracer
}

func newTelemetry(service, apiKey, host string) (*telemetry, error) {
	exp, err := exporter.New(apiKey, exporter.WithHost(host))
	if err != nil {
		return nil, err
	}
	// A service would keep the default of five seconds; here somebody is waiting.
	batch := sdktrace.NewBatchSpanProcessor(exp, sdktrace.WithBatchTimeout(100*time.Millisecond))
	proc := processor.New(batch)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
		sdktrace.WithSpanProcessor(proc),
	)
	return &telemetry{
		provider: provider,
		// The propagator lets the session out into calls that are marked, and no
		// others. Beside it, it names the nearest AI span, so that the agent of
		// the next service hangs below the agent of this one.
		propagator: baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)),
		tracer:     provider.Tracer("github.com/otelposthog/otelposthog-go/examples/hops"),
	}, nil
}

// edge is for the handler that browsers reach.
func (t *telemetry) edge(name string, next http.Handler) http.Handler {
	return baggage.NewHandler(t.handler(name, next))
}

// handler is for a handler that only other services reach.
func (t *telemetry) handler(name string, next http.Handler) http.Handler {
	return otelhttp.NewHandler(next, name, t.http()...)
}

// client tells the session to the trusted hosts and to nobody else.
func (t *telemetry) client(trusted ...string) *http.Client {
	return &http.Client{Transport: baggage.NewTransport(
		otelhttp.NewTransport(http.DefaultTransport, t.http()...),
		baggage.WithTrustedHosts(trusted...),
	)}
}

func (t *telemetry) http() []otelhttp.Option {
	return []otelhttp.Option{otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(t.propagator)}
}

// dial returns the options of a gRPC client, which tells the session to the
// trusted hosts and to nobody else.
func (t *telemetry) dial(trusted ...string) []grpc.DialOption {
	return append(posthoggrpc.DialOptions(posthoggrpc.WithTrustedHosts(trusted...)),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(t.grpc()...)))
}

func (t *telemetry) grpc() []otelgrpc.Option {
	return []otelgrpc.Option{otelgrpc.WithTracerProvider(t.provider), otelgrpc.WithPropagators(t.propagator)}
}
