package otelopenai_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

var (
	inputKeys  = []string{"gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.tool.call.arguments"}
	outputKeys = []string{"gen_ai.output.messages", "gen_ai.tool.call.result"}
)

const contentVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// contentSeen makes calls of each kind, an agent and a tool, and returns the
// content attributes that came of it, and all spans.
func contentSeen(t *testing.T, opts ...otelopenai.Option) (seen map[string]bool, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	seen = make(map[string]bool)
	for _, c := range recordedCalls(t) {
		if !slices.Contains([]string{"chat-tools", "chat-stream-tools", "responses-text", "responses-stream", "embeddings-texts"}, c.name) {
			continue
		}
		h := newHarness(t, c.serve, opts...)
		_, _ = c.do(t.Context(), &h.client)
		spans = append(spans, h.span(t))
	}
	h := newHarness(t, nil, opts...)
	_, _ = h.genai.InvokeAgent(t.Context(), otelopenai.Agent{Name: "desk", Input: "Where is 1042?"},
		func(ctx context.Context) (string, error) {
			return h.genai.ExecuteTool(ctx, otelopenai.ToolCall{Name: "order_status", Arguments: "{}"},
				func(context.Context, string) (string, error) { return "on its way", nil })
		})
	spans = append(spans, h.spans.Ended()...)
	for _, s := range spans {
		attrs := attributes(s)
		for _, key := range append(inputKeys, outputKeys...) {
			if attrs[key] != nil {
				seen[key] = true
			}
		}
	}
	return seen, spans
}

func requireContent(t *testing.T, seen map[string]bool, inputs, outputs bool) {
	t.Helper()
	for _, key := range inputKeys {
		require.Equal(t, inputs, seen[key], key)
	}
	for _, key := range outputKeys {
		require.Equal(t, outputs, seen[key], key)
	}
}

func TestWithContent(t *testing.T) {
	t.Setenv(contentVariable, "nonsense") // the option wins, and nothing is told
	told := handled(t)
	for content, want := range map[otelopenai.Content][2]bool{
		otelopenai.ContentAll:     {true, true},
		otelopenai.ContentInputs:  {true, false},
		otelopenai.ContentOutputs: {false, true},
		otelopenai.ContentNone:    {false, false},
		otelopenai.Content(99):    {false, false},
	} {
		seen, spans := contentSeen(t, otelopenai.WithContent(content))
		requireContent(t, seen, want[0], want[1])
		for _, s := range spans {
			require.NotContains(t, attributes(s), "$ai_truncated", "what is not wanted is not missing")
		}
	}
	require.Empty(t, told())
}

func TestContentFromEnvironment(t *testing.T) {
	for value, want := range map[string]bool{
		"": true, "true": true, "True": true, "SPAN_ONLY": true, "span_and_event": true,
		"false": false, " FALSE ": false, "NO_CONTENT": false, "EVENT_ONLY": false,
	} {
		t.Setenv(contentVariable, value)
		told := handled(t)
		seen, _ := contentSeen(t)
		requireContent(t, seen, want, want)
		require.Empty(t, told(), value)
	}
}

// A typo must not let prompts out, and must be told once.
func TestInvalidContentInEnvironment(t *testing.T) {
	t.Setenv(contentVariable, "fasle")
	told := handled(t)
	h := newHarness(t, answer(hello))
	for range 3 {
		_, err := h.client.Chat.Completions.New(t.Context(), ask())
		require.NoError(t, err)
	}
	require.NotContains(t, attributes(h.spans.Ended()[0]), "gen_ai.input.messages")
	require.Len(t, told(), 1)
	require.EqualError(t, told()[0], `otelopenai: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is "fasle", so no content is recorded; `+
		`valid are true, false, NO_CONTENT, SPAN_ONLY, EVENT_ONLY and SPAN_AND_EVENT`)
}

