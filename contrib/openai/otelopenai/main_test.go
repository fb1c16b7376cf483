package otelopenai_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// harness is an OpenAI stand-in, a real client, and the spans that it made.
type harness struct {
	client openai.Client
	genai  *otelopenai.Tracer
	spans  *tracetest.SpanRecorder
	server *httptest.Server
}

func newHarness(t testing.TB, answer http.HandlerFunc, opts ...otelopenai.Option) *harness {
	t.Helper()
	h := &harness{server: httptest.NewServer(answer), spans: tracetest.NewSpanRecorder()}
	t.Cleanup(func() {
		h.server.CloseClientConnections() // of streams that were left alone
		h.server.Close()
	})
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(h.spans))
	h.genai = otelopenai.New(append([]otelopenai.Option{otelopenai.WithTracerProvider(provider)}, opts...)...)
	h.client = h.newClient(option.WithMiddleware(h.genai.Middleware))
	return h
}

func (h *harness) newClient(opts ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithAPIKey("sk-test"), option.WithBaseURL(h.server.URL + "/v1"), option.WithMaxRetries(0),
		option.WithHTTPClient(h.server.Client()),
	}, opts...)...)
}

// span returns the only span there is.
func (h *harness) span(t testing.TB) sdktrace.ReadOnlySpan {
	t.Helper()
	require.Len(t, h.spans.Started(), 1)
	require.Len(t, h.spans.Ended(), 1)
	return h.spans.Ended()[0]
}

func attributes(s sdktrace.ReadOnlySpan) map[string]any {
	attrs := make(map[string]any)
	for _, kv := range s.Attributes() {
		attrs[string(kv.Key)] = kv.Value.AsInterface()
	}
	return attrs
}

// recording is a span as the golden files have it. What differs from run to run
// is left out or replaced.
type recording struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Status     string         `json:"status"`
	StatusText string         `json:"status_text,omitempty"`
	Attributes map[string]any `json:"attributes"`
}

func record(s sdktrace.ReadOnlySpan) recording {
	attrs := attributes(s)
	for key, value := range attrs {
		if text, ok := value.(string); ok && strings.HasPrefix(text, "[{") && json.Valid([]byte(text)) {
			attrs[key] = json.RawMessage(text) // so that a reader sees the structure
		}
	}
	if _, ok := attrs["server.port"]; ok {
		attrs["server.port"] = "(a port)"
	}
	if seconds, ok := attrs["gen_ai.response.time_to_first_chunk"].(float64); ok && seconds > 0 {
		attrs["gen_ai.response.time_to_first_chunk"] = "(seconds)"
	}
	return recording{
		Name: s.Name(), Kind: s.SpanKind().String(), Status: s.Status().Code.String(), StatusText: s.Status().Description,
		Attributes: attrs,
	}
}

func ask() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:    "gpt-5-mini",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Where is 1042?")},
	}
}

// keys returns the keys of the attributes, sorted.
func keys(attrs []attribute.KeyValue) []string {
	out := make([]string, len(attrs))
	for i, kv := range attrs {
		out[i] = string(kv.Key)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// newTracer returns a Tracer and the spans that it makes.
func newTracer(t testing.TB, opts ...otelopenai.Option) (*tracetest.SpanRecorder, *otelopenai.Tracer) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	return spans, otelopenai.New(append([]otelopenai.Option{otelopenai.WithTracerProvider(provider)}, opts...)...)
}
