// Package genaitrace makes OpenTelemetry GenAI spans for the official OpenAI
// client: one CLIENT span per call of /chat/completions, from a middleware of
// the client, and INTERNAL spans for the agent and its tools.
//
// It exists so that the examples need no instrumentation library, and to be
// copied: the four files of this folder depend on openai-go and OpenTelemetry
// alone, apart from attribute names out of this module's semconv package.
//
//	genai := genaitrace.New(tracerProvider)
//	client := openai.NewClient(option.WithMiddleware(genai.Middleware))
//
// Spans follow the current GenAI semantic conventions: model, parameters,
// tokens, finish reasons, and the messages as JSON text. The convention makes
// content opt-in because prompts can hold anything; here it is on, because a
// trace viewer without it shows little. [WithoutContent] turns it off.
//
// Streamed answers are handled: the span ends with the stream, and carries
// tokens when the request asks for them with stream_options.include_usage. Calls
// of other endpoints, Responses and Embeddings among them, pass unseen. The
// client runs its middleware once per attempt, so a call that is tried three
// times makes three spans.
package genaitrace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// scopeName names the instrumentation in exported spans.
const scopeName = "github.com/otelposthog/otelposthog-go/examples/internal/genaitrace"

// providerName is the value of gen_ai.provider.name. A compatible API of
// somebody else is reached through the same client and told apart by
// server.address.
const providerName = "openai"

// Tracer makes the spans. It is safe for concurrent use.
type Tracer struct {
	tracer  trace.Tracer
	content bool
}

// Option configures a [Tracer].
type Option interface{ apply(*Tracer) }

type optionFunc func(*Tracer)

func (f optionFunc) apply(t *Tracer) { f(t) }

// WithoutContent keeps messages, tool definitions, arguments and results off the
// spans. They are recorded by default.
func WithoutContent() Option {
	return optionFunc(func(t *Tracer) { t.content = false })
}

// New returns a Tracer whose spans belong to provider.
func New(provider trace.TracerProvider, opts ...Option) *Tracer {
	t := &Tracer{tracer: provider.Tracer(scopeName), content: true}
	for _, opt := range opts {
		opt.apply(t)
	}
	return t
}

// Middleware makes one span per chat completion. Pass it to the client with
// [option.WithMiddleware]. It never changes what the client sends or receives.
func (t *Tracer) Middleware(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	if req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/chat/completions") {
		return next(req)
	}
	body, err := copyBody(req)
	if err != nil {
		return nil, err
	}
	var call chatRequest
	if err := json.Unmarshal(body, &call); err != nil {
		return next(req) // not a request that this package understands
	}

	start := time.Now()
	ctx, span := t.tracer.Start(req.Context(), semconv.OperationChat+" "+call.Model,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.requestAttributes(req, &call)...))
	resp, err := next(req.WithContext(ctx))
	switch {
	case err != nil:
		fail(span, err)
		span.End()
		return resp, err
	case resp.StatusCode >= http.StatusBadRequest:
		span.SetAttributes(
			otelsemconv.HTTPResponseStatusCode(resp.StatusCode),
			otelsemconv.ErrorTypeKey.String(strconv.Itoa(resp.StatusCode)))
		span.SetStatus(codes.Error, resp.Status)
		span.End()
		return resp, nil
	case isEventStream(resp.Header):
		resp.Body = &streamBody{body: resp.Body, span: span, start: start, finish: t.recordAnswer}
		return resp, nil
	default:
		defer span.End()
		return t.readAnswer(span, resp)
	}
}

// readAnswer records an answer that comes in one piece, and puts it back.
func (t *Tracer) readAnswer(span trace.Span, resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		// The client must meet the same error at the same place.
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), errorReader{err}))
		fail(span, err)
		return resp, nil
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer openai.ChatCompletion
	if err := json.Unmarshal(body, &answer); err != nil {
		fail(span, err)
		return resp, nil
	}
	t.recordAnswer(span, &answer)
	return resp, nil
}

func (t *Tracer) requestAttributes(req *http.Request, call *chatRequest) []attribute.KeyValue {
	attrs := []attribute.KeyValue{
		semconv.GenAIOperationNameKey.String(semconv.OperationChat),
		semconv.GenAIProviderNameKey.String(providerName),
		semconv.GenAIRequestModelKey.String(call.Model),
		otelsemconv.ServerAddress(req.URL.Hostname()),
	}
	attrs = append(attrs, conversation(req.Context())...)
	if port, err := strconv.Atoi(req.URL.Port()); err == nil {
		attrs = append(attrs, otelsemconv.ServerPort(port))
	}
	if call.Stream {
		attrs = append(attrs, semconv.GenAIRequestStreamKey.Bool(true))
	}
	if call.Temperature != nil {
		attrs = append(attrs, semconv.GenAIRequestTemperatureKey.Float64(*call.Temperature))
	}
	if call.TopP != nil {
		attrs = append(attrs, semconv.GenAIRequestTopPKey.Float64(*call.TopP))
	}
	if n := max(call.MaxTokens, call.MaxCompletionTokens); n > 0 {
		attrs = append(attrs, semconv.GenAIRequestMaxTokensKey.Int64(n))
	}
	if t.content {
		attrs = append(attrs, semconv.GenAIInputMessagesKey.String(inputMessages(call.Messages)))
		if len(call.Tools) > 0 {
			attrs = append(attrs, semconv.GenAIToolDefinitionsKey.String(string(call.Tools)))
		}
	}
	return attrs
}

func (t *Tracer) recordAnswer(span trace.Span, answer *openai.ChatCompletion) {
	reasons := make([]string, len(answer.Choices))
	for i := range answer.Choices {
		reasons[i] = answer.Choices[i].FinishReason
	}
	span.SetAttributes(
		semconv.GenAIResponseIDKey.String(answer.ID),
		semconv.GenAIResponseModelKey.String(answer.Model),
		semconv.GenAIResponseFinishReasonsKey.StringSlice(reasons))
	if usage := answer.Usage; usage.TotalTokens > 0 {
		span.SetAttributes(
			semconv.GenAIUsageInputTokensKey.Int64(usage.PromptTokens),
			semconv.GenAIUsageOutputTokensKey.Int64(usage.CompletionTokens))
		if n := usage.PromptTokensDetails.CachedTokens; n > 0 {
			span.SetAttributes(semconv.GenAIUsageCacheReadInputTokensKey.Int64(n))
		}
		if n := usage.CompletionTokensDetails.ReasoningTokens; n > 0 {
			span.SetAttributes(semconv.GenAIUsageReasoningOutputTokensKey.Int64(n))
		}
	}
	if t.content {
		span.SetAttributes(semconv.GenAIOutputMessagesKey.String(outputMessages(answer.Choices)))
	}
}

// fail marks span as failed by err.
func fail(span trace.Span, err error) {
	span.RecordError(err)
	span.SetAttributes(otelsemconv.ErrorType(err))
	span.SetStatus(codes.Error, err.Error())
}

// copyBody returns the request body and leaves the request as it was.
func copyBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return nil, fmt.Errorf("genaitrace: reading the request body: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

func isEventStream(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "text/event-stream"
}

// errorReader fails every Read with err.
type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }
