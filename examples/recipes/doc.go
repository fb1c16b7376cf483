// Package recipes shows where the pieces go in the routers and frameworks that
// services at the edge use: one short file for each, and one test that sends what a
// browser sends and looks at the event in PostHog.
//
// All of them suppose what main does once, whatever the framework:
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	proc := processor.New(sdktrace.NewBatchSpanProcessor(exp))
//	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc)))
//	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))
//
// The one rule: baggage.NewHandler comes before whatever starts the server span.
package recipes
