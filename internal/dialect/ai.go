package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// aiKeys are the attributes that make a span an AI span, by their first byte:
// this runs for every attribute of every span of a process, and the first byte
// rules most keys out.
var aiKeys = func() (index [256][]matcher) {
	for _, lib := range registry.list {
		for _, pattern := range lib.ai {
			index[pattern[0]] = append(index[pattern[0]], matcherOf(pattern))
		}
	}
	return index
}()

// aiNames are the prefixes of the names of AI spans.
var aiNames = func() (prefixes []string) {
	for _, lib := range registry.list {
		prefixes = append(prefixes, lib.aiNames...)
	}
	return prefixes
}()

// contextKeys are attributes that libraries copy from an AI span onto the HTTP,
// database and messaging spans below it: LiteLLM copies the model onto its
// Redis calls, OpenLLMetry the workflow and the conversation onto all spans of
// a process. Such a span is an AI span only if it has another AI attribute.
var contextKeys = []matcher{
	{key: string(names.GenAIRequestModelKey)},
	{key: string(names.GenAIResponseModelKey)},
	{key: string(names.GenAIConversationIDKey)},
	{key: string(names.GenAIAgentNameKey)},
	{key: "gen_ai.agent.id"},
	{key: "traceloop.workflow.name"},
	{key: "traceloop.entity.path"},
	{key: "traceloop.association.properties.", prefix: true},
	{key: "traceloop.prompt.", prefix: true},
}

// plumbing are the attribute prefixes of spans that only transport a call.
var plumbing = []string{"http.", "db.", "messaging."}

// IsAI reports whether a span with this name and these attributes becomes an
// event. An attribute with an empty value does not count: some processors leave
// such attributes on the database and HTTP spans around a call.
func IsAI(name string, attrs []attribute.KeyValue) bool {
	inContext := false
	for i := range attrs {
		if !IsAIKey(attrs[i].Key) || attrs[i].Value.Type() == attribute.EMPTY {
			continue
		}
		if !anyMatches(contextKeys, string(attrs[i].Key)) {
			return true
		}
		inContext = true
	}
	for _, prefix := range aiNames {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return inContext && !isPlumbing(attrs)
}

func isPlumbing(attrs []attribute.KeyValue) bool {
	for i := range attrs {
		for _, prefix := range plumbing {
			if strings.HasPrefix(string(attrs[i].Key), prefix) {
				return true
			}
		}
	}
	return false
}

// IsAIKey reports whether an attribute key makes a span an AI span. [IsAI] has
// the exceptions.
func IsAIKey(key attribute.Key) bool {
	return key != "" && anyMatches(aiKeys[key[0]], string(key))
}

func anyMatches(list []matcher, key string) bool {
	for i := range list {
		if list[i].is(key) {
			return true
		}
	}
	return false
}

// matcher matches a key, or all keys with a prefix.
type matcher struct {
	key    string
	prefix bool
}

// matcherOf reads a key, or a prefix that ends in *.
func matcherOf(pattern string) matcher {
	key, prefix := strings.CutSuffix(pattern, "*")
	return matcher{key, prefix}
}

func (m *matcher) is(key string) bool {
	return key == m.key || m.prefix && strings.HasPrefix(key, m.key)
}
