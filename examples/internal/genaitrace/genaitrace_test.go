package genaitrace_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/examples/internal/genaitrace"
)

// harness is an LLM API with one answer, a real client, and what it traced.
type harness struct {
	client openai.Client
	genai  *genaitrace.Tracer
	spans  *tracetest.SpanRecorder
}

func newHarness(t *testing.T, answer http.HandlerFunc, opts ...genaitrace.Option) *harness {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	spans := tracetest.NewSpanRecorder()
	genai := genaitrace.New(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), opts...)
	return &harness{
		client: openai.NewClient(
			option.WithAPIKey("sk-test"), option.WithBaseURL(srv.URL+"/v1"), option.WithMaxRetries(0),
			option.WithHTTPClient(srv.Client()), option.WithMiddleware(genai.Middleware)),
		genai: genai,
		spans: spans,
	}
}

// span returns the only span there is, and its attributes.
func (h *harness) span(t *testing.T) (sdktrace.ReadOnlySpan, map[attribute.Key]any) {
	t.Helper()
	require.Len(t, h.spans.Ended(), 1)
	require.Len(t, h.spans.Started(), 1)
	s := h.spans.Ended()[0]
	attrs := make(map[attribute.Key]any)
	for _, kv := range s.Attributes() {
		attrs[kv.Key] = kv.Value.AsInterface()
	}
	return s, attrs
}

func answerJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

func question() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:       "gpt-5-mini",
		Messages:    []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("Be brief."), openai.UserMessage("Where is 1042?")},
		Temperature: openai.Float(0.2),
		TopP:        openai.Float(0.9),

		MaxCompletionTokens: openai.Int(64),
	}
}

const toolCallAnswer = `{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-5-mini-2026","choices":[{"index":0,
	"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[
	{"id":"call_1","type":"function","function":{"name":"order_status","arguments":"{\"order_id\":\"1042\"}"}}]}}],
	"usage":{"prompt_tokens":30,"completion_tokens":9,"total_tokens":39,
	"prompt_tokens_details":{"cached_tokens":16},"completion_tokens_details":{"reasoning_tokens":4}}}`

func TestChatSpan(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerJSON(toolCallAnswer))
	params := question()
	params.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(
		shared.FunctionDefinitionParam{Name: "order_status"})}

	completion, err := h.client.Chat.Completions.New(t.Context(), params)
	require.NoError(t, err)
	require.Equal(t, "order_status", completion.Choices[0].Message.ToolCalls[0].Function.Name, "the client sees the whole answer")

	s, attrs := h.span(t)
	require.Equal(t, "chat gpt-5-mini", s.Name())
	require.Equal(t, trace.SpanKindClient, s.SpanKind())
	require.Equal(t, codes.Unset, s.Status().Code)
	require.NotZero(t, attrs["server.port"])
	delete(attrs, "server.port")
	require.Equal(t, map[attribute.Key]any{
		"gen_ai.operation.name":                "chat",
		"gen_ai.provider.name":                 "openai",
		"gen_ai.request.model":                 "gpt-5-mini",
		"gen_ai.request.temperature":           0.2,
		"gen_ai.request.top_p":                 0.9,
		"gen_ai.request.max_tokens":            int64(64),
		"gen_ai.response.id":                   "chatcmpl-1",
		"gen_ai.response.model":                "gpt-5-mini-2026",
		"gen_ai.response.finish_reasons":       []string{"tool_calls"},
		"gen_ai.usage.input_tokens":            int64(30),
		"gen_ai.usage.output_tokens":           int64(9),
		"gen_ai.usage.cache_read.input_tokens": int64(16),

		"gen_ai.usage.reasoning.output_tokens": int64(4),

		"server.address":          "127.0.0.1",
		"gen_ai.tool.definitions": `[{"function":{"name":"order_status"},"type":"function"}]`,
		"gen_ai.input.messages": `[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},` +
			`{"role":"user","parts":[{"type":"text","content":"Where is 1042?"}]}]`,
		"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"order_status",` +
			`"arguments":{"order_id":"1042"}}],"finish_reason":"tool_call"}]`,
	}, attrs)
}

