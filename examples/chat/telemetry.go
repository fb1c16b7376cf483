package main

// This is the file to copy. Everything that links an LLM call to the recording
// of the browser session it was made for is here: newTelemetry once per service,
// edge around the handler that browsers reach, client for outgoing calls.

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/processor"
)

type telemetry struct {
	provider   *sdktrace.TracerProvider
	propagator propagation.TextMapPropagator
	exporter   *exporter.Exporter
}

// newTelemetry stamps the browser session on every span, sends those that are
// about AI to PostHog, and lets the services' AI spans find their parents in one
// another.
func newTelemetry(service, apiKey, host string) (*telemetry, error) {
	exp, err := exporter.New(apiKey, exporter.WithHost(host))
	if err != nil {
		return nil, err
	}
	proc := processor.New(sdktrace.NewBatchSpanProcessor(exp))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
		sdktrace.WithSpanProcessor(proc),
	)
	// It lets the session out to the hosts that a client trusts, and to no others.
	propagator := baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent))
	return &telemetry{provider, propagator, exp}, nil
}

// edge wraps a handler that browsers reach. It takes the session from their
// headers, checks it, and hands otelhttp one clean baggage header.
func (t *telemetry) edge(name string, next http.Handler) http.Handler {
	return baggage.NewHandler(t.handler(name, next))
}

// handler wraps a handler that only other services reach.
func (t *telemetry) handler(name string, next http.Handler) http.Handler {
	return otelhttp.NewHandler(next, name, t.options()...)
}

// client returns a client that tells the session to the trusted hosts, and to
// nobody else. Without any it trusts nobody: right for the API of an LLM.
func (t *telemetry) client(trusted ...string) *http.Client {
	return &http.Client{Transport: baggage.NewTransport(
		otelhttp.NewTransport(http.DefaultTransport, t.options()...),
		baggage.WithTrustedHosts(trusted...),
	)}
}

// options keep the two services of this process apart. A service that has a
// process to itself calls otel.SetTracerProvider and otel.SetTextMapPropagator
// once, and passes otelhttp no options.
func (t *telemetry) options() []otelhttp.Option {
	return []otelhttp.Option{otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(t.propagator)}
}
