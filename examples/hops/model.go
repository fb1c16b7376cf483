package main

import (
	"context"
	"encoding/json"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// The models and agents of this example are make-believe; their spans are as
// those of real ones. See examples/chat for a real client.

const modelName = "gpt-5-mini"

// runAgent runs an agent inside its span.
func runAgent(ctx context.Context, t *telemetry, name string, run func(context.Context) error) error {
	ctx, span := t.tracer.Start(ctx, semconv.OperationInvokeAgent+" "+name, trace.WithAttributes(
		semconv.GenAIOperationNameKey.String(semconv.OperationInvokeAgent),
		semconv.GenAIAgentNameKey.String(name)))
	defer span.End()
	err := run(ctx)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	return err
}

// askModel is one call of the model.
func askModel(ctx context.Context, t *telemetry, question string) (answer string) {
	_, span := t.tracer.Start(ctx, semconv.OperationChat+" "+modelName, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			semconv.GenAIOperationNameKey.String(semconv.OperationChat),
			semconv.GenAIProviderNameKey.String("openai"),
			semconv.GenAIRequestModelKey.String(modelName),
			messages(semconv.GenAIInputMessagesKey, "user", question)))
	defer span.End()
	answer = "(" + question + ")"
	span.SetAttributes(
		semconv.GenAIResponseModelKey.String(modelName),
		semconv.GenAIResponseFinishReasonsKey.StringSlice([]string{"stop"}),
		semconv.GenAIUsageInputTokensKey.Int(len(strings.Fields(question))),
		semconv.GenAIUsageOutputTokensKey.Int(len(strings.Fields(answer))),
		messages(semconv.GenAIOutputMessagesKey, "assistant", answer))
	return answer
}

func messages(key attribute.Key, role, text string) attribute.KeyValue {
	list, err := json.Marshal([]map[string]any{{
		"role": role, "parts": []map[string]string{{"type": "text", "content": text}},
	}})
	if err != nil {
		panic(err) // strings always encode
	}
	return key.String(string(list))
}
