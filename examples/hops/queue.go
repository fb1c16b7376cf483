package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// There is no OpenTelemetry instrumentation of nats.go. This is all that a queue
// needs: the sender injects into the headers of the message what otelhttp injects
// into those of a request, and the receiver extracts it.

const subject = "reports"

// carrier is a NATS header for a propagator. Its names keep the case that they
// have; propagation.HeaderCarrier would write Traceparent and Baggage, which
// receivers in other languages do not find.
type carrier nats.Header

var _ propagation.TextMapCarrier = carrier(nil)

func (c carrier) Get(key string) string { return nats.Header(c).Get(key) }
func (c carrier) Set(key, value string) { nats.Header(c).Set(key, value) }
func (c carrier) Keys() []string        { return slices.Collect(maps.Keys(c)) }

// publish sends a message with trace and session in its headers.
func publish(ctx context.Context, t *telemetry, queue *nats.Conn, text string) error {
	ctx, span := t.tracer.Start(ctx, "send "+subject, trace.WithSpanKind(trace.SpanKindProducer), messaging("send"))
	defer span.End()
	msg := nats.NewMsg(subject)
	msg.Data = []byte(text)
	// The receivers are ours. No guard can see that, so the mark says it.
	t.propagator.Inject(baggage.ContextWithTrust(ctx), carrier(msg.Header))
	if err := queue.PublishMsg(msg); err != nil {
		span.SetStatus(codes.Error, err.Error())
		return err
	}
	return queue.FlushTimeout(5 * time.Second)
}

// subscribe calls handle for each message, in the trace and the session of its
// sender. The context ends when handle returns, as that of an HTTP request does.
func subscribe(t *telemetry, queue *nats.Conn, handle func(ctx context.Context, text string)) (*nats.Subscription, error) {
	return queue.QueueSubscribe(subject, "workers", func(msg *nats.Msg) {
		ctx, cancel := context.WithCancel(t.propagator.Extract(context.Background(), carrier(msg.Header)))
		defer cancel()
		ctx, span := t.tracer.Start(ctx, "process "+subject, trace.WithSpanKind(trace.SpanKindConsumer), messaging("process"))
		defer span.End()
		handle(ctx, string(msg.Data))
	})
}

func messaging(operation string) trace.SpanStartOption {
	return trace.WithAttributes(
		attribute.String("messaging.system", "nats"),
		attribute.String("messaging.destination.name", subject),
		attribute.String("messaging.operation.type", operation))
}
