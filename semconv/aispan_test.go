package semconv_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestIsAIByKey(t *testing.T) {
	t.Parallel()
	for _, key := range []attribute.Key{
		"gen_ai.system", "gen_ai.", "ai.operationId", "eve.session.id", "traceloop.span.kind", "llm.request.type", "pydantic_ai.all_messages",
		"openinference.span.kind", "langwatch.input", "genkit:type", "gcp.vertex.agent.llm_request", "langfuse.observation.type",
		"braintrust.input_json", "braintrust.metrics", "langsmith.span.kind", "lmnr.span.type", "mastra.span.type",
	} {
		require.True(t, semconv.IsAIKey(key), key)
		require.True(t, semconv.IsAI("GET /", []attribute.KeyValue{attribute.String("http.route", "/"), key.String("")}), key)
		require.False(t, semconv.IsAI("GET /", []attribute.KeyValue{{Key: key}}), "%s without a value", key)
	}
	for _, key := range []attribute.Key{
		"", "a", "ai", "ai_x", "gen_ai", "genai.system", "genkit.type", "llm", "openai.model", "langfuse.user.id", "langfuse.observation.types",
		"braintrust.parent", "langsmith.metadata.x", "lmnr.span.path", "mastra.metadata.x", "logfire.msg", "http.request.method",
		"session.id", "GEN_AI.system", "my.gen_ai.system", "evening", "gcp.vertex.agents", "pydantic_ai",
	} {
		require.False(t, semconv.IsAIKey(key), key)
		require.False(t, semconv.IsAI("GET /", []attribute.KeyValue{key.String("x")}), key)
	}
}

// TestIsAIContext is about attributes that libraries copy onto the spans below a
// call.
func TestIsAIContext(t *testing.T) {
	t.Parallel()
	for _, plumbing := range []attribute.Key{"http.request.method", "http.url", "db.system", "db.query.text", "messaging.system"} {
		for _, key := range []attribute.Key{
			"gen_ai.request.model", "gen_ai.conversation.id", "traceloop.workflow.name", "traceloop.entity.path",
			"traceloop.association.properties.user_id", "traceloop.association.properties.session_id",
		} {
			require.False(t, semconv.IsAI("GET", []attribute.KeyValue{plumbing.String("x"), key.String("x")}), "%s, %s", plumbing, key)
			require.True(t, semconv.IsAI("work", []attribute.KeyValue{attribute.String("code.function", "f"), key.String("x")}), key)
			for _, more := range []attribute.Key{
				"gen_ai.operation.name", "gen_ai.usage.input_tokens", "gen_ai.input.messages", "gen_ai.system", "traceloop.span.kind", "llm.request.type",
			} {
				attrs := []attribute.KeyValue{key.String("x"), plumbing.String("x"), more.String("x")}
				require.True(t, semconv.IsAI("GET", attrs), "%s, %s, %s", plumbing, key, more)
			}
			require.True(t, semconv.IsAI("traceloop.x", []attribute.KeyValue{plumbing.String("x"), key.String("x")}), "a name")
		}
	}
	require.False(t, semconv.IsAI("GET", []attribute.KeyValue{
		attribute.String("traceloop.workflow.name", "w"), attribute.String("gen_ai.request.model", "m"), attribute.Int("http.status_code", 200),
	}))
}

func TestIsAIByName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gen_ai.chat", "llm.call", "ai.generateText", "traceloop.workflow"} {
		require.True(t, semconv.IsAI(name, nil), name)
	}
	for _, name := range []string{"", "chat gpt-4o", "ai", "openai.chat", "GET /ai.txt"} {
		require.False(t, semconv.IsAI(name, nil), name)
	}
}

func TestIsAIAllocatesNothing(t *testing.T) {
	attrs := []attribute.KeyValue{attribute.String("http.route", "/"), attribute.Int("http.response.status_code", 200)}
	require.Zero(t, testing.AllocsPerRun(100, func() { semconv.IsAI("GET /", attrs) }))
}
