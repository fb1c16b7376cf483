// Package otelposthog is the root of a module that links LLM traces to session
// replays. A browser session id rides W3C baggage from the page through Go
// services; OpenTelemetry's GenAI spans become PostHog events that carry it. So
// a generation in PostHog opens the replay of the user who caused it, and the
// replay shows its LLM calls.
//
// The packages work alone and together:
//
//	baggage      the session in W3C baggage: in at the edge, out to trusted hosts only
//	processor    a span processor: stamps the session, resolves a trace when it is complete
//	exporter     a span exporter: AI spans become PostHog events, delivered without loss
//	semconv      the names of GenAI attributes and PostHog properties
//	posthogtest  a PostHog to test against, in the manner of net/http/httptest
//
// Modules of their own, so that their dependencies are not yours:
//
//	contrib      gRPC, MCP, the OpenAI client, autoexport
//	collector    the Collector's components and a ready Collector
//	inspector    a local PostHog with replay, which says why a link is missing
//
// The usual set-up of a service:
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	if err != nil {
//		return err
//	}
//	proc := processor.New(sdktrace.NewBatchSpanProcessor(exp))
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc))
//	defer tp.Shutdown(ctx) // sends what is queued; give it a deadline
//	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))
//
// Where requests come in and go out:
//
//	handler := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))
//	client := &http.Client{Transport: baggage.NewTransport(
//		otelhttp.NewTransport(nil), baggage.WithTrustedHosts("*.svc.cluster.local"))}
//
// This package itself holds only the version.
package otelposthog

// Version is the version of this module. PostHog shows it as $lib_version.
const Version = "0.1.0"