func TestInputMessages(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerJSON(toolCallAnswer))
	asked := openai.ChatCompletionAssistantMessageParam{ToolCalls: []openai.ChatCompletionMessageToolCallUnionParam{{
		OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
			ID:       "call_0",
			Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: "broken", Arguments: "{not json"},
		},
	}}}
	_, err := h.client.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{
		Model: "m",
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart("What is this?"),
				openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "https://example.com/a.png"}),
			}),
			{OfAssistant: &asked},
			openai.ToolMessage("unknown tool", "call_0"),
		},
	})
	require.NoError(t, err)
	_, attrs := h.span(t)
	require.JSONEq(t, `[
		{"role":"user","parts":[{"type":"text","content":"What is this?"},{"type":"uri","modality":"image","uri":"https://example.com/a.png"}]},
		{"role":"assistant","parts":[{"type":"tool_call","id":"call_0","name":"broken","arguments":"{not json"}]},
		{"role":"tool","parts":[{"type":"tool_call_response","id":"call_0","response":"unknown tool"}]}
	]`, attrs["gen_ai.input.messages"].(string))
}

func TestWithoutContent(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerJSON(toolCallAnswer), genaitrace.WithoutContent())
	_, err := h.client.Chat.Completions.New(t.Context(), question())
	require.NoError(t, err)
	_, attrs := h.span(t)
	require.Equal(t, int64(30), attrs["gen_ai.usage.input_tokens"])
	for key := range attrs {
		require.NotContains(t, []attribute.Key{"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions"}, key)
	}
}

func TestErrorAnswer(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)
	})
	_, err := h.client.Chat.Completions.New(t.Context(), question())
	var apiErr *openai.Error
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "rate_limit_exceeded", apiErr.Code, "the client reads the body of the error")
	s, attrs := h.span(t)
	require.Equal(t, codes.Error, s.Status().Code)
	require.Equal(t, "429", attrs["error.type"])
	require.Equal(t, int64(429), attrs["http.response.status_code"])
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := h.client.Chat.Completions.New(t.Context(), question())
	require.Error(t, err)
	s, _ := h.span(t)
	require.Equal(t, codes.Error, s.Status().Code)
	require.Equal(t, "exception", s.Events()[0].Name)
}

func TestAnswerCutShort(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"id":`)
	})
	_, err := h.client.Chat.Completions.New(t.Context(), question())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "the client meets the error that it would meet without the middleware")
	s, _ := h.span(t)
	require.Equal(t, codes.Error, s.Status().Code)
}

func TestOtherEndpointsPassUnseen(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerJSON(`{"object":"list","data":[]}`))
	_, err := h.client.Models.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, h.spans.Started())
}

func TestAgentAndTool(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answerJSON(toolCallAnswer))
	boom := errors.New("the database is down")

	answer, err := h.genai.InvokeAgent(t.Context(), genaitrace.Agent{Name: "desk", Conversation: "c-1", Input: "Where?"},
		func(ctx context.Context) (string, error) {
			completion, err := h.client.Chat.Completions.New(ctx, question())
			require.NoError(t, err)
			call := completion.Choices[0].Message.ToolCalls[0]
			result, err := h.genai.ExecuteTool(ctx, call, func(_ context.Context, args string) (string, error) {
				return fmt.Sprintf(`{"got":%s}`, args), nil
			})
			require.NoError(t, err)
			_, err = h.genai.ExecuteTool(ctx, call, func(context.Context, string) (string, error) { return "", boom })
			require.ErrorIs(t, err, boom)
			return "It is " + result, nil
		})
	require.NoError(t, err)
	require.Equal(t, `It is {"got":{"order_id":"1042"}}`, answer)

	byName := make(map[string]sdktrace.ReadOnlySpan)
	for _, s := range h.spans.Ended() {
		if _, again := byName[s.Name()]; !again {
			byName[s.Name()] = s
		}
	}
	agent, tool := byName["invoke_agent desk"], byName["execute_tool order_status"]
	require.Len(t, h.spans.Ended(), 4)
	for _, s := range h.spans.Ended()[:3] {
		require.Equal(t, agent.SpanContext().SpanID(), s.Parent().SpanID(), s.Name())
		require.Contains(t, s.Attributes(), attribute.String("gen_ai.conversation.id", "c-1"), s.Name())
	}
	require.Equal(t, codes.Error, h.spans.Ended()[2].Status().Code, "the tool that failed")
	require.Subset(t, agent.Attributes(), []attribute.KeyValue{
		attribute.String("gen_ai.conversation.id", "c-1"),
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Where?"}]}]`),
	})
	require.Subset(t, tool.Attributes(), []attribute.KeyValue{
		attribute.String("gen_ai.tool.call.id", "call_1"),
		attribute.String("gen_ai.tool.call.arguments", `{"order_id":"1042"}`),
		attribute.String("gen_ai.tool.call.result", `{"got":{"order_id":"1042"}}`),
	})
}
