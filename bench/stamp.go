package main

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/contrib/processors/baggagecopy"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// nothing is a span processor that does nothing.
type nothing struct{}

func (nothing) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (nothing) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (nothing) Shutdown(context.Context) error                  { return nil }
func (nothing) ForceFlush(context.Context) error                { return nil }

// spansPerRequest is how many spans a request has: one of the server, and those
// of its handlers, queries and calls.
const spansPerRequest = 10

// compareStamp starts and ends the spans of requests under the processor, with
// 0, 2 and 10 baggage members: one span, ten, and ten of which one is an AI span
// that is handed on.
func compareStamp(rounds int) error {
	copying := func() sdktrace.SpanProcessor { return baggagecopy.NewSpanProcessor(baggagecopy.AllowAllMembers) }
	stamping := func() sdktrace.SpanProcessor { return processor.New(nil) }
	whole := func() sdktrace.SpanProcessor { return processor.New(nothing{}) }
	for _, c := range []struct {
		title string
		spans int
		ai    bool
		ours  func() sdktrace.SpanProcessor
	}{
		{"one span, stamping only", 1, false, stamping},
		{"a request of 10 spans, stamping only", spansPerRequest, false, stamping},
		{"a request of 10 spans, one of them an AI span, the whole processor", spansPerRequest, true, whole},
	} {
		for _, members := range []int{0, 2, 10} {
			ctx, err := withMembers(members)
			if err != nil {
				return err
			}
			contenders := []contender{
				{"empty", spans(ctx, nothing{}, c.spans, c.ai)},
				{"ours", spans(ctx, c.ours(), c.spans, c.ai)},
				{"baggagecopy", spans(ctx, copying(), c.spans, c.ai)},
			}
			costs, err := measure(rounds, 200_000/c.spans, contenders)
			if err != nil {
				return err
			}
			base := costs[0]
			for i := range costs[1:] { // what the processor adds
				c := &costs[i+1]
				c.cpu, c.bytes, c.allocs = c.cpu-base.cpu, c.bytes-base.bytes, c.allocs-base.allocs
			}
			report(fmt.Sprintf("%s, %d baggage members; ours and baggagecopy above empty", c.title, members), contenders, costs,
				pair{"ours", "baggagecopy"})
		}
	}
	return nil
}

func spans(ctx context.Context, p sdktrace.SpanProcessor, n int, ai bool) func(int) error {
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	tracer := tp.Tracer("bench")
	operation := attribute.String("gen_ai.operation.name", "chat")
	return func(times int) error {
		for range times {
			request, server := tracer.Start(ctx, "GET /")
			for i := range n - 1 {
				_, span := tracer.Start(request, "SELECT")
				if i == 0 && ai {
					span.SetAttributes(operation)
				}
				span.End()
			}
			server.End()
		}
		return nil
	}
}

// withMembers returns a context with the session and the person in baggage, and
// others up to n, as a request brings them.
func withMembers(n int) (context.Context, error) {
	var members []string
	for i := range n {
		member := fmt.Sprintf("tenant.field%d=nordlicht", i)
		switch i {
		case 0:
			member = "session.id=0190a000-0000-7000-8000-000000000001"
		case 1:
			member = "posthog.distinct_id=user-42"
		}
		members = append(members, member)
	}
	carrier := propagation.MapCarrier{"baggage": strings.Join(members, ",")}
	ctx := baggage.Propagator(propagation.Baggage{}).Extract(context.Background(), carrier)
	if got := otelbaggage.FromContext(ctx).Len(); got != n {
		return nil, fmt.Errorf("%d baggage members of %d", got, n)
	}
	return ctx, nil
}
