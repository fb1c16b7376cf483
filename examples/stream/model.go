package main

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// ask is one streamed call of a make-believe model. Its span is as that of a real
// one, and ends with the last word.
func ask(ctx context.Context, t *telemetry, question string, say func(word string) error) error {
	ctx, span := t.tracer.Start(ctx, semconv.OperationChat+" gpt-5-mini", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.GenAIOperationNameKey.String(semconv.OperationChat),
		semconv.GenAIProviderNameKey.String("openai"),
		semconv.GenAIRequestModelKey.String("gpt-5-mini"),
		attribute.Bool("gen_ai.request.stream", true)))
	defer span.End()
	words := strings.Fields("You asked: " + question)
	for _, word := range words {
		err := ctx.Err()
		if err == nil {
			err = say(word)
		}
		if err != nil {
			span.SetStatus(codes.Error, "the visitor left")
			return err
		}
	}
	span.SetAttributes(semconv.GenAIUsageOutputTokensKey.Int(len(words)))
	return nil
}
