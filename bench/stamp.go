package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/contrib/processors/baggagecopy"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

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
// 0, 2 and 10 baggage members.
func compareStamp(rounds int) error {
	for _, members := range []int{0, 2, 10} {
		ctx, err := withMembers(members)
		if err != nil {
			return err
		}
		contenders := []contender{
			{"empty", spans(ctx, nothing{})},
			{"ours", spans(ctx, processor.New(nil))},
			{"baggagecopy", spans(ctx, baggagecopy.NewSpanProcessor(baggagecopy.AllowAllMembers))},
		}
		const times = 30_000
		costs, err := measure(rounds, times, contenders)
		if err != nil {
			return err
		}
		base := costs[0]
		for i := range costs[1:] { // what the processor adds
			c := &costs[i+1]
			c.cpu, c.bytes, c.allocs = c.cpu-base.cpu, c.bytes-base.bytes, c.allocs-base.allocs
		}
		report(fmt.Sprintf("a request of %d spans, %d baggage members; ours and baggagecopy above empty", spansPerRequest, members), contenders, costs,
			pair{"ours", "baggagecopy"})
	}
	return nil
}

func spans(ctx context.Context, p sdktrace.SpanProcessor) func(int) error {
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
	tracer := tp.Tracer("bench")
	return func(times int) error {
		for range times {
			request, server := tracer.Start(ctx, "GET /")
			for range spansPerRequest - 1 {
				_, span := tracer.Start(request, "SELECT")
				span.End()
			}
			server.End()
		}
		return nil
	}
}

// withMembers returns a context with the session and the person in baggage,
// and others up to n.
func withMembers(n int) (context.Context, error) {
	var members []otelbaggage.Member
	for i := range n {
		key, value := fmt.Sprintf("tenant.field%d", i), "nordlicht"
		switch i {
		case 0:
			key, value = "session.id", "0190a000-0000-7000-8000-000000000001"
		case 1:
			key, value = "posthog.distinct_id", "user-42"
		}
		m, err := otelbaggage.NewMemberRaw(key, value)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	b, err := otelbaggage.New(members...)
	if err != nil {
		return nil, err
	}
	return otelbaggage.ContextWithBaggage(context.Background(), b), nil
}
