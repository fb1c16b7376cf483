package recipes

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// ask is a make-believe call of a model. Its span is as that of a real one.
func ask(ctx context.Context, question string) (answer string) {
	_, span := otel.Tracer("recipes").Start(ctx, semconv.OperationChat+" gpt-5-mini", trace.WithAttributes(
		semconv.GenAIOperationNameKey.String(semconv.OperationChat),
		semconv.GenAIProviderNameKey.String("openai"),
		semconv.GenAIRequestModelKey.String("gpt-5-mini")))
	defer span.End()
	return "You asked: " + question
}
