package exporter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// callModel stands for an instrumented call of a language model.
func callModel(ctx context.Context, tp trace.TracerProvider) {
	_, span := tp.Tracer("example").Start(ctx, "chat gpt-5", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-5"),
		attribute.Int("gen_ai.usage.input_tokens", 12),
		attribute.Int("gen_ai.usage.output_tokens", 34),
		attribute.String("$session_id", "0197c2a0-0000-7000-8000-000000000000"),
	))
	span.End()
}

func ExampleNew() {
	// In place of PostHog. Leave WithHost out for PostHog Cloud in the US.
	srv := posthogtest.NewServer()
	defer srv.Close()

	exp, err := exporter.New("phc_your_project_api_key", exporter.WithHost(srv.URL))
	if err != nil {
		log.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))

	callModel(context.Background(), tp)

	// Shutdown exports what is left. What could not be stored then is told to the
	// error handler of OpenTelemetry.
	if err := tp.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
	for _, e := range srv.Events() {
		fmt.Println(e.Name, e.Properties["$ai_model"], e.Properties["$session_id"])
	}
	// Output: $ai_generation gpt-5 0197c2a0-0000-7000-8000-000000000000
}

func ExampleNew_options() {
	exp, err := exporter.New("phc_your_project_api_key",
		exporter.WithHost("https://eu.i.posthog.com"),
		exporter.WithPrivacyMode(), // no messages
		exporter.WithProperties(attribute.String("deployment", "blue")),
		exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: 20 * time.Second}),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(exp.MarshalLog())
	// Output: {otelposthog {https://eu.i.posthog.com auto}}
}

func ExampleWithContentFunc() {
	optedOut := map[string]bool{"acme": true}
	exp, err := exporter.New("phc_your_project_api_key",
		exporter.WithContentFunc(func(s sdktrace.ReadOnlySpan) exporter.Content {
			attrs := attribute.NewSet(s.Attributes()...)
			if tenant, _ := attrs.Value("tenant"); optedOut[tenant.AsString()] {
				return exporter.ContentNone
			}
			return exporter.ContentAll
		}),
		exporter.WithRedaction("email", "phone"),
		exporter.WithBeforeSend(func(e *exporter.Event) bool {
			e.DeleteProperty("app.internal")
			return e.Name() != "$ai_span"
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(exp.MarshalLog())
	// Output: {otelposthog {https://us.i.posthog.com auto}}
}

func ExampleNewWithClient() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	// The client that the program has for its own events.
	client, err := posthog.NewWithConfig("phc_your_project_api_key", posthog.Config{
		Endpoint:               srv.URL,
		DefaultEventProperties: posthog.Properties{"deployment": "blue"},
	})
	if err != nil {
		log.Fatal(err)
	}
	exp, err := exporter.NewWithClient(client)
	if err != nil {
		log.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))

	callModel(context.Background(), tp)

	// First the spans go to the client, then the client sends them.
	_ = tp.Shutdown(context.Background())
	_ = client.Close()
	for _, e := range srv.Events() {
		fmt.Println(e.Name, e.Properties["deployment"], e.Properties["$lib"])
	}
	// Output: $ai_generation blue posthog-go
}

func ExampleNewWriter() {
	var lines bytes.Buffer // or os.Stdout, to see what PostHog would get
	exp, err := exporter.NewWriter(&lines)
	if err != nil {
		log.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp))

	callModel(context.Background(), tp)

	for line := range strings.Lines(lines.String()) {
		var e posthogtest.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Name, e.Properties["$ai_model"], e.Properties["$ai_input_tokens"])
	}
	// Output: $ai_generation gpt-5 12
}

// A caller that retries itself asks the error what is worth it.
func ExampleExportError() {
	srv := posthogtest.NewServer(posthogtest.WithFaults(posthogtest.Status(503).RetryAfter("5")))
	defer srv.Close()
	exp, err := exporter.New("phc_your_project_api_key", exporter.WithHost(srv.URL), exporter.WithoutRetry())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	defer func() { _ = exp.Shutdown(ctx) }()

	spans := newSpans(3)
	err = exp.ExportSpans(ctx, spans)

	var failed *exporter.ExportError
	if errors.As(err, &failed) && failed.Retryable() {
		fmt.Println("again after", failed.RetryAfter, failed.Retry, failed.Reasons)
		again := make([]sdktrace.ReadOnlySpan, 0, len(failed.Retry))
		for _, i := range failed.Retry {
			again = append(again, spans[i])
		}
		fmt.Println(exp.ExportSpans(ctx, again))
	}
	// Output:
	// again after 5s [0 1 2] [{unavailable 3}]
	// <nil>
}

// At the end of a program, everything that waits is sent. The exporter gives up
// what is not sent in 20 seconds, because Kubernetes kills after 30: it is counted
// and reported, and the provider's Shutdown returns.
func ExampleExporter_Shutdown() {
	srv := posthogtest.NewServer()
	defer srv.Close()
	exp, err := exporter.New("phc_your_project_api_key", exporter.WithHost(srv.URL))
	if err != nil {
		log.Fatal(err)
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp))
	ctx := context.Background()

	callModel(ctx, tp)

	giveUp, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	context.AfterFunc(giveUp, func() { _ = exp.Shutdown(giveUp) })
	fmt.Println(tp.Shutdown(ctx), len(srv.Events()))
	// Output: <nil> 1
}
