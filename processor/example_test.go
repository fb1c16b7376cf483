package processor_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// An exporter behind the processor gets AI spans only, with the session and with
// parents that it has seen.
func Example() {
	exp := tracetest.NewInMemoryExporter() // yours: exporter.New(apiKey)
	p := processor.New(sdktrace.NewSimpleSpanProcessor(exp))
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	defer func() { _ = tp.Shutdown(context.Background()) }()
	tracer := tp.Tracer("example")

	// In a service, baggage.NewHandler and otelhttp do this.
	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: "0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b"})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, agent := tracer.Start(ctx, "invoke_agent", trace.WithAttributes(attribute.String("gen_ai.operation.name", "invoke_agent")))
	ctx, post := tracer.Start(ctx, "POST")
	_, chat := tracer.Start(ctx, "chat gpt-5", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
	chat.End()
	post.End()
	agent.End()

	for _, s := range exp.GetSpans() {
		fmt.Println(s.Name)
		for _, kv := range s.Attributes {
			fmt.Println("  ", kv.Key, kv.Value.AsString())
		}
		if s.Parent.IsValid() {
			fmt.Println("   below the agent:", s.Parent.SpanID() == agent.SpanContext().SpanID())
		}
	}
	// Output:
	// chat gpt-5
	//    gen_ai.operation.name chat
	//    $session_id 0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b
	//    posthog.link.status linked
	//    below the agent: true
	// invoke_agent
	//    gen_ai.operation.name invoke_agent
	//    $session_id 0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b
	//    posthog.link.status linked
}

// With a nil next processor the session is stamped for the exporters that are
// there already. The link leads from their UI to the replay.
func ExampleNew_stampOnly() {
	exp := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(processor.New(nil, processor.WithReplayURL("https://us.posthog.com/project/12345"))),
		sdktrace.WithSyncer(exp),
	)
	defer func() { _ = tp.Shutdown(context.Background()) }()

	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: "0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, span := tp.Tracer("example").Start(ctx, "SELECT")
	span.End()
	for _, kv := range exp.GetSpans()[0].Attributes {
		fmt.Println(kv.Key, kv.Value.AsString())
	}
	// Output:
	// $session_id 0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b
	// $ai_replay_url https://us.posthog.com/project/12345/replay/0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b
}

// AI spans of the next service hang below those of this one.
func ExampleProcessor_AIParent() {
	p := processor.New(sdktrace.NewSimpleSpanProcessor(tracetest.NewInMemoryExporter()))
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)))
	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(p.AIParent)))
}

// Requests with a session are recorded even if their caller sampled them out.
func ExampleKeepSessions() {
	sampler := processor.KeepSessions(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01)))
	tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
	defer func() { _ = tp.Shutdown(context.Background()) }()
}
