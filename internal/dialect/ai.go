package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
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

// aiNames begin the names of AI spans.
var aiNames = func() (prefixes []string) {
	for _, lib := range registry.list {
		prefixes = append(prefixes, lib.aiNames...)
	}
	return prefixes
}()

// IsAI reports whether a span with this name and these attributes becomes an
// event. An attribute without a value does not count: some processors leave such
// ones on the database and HTTP spans around a call.
func IsAI(name string, attrs []attribute.KeyValue) bool {
	for i := range attrs {
		if IsAIKey(attrs[i].Key) && attrs[i].Value.Type() != attribute.EMPTY {
			return true
		}
	}
	for _, prefix := range aiNames {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// IsAIKey reports whether one attribute key alone makes a span an AI span.
func IsAIKey(key attribute.Key) bool {
	if key == "" {
		return false
	}
	for i := range aiKeys[key[0]] {
		if aiKeys[key[0]][i].is(string(key)) {
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
