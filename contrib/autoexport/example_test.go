package autoexport_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/contrib/autoexport"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func ExampleNewSpanProcessor() {
	srv := posthogtest.NewServer() // a stand-in for PostHog
	defer srv.Close()
	for name, value := range map[string]string{ // set where the service runs
		"OTEL_TRACES_EXPORTER": "posthog",
		"POSTHOG_API_KEY":      "phc_your_key",
		"POSTHOG_HOST":         srv.URL,
	} {
		defer os.Setenv(name, os.Getenv(name)) //nolint:errcheck // an example
		_ = os.Setenv(name, value)
	}

	ctx := context.Background()
	sp, err := autoexport.NewSpanProcessor(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(sp))
	otel.SetTextMapPropagator(sp.Propagator(nil))

	// baggage.NewHandler does this for each request of a browser.
	ctx, _ = baggage.ContextWithSession(ctx, baggage.Session{ID: "0197c2a0-0000-7000-8000-000000000000"})
	_, span := tp.Tracer("assistant").Start(ctx, "chat gpt-5")
	span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5"))
	span.End()

	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := tp.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	for _, e := range srv.Events() {
		fmt.Println(e.Name, e.Properties["$ai_model"], e.Properties["$session_id"])
	}
	// Output: $ai_generation gpt-5 0197c2a0-0000-7000-8000-000000000000
}
