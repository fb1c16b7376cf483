// Quickstart is the smallest service whose LLM calls link to session replays.
//
//	go run ./inspector run -- go run ./examples/quickstart
//	curl http://127.0.0.1:8080/ -H 'X-POSTHOG-SESSION-ID: 0190a000-0000-7000-8000-000000000001'
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/processor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	exp, err := exporter.NewFromEnv() // POSTHOG_API_KEY, POSTHOG_HOST
	if err != nil {
		log.Fatal(err)
	}
	proc := processor.New(sdktrace.NewBatchSpanProcessor(exp))
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "quickstart"))))
	otel.SetTracerProvider(tp)
	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))

	ask := func(w http.ResponseWriter, r *http.Request) { // your instrumented LLM client makes such a span
		_, span := otel.Tracer("quickstart").Start(r.Context(), "chat gpt-5-mini")
		span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5-mini"))
		span.End()
		_, _ = w.Write([]byte("asked\n"))
	}
	srv := &http.Server{Addr: "127.0.0.1:8080", ReadHeaderTimeout: 5 * time.Second, Handler: baggage.NewHandler(otelhttp.NewHandler(http.HandlerFunc(ask), "quickstart"))}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Print(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second) // sends what is queued
	defer cancel()
	if err := tp.Shutdown(ctx); err != nil {
		log.Print(err)
	}
}
