package semconv

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/dialect"
)

// IsAI reports whether a span belongs to an AI call, agent or tool, and so
// becomes a PostHog event. It checks the attribute keys first and the name
// last. Attribute values do not matter, but an attribute with an empty value
// does not count: some processors leave such attributes on the database and
// HTTP spans around a call.
//
// A key counts when it starts with gen_ai., ai., eve., traceloop., llm.,
// pydantic_ai., openinference., langwatch., genkit: or gcp.vertex.agent., or is
// one of langfuse.observation.type, braintrust.input_json, braintrust.metrics,
// langsmith.span.kind, lmnr.span.type and mastra.span.type. A name counts when
// it starts with gen_ai., llm., ai., traceloop. or claude_code.
//
// A span with http., db. or messaging. attributes is not an AI span if its only
// AI attributes are those that libraries copy from the call above it:
// gen_ai.request.model, gen_ai.response.model, gen_ai.conversation.id,
// gen_ai.agent.name, gen_ai.agent.id, traceloop.workflow.name,
// traceloop.entity.path, traceloop.association.properties. and
// traceloop.prompt.
func IsAI(name string, attrs []attribute.KeyValue) bool { return dialect.IsAI(name, attrs) }

// IsAIKey reports whether an attribute key makes a span an AI span. [IsAI]
// describes the exceptions.
func IsAIKey(key attribute.Key) bool { return dialect.IsAIKey(key) }
