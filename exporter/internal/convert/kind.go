package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// kindKey is an attribute that tells the event of every span that carries it,
// whatever library made it.
type kindKey struct {
	key        attribute.Key
	generation []string // values in lower case; a leading * stands for any prefix
	embedding  []string
}

// kindKeys are asked in this order; the first that is a non-empty string
// decides. A value that is not listed means a span.
var kindKeys = []kindKey{
	{"ai.operationId", []string{"*.dogenerate", "*.dostream"}, []string{"ai.embed.doembed", "ai.embedmany.doembed"}},
	{"llm.request.type", []string{"chat", "completion"}, []string{"embedding", "embeddings"}},
	// LangSmith's operation name is "embeddings" on a retriever and "chat" on a
	// prompt template.
	{"langsmith.span.kind", []string{"llm"}, []string{"embedding"}},
	{
		semconv.GenAIOperationNameKey,
		// "responses" is how LangSmith's Go SDK names OpenAI's other chat API.
		[]string{semconv.OperationChat, semconv.OperationGenerateContent, semconv.OperationTextCompletion, "responses"},
		[]string{semconv.OperationEmbeddings},
	},
	{"openinference.span.kind", []string{"llm"}, []string{"embedding"}},
}

// classify returns the event name of the span.
func (c *conversion) classify() string {
	if c.span.Name() == semconv.EventEvaluationResult {
		return semconv.EventEvaluation // the Collector makes such spans of log records
	}
	kind := c.ownKind()
	if v, ok := c.attr(semconv.SameCallKey); ok && v.AsBool() && kind == semconv.EventGeneration {
		kind = semconv.EventSpan // another span stands for the call
	}
	if kind == semconv.EventSpan && !c.span.Parent().SpanID().IsValid() {
		return semconv.EventTrace
	}
	return kind
}

// ownKind is [conversion.classify] without a look at other spans.
func (c *conversion) ownKind() string {
	for i := range kindKeys {
		if value := c.text(kindKeys[i].key); value != "" {
			return kindKeys[i].of(value)
		}
	}
	for lib := range c.libs.all() {
		if lib.kind != nil {
			if kind := lib.kind(c); kind != "" {
				return kind
			}
		}
	}
	return semconv.EventSpan
}

func (k *kindKey) of(value string) string {
	value = strings.ToLower(value)
	is := func(pattern string) bool {
		suffix, any := strings.CutPrefix(pattern, "*")
		return value == suffix || any && strings.HasSuffix(value, suffix)
	}
	switch {
	case slices.ContainsFunc(k.generation, is):
		return semconv.EventGeneration
	case slices.ContainsFunc(k.embedding, is):
		return semconv.EventEmbedding
	}
	return semconv.EventSpan
}

// kindBy returns a [library.kind] that goes by one attribute.
func kindBy(key attribute.Key, generation, embedding []string) func(*conversion) string {
	k := kindKey{key, generation, embedding}
	return func(c *conversion) string {
		if value := c.text(key); value != "" {
			return k.of(value)
		}
		return ""
	}
}
