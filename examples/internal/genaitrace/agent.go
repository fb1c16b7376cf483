package genaitrace

import (
	"context"

	"github.com/openai/openai-go/v3"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Agent describes one run of an agent.
type Agent struct {
	// Name of the agent; it names the span, too.
	Name string
	// Conversation that the run belongs to; optional. It goes on the spans of the
	// calls inside as well, groups the traces of one chat, and has nothing to do
	// with the browser session.
	Conversation string
	// Input is what the user said.
	Input string
}

// InvokeAgent runs an agent inside an invoke_agent span and returns its answer.
func (t *Tracer) InvokeAgent(ctx context.Context, agent Agent, run func(context.Context) (string, error)) (string, error) {
	attrs := []attribute.KeyValue{
		semconv.GenAIOperationNameKey.String(semconv.OperationInvokeAgent),
		semconv.GenAIProviderNameKey.String(providerName),
		semconv.GenAIAgentNameKey.String(agent.Name),
	}
	if agent.Conversation != "" {
		ctx = context.WithValue(ctx, conversationKey{}, agent.Conversation)
	}
	attrs = append(attrs, conversation(ctx)...)
	if t.content {
		attrs = append(attrs, semconv.GenAIInputMessagesKey.String(textMessage("user", agent.Input, "")))
	}
	ctx, span := t.tracer.Start(ctx, semconv.OperationInvokeAgent+" "+agent.Name, trace.WithAttributes(attrs...))
	defer span.End()

	answer, err := run(ctx)
	if err != nil {
		fail(span, err)
		return "", err
	}
	if t.content {
		span.SetAttributes(semconv.GenAIOutputMessagesKey.String(textMessage("assistant", answer, "stop")))
	}
	return answer, nil
}

// ExecuteTool runs a tool that the model asked for inside an execute_tool span.
// The run function gets the arguments as the model wrote them: JSON, most likely.
func (t *Tracer) ExecuteTool(ctx context.Context, call openai.ChatCompletionMessageToolCallUnion,
	run func(ctx context.Context, arguments string) (string, error),
) (string, error) {
	attrs := []attribute.KeyValue{
		semconv.GenAIOperationNameKey.String(semconv.OperationExecuteTool),
		semconv.GenAIToolNameKey.String(call.Function.Name),
		semconv.GenAIToolCallIDKey.String(call.ID),
		attribute.String("gen_ai.tool.type", "function"),
	}
	attrs = append(attrs, conversation(ctx)...)
	if t.content {
		attrs = append(attrs, semconv.GenAIToolCallArgumentsKey.String(call.Function.Arguments))
	}
	ctx, span := t.tracer.Start(ctx, semconv.OperationExecuteTool+" "+call.Function.Name, trace.WithAttributes(attrs...))
	defer span.End()

	result, err := run(ctx, call.Function.Arguments)
	if err != nil {
		fail(span, err)
		return "", err
	}
	if t.content {
		span.SetAttributes(semconv.GenAIToolCallResultKey.String(result))
	}
	return result, nil
}

// conversationKey is the key of the conversation in a context.
type conversationKey struct{}

// conversation returns the attribute for the conversation of ctx, if there is one.
func conversation(ctx context.Context) []attribute.KeyValue {
	if id, ok := ctx.Value(conversationKey{}).(string); ok {
		return []attribute.KeyValue{semconv.GenAIConversationIDKey.String(id)}
	}
	return nil
}

func textMessage(role, text, finish string) string {
	return encode([]message{{Role: role, Parts: []part{{Type: "text", Content: text}}, FinishReason: finish}})
}
