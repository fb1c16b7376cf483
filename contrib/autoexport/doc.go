// Package autoexport sets tracing up from environment variables, with PostHog
// among the receivers:
//
//	OTEL_TRACES_EXPORTER=posthog,otlp POSTHOG_API_KEY=phc_... ./service
//
// The line in the program is the same for every value of the variable:
//
//	sp, err := autoexport.NewSpanProcessor(ctx)
//	...
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(sp))
//	otel.SetTextMapPropagator(sp.Propagator(nil))
//
// A program that calls autoexport.NewSpanExporter of OpenTelemetry already can
// keep that call and add [Register]. It then has the exporter without the
// processor: nothing puts the browser session on the spans.
//
// PostHog's variables are those of exporter.NewFromEnv. OpenTelemetry's:
//
//	OTEL_TRACES_EXPORTER          names between commas: posthog, otlp, console, none.
//	                              A name that another package has registered must
//	                              stand alone. Default: otlp, as in OpenTelemetry.
//	OTEL_EXPORTER_OTLP_PROTOCOL   http/protobuf (default) or grpc
//	OTEL_BSP_*                    the batch processor of each exporter
package autoexport
