// Package genai holds what both the processor and the exporter must know about
// a call of a model: which spans stand for one, and when two of them stand for
// the same.
package genai

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// rule is an attribute that tells what its span stands for.
type rule struct {
	key attribute.Key
	// Its values for the two, in lower case; a leading * stands for any prefix.
	// Other values mean a span.
	generation, embedding []string
}

// operationName is what the GenAI conventions have.
var operationName = rule{
	names.GenAIOperationNameKey,
	// "responses" is how LangSmith's and LangWatch's Go SDKs name OpenAI's other
	// chat API, and "messages" how older ones of Sentry name Anthropic's.
	[]string{names.OperationChat, names.OperationGenerateContent, names.OperationTextCompletion, "responses", "messages"},
	[]string{names.OperationEmbeddings},
}

// rules are asked in this order; the first whose attribute is a non-empty string
// decides.
var rules = []rule{
	{"ai.operationId", []string{"*.dogenerate", "*.dostream"}, []string{"ai.embed.doembed", "ai.embedmany.doembed"}},
	{"llm.request.type", []string{"chat", "completion"}, []string{"embedding", "embeddings"}},
	// LangSmith's operation name is "embeddings" on a retriever and "chat" on a
	// prompt template.
	{"langsmith.span.kind", []string{"llm"}, []string{"embedding"}},
	operationName,
	{"openinference.span.kind", []string{"llm"}, []string{"embedding"}},
	{"langwatch.span.type", []string{"llm"}, []string{"embedding"}},
	{"langfuse.observation.type", []string{"generation"}, []string{"embedding"}},
	// Of Eino, and of others who follow its convention.
	{"gen_ai.span.kind", []string{"chatmodel", "chat_model", "agenticmodel", "chat", "llm"}, []string{"embedding"}},
}

// genkitSubtype tells what an action of Genkit is; other steps can have one, too.
var genkitSubtype = rule{"genkit:metadata:subtype", []string{"model"}, []string{"embedder"}}

// Event returns the event that the attributes of a span name, as far as
// texts can tell: names.EventGeneration, EventEmbedding, or EventSpan; "" if
// none tells. text returns an attribute that is a string, or "".
func Event(text func(attribute.Key) string) string {
	for i := range rules {
		if value := text(rules[i].key); value != "" {
			return rules[i].event(value)
		}
	}
	if text("genkit:type") == "action" {
		return genkitSubtype.event(text(genkitSubtype.key))
	}
	return ""
}

// EventOfOperation is [Event] for a value of gen_ai.operation.name.
func EventOfOperation(name string) string { return operationName.event(name) }

func (r *rule) event(value string) string {
	value = strings.ToLower(value)
	is := func(pattern string) bool {
		suffix, any := strings.CutPrefix(pattern, "*")
		return value == suffix || any && strings.HasSuffix(value, suffix)
	}
	switch {
	case slices.ContainsFunc(r.generation, is):
		return names.EventGeneration
	case slices.ContainsFunc(r.embedding, is):
		return names.EventEmbedding
	}
	return names.EventSpan
}
