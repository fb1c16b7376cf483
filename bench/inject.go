package main

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// compareInject writes the headers of a call with baggage.Propagator and with what
// it stands around, as otelhttp does it: an open span and, from the request that
// came in, nothing, members of others, or the session as well.
func compareInject(rounds int) error {
	const (
		session = "session.id=0190a000-0000-7000-8000-000000000001,posthog.window_id=0190a000-0000-7000-8000-000000000002,posthog.distinct_id=user-42"
		foreign = "tenant=acme,region=eu,tier=gold"
	)
	plain := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	ours := baggage.Propagator(plain)
	for _, c := range []struct {
		title, header string
		mark          func(context.Context) context.Context
	}{
		{"no baggage", "", nil},
		{"3 members of others", foreign, nil},
		{"the session and 3 members of others, withheld", session + "," + foreign, nil},
		{"the session and 3 members of others, to a trusted host", session + "," + foreign, baggage.ContextWithTrust},
	} {
		contenders := []contender{
			{"plain", injections(plain, c.header, nil)},
			{"ours", injections(ours, c.header, c.mark)},
		}
		costs, err := measure(rounds, 300_000, contenders)
		if err != nil {
			return err
		}
		report("one injection: "+c.title, contenders, costs, pair{"ours", "plain"})
	}
	return nil
}

// injections calls a service again and again, in the context of one request.
func injections(p propagation.TextMapPropagator, header string, mark func(context.Context) context.Context) func(int) error {
	ctx := context.Background()
	if header != "" {
		ctx = p.Extract(ctx, propagation.MapCarrier{"baggage": header})
	}
	ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
	}))
	if mark != nil {
		ctx = mark(ctx)
	}
	return func(times int) error {
		for range times {
			p.Inject(ctx, propagation.HeaderCarrier(make(http.Header, 3)))
		}
		return nil
	}
}
