// Package otelconf sets a service up from OpenTelemetry's configuration file,
// the one that OTEL_CONFIG_FILE names, with PostHog in it:
//
//	file_format: "1.0"
//	tracer_provider:
//	  processors:
//	    - posthog:
//	        exporter:
//	          api_key: ${POSTHOG_API_KEY}
//	        session:
//	          trusted_hosts: ["*.svc.cluster.local"]
//
// The program is the same for every file:
//
//	sdk, err := otelconf.New(ctx)
//	...
//	defer sdk.Shutdown(ctx)
//	otel.SetTracerProvider(sdk.TracerProvider())
//	otel.SetTextMapPropagator(sdk.Propagator())
//	http.Handle("/", sdk.Handler(otelhttp.NewHandler(handler, "ask")))
//	client := http.Client{Transport: sdk.Transport(otelhttp.NewTransport(nil))}
//
// The posthog nodes are read here, everything else by
// go.opentelemetry.io/contrib/otelconf. The README has all settings;
// schema.json describes them for editors.
package otelconf
