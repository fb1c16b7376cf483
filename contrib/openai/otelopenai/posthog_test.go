package otelopenai_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

// posthog is everything from the client to what PostHog stores.
type posthog struct {
	server   *posthogtest.Server
	provider *sdktrace.TracerProvider
	genai    *otelopenai.Tracer
	ctx      context.Context // of a request with a browser session
}

const sessionID = "0198c6a1-7c1e-7d5a-9d2b-3f6f5a2b1c0d"

func newPostHog(t *testing.T) *posthog {
	t.Helper()
	p := &posthog{server: posthogtest.NewServer()}
	t.Cleanup(p.server.Close)
	exp, err := exporter.New("phc_test", exporter.WithHost(p.server.URL))
	require.NoError(t, err)
	p.provider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp))))
	t.Cleanup(func() { require.NoError(t, p.provider.Shutdown(context.WithoutCancel(t.Context()))) })
	p.genai = otelopenai.New(otelopenai.WithTracerProvider(p.provider))
	p.ctx, err = baggage.ContextWithSession(t.Context(), baggage.Session{ID: sessionID, DistinctID: "ada"})
	require.NoError(t, err)
	return p
}

// events flushes and returns what PostHog has stored, which must be n events.
func (p *posthog) events(t *testing.T, n int) []posthogtest.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, p.provider.ForceFlush(ctx))
	events, err := p.server.Wait(ctx, n)
	require.NoError(t, err)
	require.Len(t, events, n)
	return events
}

// The whole way: client, span, processor, exporter, PostHog.
func TestGenerationInPostHog(t *testing.T) {
	t.Parallel()
	for _, c := range recordedCalls(t) {
		if c.name != "responses-stream" && c.name != "chat-stream-tools" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPostHog(t)
			h := newHarness(t, c.serve)
			client := h.newClient(option.WithMiddleware(p.genai.Middleware))
			_, err := c.do(p.ctx, &client)
			require.NoError(t, err)

			e := p.events(t, 1)[0]
			require.Equal(t, "$ai_generation", e.Name)
			require.Equal(t, "ada", e.DistinctID)
			require.Equal(t, sessionID, e.Properties["$session_id"])
			require.Equal(t, "openai", e.Properties["$ai_provider"])
			require.Equal(t, "tool_calls", e.Properties["$ai_stop_reason"])
			require.Equal(t, true, e.Properties["$ai_stream"])
			require.NotEmpty(t, e.Properties["$ai_completion_id"])
			seconds, ok := e.Float("$ai_time_to_first_token")
			require.True(t, ok)
			require.Positive(t, seconds)
			for property, want := range map[string]map[string]int64{
				"$ai_input_tokens":            {"responses-stream": 40, "chat-stream-tools": 30},
				"$ai_output_tokens":           {"responses-stream": 12, "chat-stream-tools": 9},
				"$ai_cache_read_input_tokens": {"responses-stream": 32},
				"$ai_reasoning_tokens":        {"responses-stream": 6, "chat-stream-tools": 2},
			} {
				got, _ := e.Int(property)
				require.Equal(t, want[c.name], got, property)
			}
			if c.name == "chat-stream-tools" {
				require.Contains(t, text(t, e.Properties["$ai_tools"]), `"name":"order_status"`)
			}
			require.Contains(t, text(t, e.Properties["$ai_input"]), "Where is 1042?")
			require.Contains(t, text(t, e.Properties["$ai_output_choices"]), "order_status")
		})
	}
}

// An agent that asks, runs a tool and fails: one tree of events, all of one
// session.
func TestAgentInPostHog(t *testing.T) {
	t.Parallel()
	calls := make(map[string]recordedCall)
	for _, c := range recordedCalls(t) {
		calls[c.name] = c
	}
	p := newPostHog(t)
	_, err := p.genai.InvokeAgent(p.ctx, otelopenai.Agent{Name: "desk", Conversation: "c-1", Input: "Where is 1042?"},
		func(ctx context.Context) (string, error) {
			for _, name := range []string{"responses-tools", "responses-error-401"} {
				c := calls[name]
				h := newHarness(t, c.serve)
				client := h.newClient(option.WithMiddleware(p.genai.Middleware))
				if _, err := c.do(ctx, &client); err != nil {
					return "", err
				}
				_, err := p.genai.ExecuteTool(ctx, otelopenai.ToolCall{Name: "order_status", ID: "call_5", Arguments: `{"order_id":"1043"}`},
					func(context.Context, string) (string, error) { return `{"status":"on its way"}`, nil })
				require.NoError(t, err)
			}
			return "", nil
		})
	require.Error(t, err)

	var generations, traces, tools int
	for _, e := range p.events(t, 4) {
		require.Equal(t, sessionID, e.Properties["$session_id"], e.Name)
		require.Equal(t, "c-1", e.Properties["$ai_session_id"], e.Name)
		switch {
		case e.Name == "$ai_trace":
			traces++
			require.Equal(t, "desk", e.Properties["$ai_span_name"])
			require.Equal(t, true, e.Properties["$ai_is_error"])
		case e.Name == "$ai_span":
			tools++
			require.Equal(t, "order_status", e.Properties["$ai_span_name"])
			require.Contains(t, text(t, e.Properties["$ai_output_state"]), "on its way")
		case e.Properties["$ai_is_error"] == true:
			generations++
			status, _ := e.Int("$ai_http_status")
			require.EqualValues(t, 401, status)
			require.Contains(t, e.Properties["$ai_error"], "invalid_api_key")
		default:
			generations++
			require.NotContains(t, text(t, e.Properties), "base64,iVBOR")
		}
	}
	require.Equal(t, []int{2, 1, 1}, []int{generations, traces, tools})
}

func TestEmbeddingInPostHog(t *testing.T) {
	t.Parallel()
	for _, c := range recordedCalls(t) {
		if c.name != "embeddings-texts" {
			continue
		}
		p := newPostHog(t)
		h := newHarness(t, c.serve)
		client := h.newClient(option.WithMiddleware(p.genai.Middleware))
		_, err := c.do(p.ctx, &client)
		require.NoError(t, err)
		e := p.events(t, 1)[0]
		require.Equal(t, "$ai_embedding", e.Name)
		require.Equal(t, sessionID, e.Properties["$session_id"])
		got, _ := e.Int("$ai_input_tokens")
		require.EqualValues(t, 2, got)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// Another instrumentation wraps the same call in a GenAI span of its own: both
// spans name the same response, and PostHog gets one generation.
func TestWrappedByAnotherInstrumentation(t *testing.T) {
	t.Parallel()
	p := newPostHog(t)
	h := newHarness(t, answer(hello))
	client := h.newClient(option.WithMiddleware(p.genai.Middleware))
	ctx, outer := p.provider.Tracer("gateway-sdk").Start(p.ctx, "chat", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5-mini")))
	completion, err := client.Chat.Completions.New(ctx, ask())
	require.NoError(t, err)
	outer.SetAttributes(attribute.String("gen_ai.response.id", completion.ID),
		attribute.Int("gen_ai.usage.input_tokens", 5), attribute.Int("gen_ai.usage.output_tokens", 2))
	outer.End()

	names := make(map[string]int)
	for _, e := range p.events(t, 2) {
		names[e.Name]++
		require.Equal(t, sessionID, e.Properties["$session_id"])
	}
	require.Equal(t, map[string]int{"$ai_generation": 1, "$ai_trace": 1}, names)
}
