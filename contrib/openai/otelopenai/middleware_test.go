package otelopenai_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

const hello = `{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-5-mini","choices":[{"index":0,"finish_reason":"stop",
	"message":{"role":"assistant","content":"Hello."}}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}`

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

// What is on the wire is the same with and without the middleware, and a retry
// sends the whole body again.
func TestRequestsPassUnchanged(t *testing.T) {
	t.Parallel()
	type sent struct {
		body   string
		length int64
		header http.Header
	}
	var mu sync.Mutex
	var got []sent
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got = append(got, sent{string(body), r.ContentLength, r.Header})
		n := len(got)
		mu.Unlock()
		if n%2 == 1 {
			w.Header().Set("Retry-After-Ms", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answer(hello)(w, r)
	})
	plain := h.newClient()
	for _, client := range []openai.Client{plain, h.client} {
		_, err := client.Chat.Completions.New(t.Context(), ask(), option.WithMaxRetries(1))
		require.NoError(t, err)
	}
	require.Len(t, got, 4)
	require.Equal(t, got[0], got[2])
	require.Equal(t, got[1], got[3])
	require.Equal(t, got[0].body, got[1].body)

	require.Len(t, h.spans.Ended(), 2, "one span per attempt")
	first, second := h.spans.Ended()[0], h.spans.Ended()[1]
	require.Equal(t, codes.Error, first.Status().Code)
	require.EqualValues(t, 503, attributes(first)["http.response.status_code"])
	require.NotContains(t, attributes(first), "http.request.resend_count")
	require.Equal(t, codes.Unset, second.Status().Code)
	require.EqualValues(t, 1, attributes(second)["http.request.resend_count"])
}

// A body that can be read once only is sent as it is.
func TestBodyWithoutGetBody(t *testing.T) {
	t.Parallel()
	var got atomic.Value
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Store(string(body))
		answer(hello)(w, r)
	})
	const body = `{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}`
	var res openai.ChatCompletion
	err := h.client.Execute(t.Context(), http.MethodPost, "chat/completions", io.MultiReader(strings.NewReader(body)), &res,
		option.WithHeader("Content-Type", "application/json"))
	require.NoError(t, err)
	require.Equal(t, body, got.Load())
	require.Equal(t, "Hello.", res.Choices[0].Message.Content)
	require.Contains(t, attributes(h.span(t))["gen_ai.input.messages"], "hi")
}

func TestBodyThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	err := h.client.Execute(t.Context(), http.MethodPost, "chat/completions", io.MultiReader(strings.NewReader("{"), failingReader{}), nil)
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.Empty(t, h.spans.Started())
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestOtherEndpointsMakeNoSpan(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(`{"object":"list","data":[]}`))
	_, err := h.client.Models.List(t.Context())
	require.NoError(t, err)
	_, err = h.client.Responses.Get(t.Context(), "resp_1", responses.ResponseGetParams{})
	require.NoError(t, err)
	_, err = h.client.Moderations.New(t.Context(), openai.ModerationNewParams{})
	require.NoError(t, err)
	require.Empty(t, h.spans.Started())
}

func TestEachCallMakesOneSpan(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	_, err := h.client.Chat.Completions.New(t.Context(), ask(), option.WithMiddleware(otelopenai.New().Middleware, h.genai.Middleware))
	require.NoError(t, err)
	h.span(t)
}

func TestSuppress(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	ctx := otelopenai.Suppress(t.Context())
	_, err := h.client.Chat.Completions.New(ctx, ask())
	require.NoError(t, err)
	_, err = h.genai.ExecuteTool(ctx, otelopenai.ToolCall{Name: "x"}, func(context.Context, string) (string, error) { return "", nil })
	require.NoError(t, err)
	require.Empty(t, h.spans.Started())
}

// The span is the parent of what the transport does, and a child of the caller's.
func TestSpanContext(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	var below trace.SpanContext
	client := h.newClient(option.WithMiddleware(h.genai.Middleware, func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		below = trace.SpanContextFromContext(r.Context())
		return next(r)
	}))
	above := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	_, err := client.Chat.Completions.New(trace.ContextWithSpanContext(t.Context(), above), ask())
	require.NoError(t, err)
	span := h.span(t)
	require.Equal(t, above.SpanID(), span.Parent().SpanID())
	require.Equal(t, span.SpanContext().SpanID(), below.SpanID())
	require.Equal(t, scope, span.InstrumentationScope().Name)
	require.NotEmpty(t, span.InstrumentationScope().Version)
}

const scope = "github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"

// What samplers and span processors see at the start is enough to tell an AI span.
func TestAttributesAtStart(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	seen := &startAttributes{}
	genai := otelopenai.New(otelopenai.WithTracerProvider(sdktrace.NewTracerProvider(
		sdktrace.WithSampler(seen), sdktrace.WithSpanProcessor(h.spans))))
	client := h.newClient(option.WithMiddleware(genai.Middleware))
	_, err := client.Chat.Completions.New(t.Context(), ask())
	require.NoError(t, err)
	require.Equal(t, []string{
		"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address", "server.port",
	}, seen.keys)
	require.Empty(t, h.spans.Started(), "dropped, and the call goes on")
}

type startAttributes struct{ keys []string }

func (s *startAttributes) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.keys = keys(p.Attributes)
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (*startAttributes) Description() string { return "startAttributes" }

func TestZeroTracer(t *testing.T) {
	t.Parallel()
	h := newHarness(t, answer(hello))
	for _, genai := range []*otelopenai.Tracer{nil, {}} {
		client := h.newClient(option.WithMiddleware(genai.Middleware))
		_, err := client.Chat.Completions.New(t.Context(), ask())
		require.NoError(t, err)
		_, err = genai.InvokeAgent(t.Context(), otelopenai.Agent{}, func(context.Context) (string, error) { return "", nil })
		require.NoError(t, err)
		_, err = genai.ExecuteTool(t.Context(), otelopenai.ToolCall{}, func(context.Context, string) (string, error) { return "", nil })
		require.NoError(t, err)
	}
	require.Empty(t, h.spans.Started())
}

func TestProviderNames(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"api.openai.com": "openai", "localhost:8000": "openai", "notx.ai": "openai", "api.openai.com.evil.example": "openai",
		"acme.openai.azure.com": "azure.ai.openai", "acme.cognitiveservices.azure.com": "azure.ai.openai", "acme.services.ai.azure.com": "azure.ai.openai",
		"bedrock-runtime.eu-west-1.amazonaws.com": "aws.bedrock", "generativelanguage.googleapis.com": "gcp.gemini",
		"api.deepseek.com": "deepseek", "API.GROQ.COM:443": "groq", "api.mistral.ai": "mistral_ai", "api.perplexity.ai": "perplexity", "api.x.ai": "x_ai",
	} {
		require.Equal(t, want, providerOf(t, host), host)
		require.Equal(t, "vllm", providerOf(t, host, otelopenai.WithProviderName("vllm")))
		require.Equal(t, want, providerOf(t, host, otelopenai.WithProviderName("")))
	}
}

func providerOf(t *testing.T, host string, opts ...otelopenai.Option) any {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	genai := otelopenai.New(append(opts, otelopenai.WithTracerProvider(provider), nil)...)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+host+"/openai/deployments/x/chat/completions?api-version=1",
		bytes.NewReader([]byte(`{}`)))
	require.NoError(t, err)
	_, err = genai.Middleware(req, func(*http.Request) (*http.Response, error) { return nil, io.ErrClosedPipe })
	require.ErrorIs(t, err, io.ErrClosedPipe)
	return attributes(spans.Ended()[0])["gen_ai.provider.name"]
}