// handled collects what is told to OpenTelemetry's error handler.
func handled(t *testing.T) func() []error {
	t.Helper()
	var mu sync.Mutex
	var errs []error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
	}))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	return func() []error {
		mu.Lock()
		defer mu.Unlock()
		return errs
	}
}

func TestAgentAndTool(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	answer, err := h.genai.InvokeAgent(t.Context(), otelopenai.Agent{Name: "desk", Conversation: "c-1", Input: "Where?"},
		func(ctx context.Context) (string, error) {
			_, err := h.client.Chat.Completions.New(ctx, ask())
			require.NoError(t, err)
			return h.genai.ExecuteTool(ctx, otelopenai.ToolCall{Name: "order_status", ID: "call_1", Arguments: `{"id":1}`},
				func(_ context.Context, arguments string) (string, error) { return "got " + arguments, nil })
		})
	require.NoError(t, err)
	require.Equal(t, `got {"id":1}`, answer)

	require.Len(t, h.spans.Ended(), 3)
	chat, tool, agent := h.spans.Ended()[0], h.spans.Ended()[1], h.spans.Ended()[2]
	require.Equal(t, agent.SpanContext().SpanID(), chat.Parent().SpanID())
	require.Equal(t, agent.SpanContext().SpanID(), tool.Parent().SpanID())
	require.Equal(t, "c-1", attributes(chat)["gen_ai.conversation.id"])
	require.Equal(t, recording{
		Name: "invoke_agent desk", Kind: "internal", Status: "Unset", Attributes: map[string]any{
			"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai", "gen_ai.agent.name": "desk", "gen_ai.conversation.id": "c-1",
			"gen_ai.input.messages":  `[{"role":"user","parts":[{"type":"text","content":"Where?"}]}]`,
			"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"text","content":"got {\"id\":1}"}],"finish_reason":"stop"}]`,
		},
	}, plain(agent))
	require.Equal(t, recording{
		Name: "execute_tool order_status", Kind: "internal", Status: "Unset", Attributes: map[string]any{
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "order_status", "gen_ai.tool.type": "function",
			"gen_ai.tool.call.id": "call_1", "gen_ai.conversation.id": "c-1",
			"gen_ai.tool.call.arguments": `{"id":1}`, "gen_ai.tool.call.result": `got {"id":1}`,
		},
	}, plain(tool))
}

func plain(s sdktrace.ReadOnlySpan) recording {
	r := record(s)
	r.Attributes = attributes(s)
	return r
}

// An error of the API that ends an agent's run brings its code, not its message.
// The text of other errors is recorded where content is.
func TestAgentThatFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("the order of ann@example.com is gone")
	for content, wantText := range map[otelopenai.Content]string{otelopenai.ContentAll: boom.Error(), otelopenai.ContentInputs: ""} {
		spans, genai := newTracer(t, otelopenai.WithContent(content))
		_, err := genai.ExecuteTool(t.Context(), otelopenai.ToolCall{Name: "x"}, func(context.Context, string) (string, error) { return "", boom })
		require.ErrorIs(t, err, boom)
		span := spans.Ended()[0]
		require.Equal(t, sdktrace.Status{Code: codes.Error, Description: wantText}, span.Status())
		require.Equal(t, "*errors.errorString", attributes(span)["error.type"])
	}

	for _, c := range recordedCalls(t) {
		if c.name != "chat-error-429" {
			continue
		}
		h := newHarness(t, c.serve)
		_, err := h.genai.InvokeAgent(t.Context(), otelopenai.Agent{Name: "desk"}, func(ctx context.Context) (string, error) {
			_, err := h.client.Chat.Completions.New(ctx, ask())
			return "", err
		})
		var apiErr *openai.Error
		require.ErrorAs(t, err, &apiErr)
		agent := h.spans.Ended()[1]
		require.Equal(t, "the API reported an error: rate_limit_exceeded", agent.Status().Description)
		require.Equal(t, "rate_limit_exceeded", attributes(agent)["error.type"])
	}
}
