package otelopenai

import (
	"cmp"
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Agent describes one run of an agent.
type Agent struct {
	// Name of the agent; it names the span, too.
	Name string
	// Conversation that the run belongs to; optional. It goes on the spans inside
	// as well, as with [ContextWithConversation].
	Conversation string
	// Input is what the user said.
	Input string
}

// InvokeAgent runs an agent inside an invoke_agent span and returns its answer.
func (t *Tracer) InvokeAgent(ctx context.Context, agent Agent, run func(context.Context) (string, error)) (string, error) {
	ctx = ContextWithConversation(ctx, agent.Conversation)
	span := internalSpan{
		operation: semconv.OperationInvokeAgent, name: agent.Name,
		attrs: appendString(nil, semconv.GenAIAgentNameKey, agent.Name),
	}
	if t != nil {
		span.attrs = appendString(span.attrs, semconv.GenAIProviderNameKey, cmp.Or(t.providerName, defaultProvider))
	}
	if t != nil && t.content.inputs() {
		span.attrs = append(span.attrs, semconv.GenAIInputMessagesKey.String(textMessage("user", agent.Input, "")))
	}
	return t.inside(ctx, span, run, func(answer string) attribute.KeyValue {
		return semconv.GenAIOutputMessagesKey.String(textMessage("assistant", answer, "stop"))
	})
}

// ToolCall is a tool that the model asked for.
type ToolCall struct {
	// Name of the tool; it names the span, too.
	Name string
	// ID of the call: what the result is returned under.
	ID string
	// Arguments as the model wrote them: JSON, most likely.
	Arguments string
}

// ExecuteTool runs a tool inside an execute_tool span and returns its result. The
// run function gets the call's arguments.
func (t *Tracer) ExecuteTool(ctx context.Context, call ToolCall,
	run func(ctx context.Context, arguments string) (string, error),
) (string, error) {
	attrs := []attribute.KeyValue{
		semconv.GenAIToolNameKey.String(call.Name),
		attribute.String("gen_ai.tool.type", "function"),
	}
	span := internalSpan{
		operation: semconv.OperationExecuteTool, name: call.Name,
		attrs: appendString(attrs, semconv.GenAIToolCallIDKey, call.ID),
	}
	if t != nil && t.content.inputs() {
		span.attrs = append(span.attrs, semconv.GenAIToolCallArgumentsKey.String(call.Arguments))
	}
	runTool := func(ctx context.Context) (string, error) { return run(ctx, call.Arguments) }
	return t.inside(ctx, span, runTool, semconv.GenAIToolCallResultKey.String)
}

// internalSpan is what the span of an agent or a tool starts with.
type internalSpan struct {
	operation, name string
	attrs           []attribute.KeyValue
}

// inside runs a function inside a span, and records what it returns.
func (t *Tracer) inside(ctx context.Context, in internalSpan, run func(context.Context) (string, error),
	output func(string) attribute.KeyValue,
) (string, error) {
	if t == nil || t.tracer == nil || suppressed(ctx) {
		return run(ctx)
	}
	attrs := append(in.attrs, semconv.GenAIOperationNameKey.String(in.operation))
	attrs = appendString(attrs, semconv.GenAIConversationIDKey, conversationFrom(ctx))
	ctx, span := t.tracer.Start(ctx, in.operation+" "+in.name, trace.WithAttributes(attrs...))
	defer span.End()

	out, err := run(ctx)
	if err != nil {
		if t.content == ContentAll {
			failWithError(span, err)
		} else { // the text may quote what the agent or the tool was given
			span.SetAttributes(errorType(err))
			span.SetStatus(codes.Error, "")
		}
		return out, err
	}
	if t.content.outputs() {
		span.SetAttributes(output(out))
	}
	return out, nil
}

func textMessage(role, text, finish string) string {
	return encode([]message{{Role: role, Parts: []part{textPart(text)}, FinishReason: finish}})
}
