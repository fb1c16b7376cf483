package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Explicit sets the properties that the user set on the span under PostHog's
// own names. It runs before the rules, because most rules only fill unset
// properties.
func (c *Conversion) Explicit() {
	for i := range c.Own.Attributes {
		kv := &c.Own.Attributes[i]
		if c.used[i] || !strings.HasPrefix(string(kv.Key), "$") {
			continue
		}
		c.used[i] = true
		v := attr.Unpacked(kv.Value)
		if isTokens(kv.Key) {
			var ok bool
			if v, ok = attr.Tokens(v); !ok {
				continue
			}
		}
		if !c.Has(string(kv.Key)) || !attr.IsEmpty(v) {
			c.From(kv.Key)
			c.Set(prop.Any(string(kv.Key), v))
		}
	}
}

// isTokens reports whether a property is a number of tokens, which PostHog sums.
func isTokens(key attribute.Key) bool {
	return strings.HasPrefix(string(key), "$ai_") && strings.HasSuffix(string(key), "_tokens")
}

// MaxGroups is the longest $groups text that is read, in characters.
const MaxGroups = 10_000
