package semconv

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// IsAI reports whether a span with this name and these attributes belongs to an
// AI call, agent or tool, and so becomes a PostHog event. It looks at the
// attribute keys first and at the name last. Attribute values do not matter, but
// an attribute without a value does not count: some processors leave such ones
// on the database and HTTP spans around a call.
//
// A key counts when it starts with gen_ai., ai., eve., traceloop., llm.,
// pydantic_ai., openinference., langwatch., genkit: or gcp.vertex.agent., or is
// one of langfuse.observation.type, braintrust.input_json, braintrust.metrics,
// langsmith.span.kind, lmnr.span.type and mastra.span.type. A name counts when
// it starts with gen_ai., llm., ai. or traceloop.
func IsAI(name string, attrs []attribute.KeyValue) bool {
	for i := range attrs {
		if IsAIKey(attrs[i].Key) && attrs[i].Value.Type() != attribute.EMPTY {
			return true
		}
	}
	return strings.HasPrefix(name, "gen_ai.") || strings.HasPrefix(name, "llm.") ||
		strings.HasPrefix(name, "ai.") || strings.HasPrefix(name, "traceloop.")
}

// IsAIKey reports whether one attribute key alone makes a span an AI span.
func IsAIKey(key attribute.Key) bool {
	k := string(key)
	if len(k) < 3 {
		return false
	}
	// This runs for every attribute of every span of the process; the first
	// byte rules most keys out.
	switch k[0] {
	case 'a':
		return strings.HasPrefix(k, "ai.")
	case 'b':
		return k == "braintrust.input_json" || k == "braintrust.metrics"
	case 'e':
		return strings.HasPrefix(k, "eve.")
	case 'g':
		return strings.HasPrefix(k, "gen_ai.") || strings.HasPrefix(k, "genkit:") || strings.HasPrefix(k, "gcp.vertex.agent.")
	case 'l':
		return strings.HasPrefix(k, "llm.") || strings.HasPrefix(k, "langwatch.") ||
			k == "langfuse.observation.type" || k == "langsmith.span.kind" || k == "lmnr.span.type"
	case 'm':
		return k == "mastra.span.type"
	case 'o':
		return strings.HasPrefix(k, "openinference.")
	case 'p':
		return strings.HasPrefix(k, "pydantic_ai.")
	case 't':
		return strings.HasPrefix(k, "traceloop.")
	}
	return false
}
