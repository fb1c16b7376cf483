package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// explicit sets the properties that somebody put on the span under PostHog's
// own names, before any rule: most rules only fill what is not set.
func (c *conversion) explicit() {
	for i := range c.attrs {
		kv := &c.attrs[i]
		if c.used[i] || !strings.HasPrefix(string(kv.Key), "$") {
			continue
		}
		c.used[i] = true
		v := unpacked(kv.Value)
		if isTokens(kv.Key) {
			var ok bool
			if v, ok = tokens(v); !ok {
				continue
			}
		}
		if !c.has(string(kv.Key)) || !empty(v) {
			c.origins.read(kv.Key)
			c.set(prop.Any(string(kv.Key), v))
		}
	}
}

// isTokens reports whether a property is a number of tokens, which PostHog sums.
func isTokens(key attribute.Key) bool {
	return strings.HasPrefix(string(key), "$ai_") && strings.HasSuffix(string(key), "_tokens")
}

// noise are the resource attributes that say nothing about an LLM call.
var noise = []string{"host.", "process.", "os.", "telemetry."}

// passThrough adds what no rule took: the attributes of the span, then those of
// its resource.
func (c *conversion) passThrough() {
	embeds := c.embeds()
	for i := range c.attrs {
		if kv := &c.attrs[i]; !c.used[i] && !(c.opts.Private && semconv.IsAIKey(kv.Key)) {
			c.pass(kv, embeds)
		}
	}
	for i := range c.res.list {
		if kv := &c.res.list[i]; c.fromResource(kv.Key) && !c.onSpan(kv.Key) {
			c.pass(kv, embeds)
		}
	}
	c.groups()
}

// pass sets a property that is not set yet. Of a span that computes embeddings,
// no vectors pass.
func (c *conversion) pass(kv *attribute.KeyValue, embeds bool) {
	if embeds && c.holdsVector(kv.Value) {
		return
	}
	if kv.Value.Type() != attribute.EMPTY && kv.Key != "" && c.get(string(kv.Key)) == nil {
		c.origins.read(kv.Key)
		c.set(prop.Any(string(kv.Key), kv.Value))
	}
}

// fromResource reports whether a resource attribute comes along.
func (c *conversion) fromResource(key attribute.Key) bool {
	for _, prefix := range noise {
		if strings.HasPrefix(string(key), prefix) {
			return false
		}
	}
	return !slices.Contains(reservedKeys, key) && key != semconv.SessionIDKey && key != semconv.WindowIDKey && !generic.table.drops(key)
}

// maxGroups is the longest $groups text that is read, in characters.
const maxGroups = 10_000

// groups makes an object of $groups given as JSON text, on the span or on the
// resource, where the environment gives nothing but text.
func (c *conversion) groups() {
	p := c.get(semconv.PropertyGroups)
	if p == nil || p.Value.Type() != attribute.STRING {
		return
	}
	if text := p.Value.AsString(); longer(text, maxGroups) {
		c.unset(semconv.PropertyGroups)
	} else if n, ok := jsontree.ParseContainer(text); ok && n.Is(jsontree.Object) {
		c.setTree(semconv.PropertyGroups, &n)
	}
}
