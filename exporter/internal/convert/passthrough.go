package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// machine are the prefixes of resource attributes that say nothing about an LLM
// call.
var machine = []string{"host.", "process.", "os.", "telemetry."}

// passThrough adds the attributes that no rule consumed: those of the span,
// then those of its resource.
func passThrough(c *conversion) {
	embeds := c.Embeds()
	c.Unused(func(kv *attribute.KeyValue) { pass(c, kv, embeds) })
	for i := range c.Resource.Attributes {
		if kv := &c.Resource.Attributes[i]; fromResource(kv.Key) && !c.OnSpan(kv.Key) {
			pass(c, kv, embeds)
		}
	}
	optOut(c)
	groups(c)
}

// optOut lets an opt-out of the resource win over a consent of the span.
func optOut(c *conversion) {
	v, ok := c.Resource.Get(session.OptOutKey)
	if ok && session.ConsentOf(v) == session.ConsentRefused && c.OnSpan(session.OptOutKey) {
		c.From(session.OptOutKey)
		c.Set(prop.Any(event.OptOutKey, attribute.BoolValue(true)))
	}
}

// pass sets a property that is not set yet. It leaves out noise, secrets, and
// vectors of embedding calls.
func pass(c *conversion, kv *attribute.KeyValue, embeds bool) {
	if isNoise(c, kv) || isSecret(kv) || embeds && c.HoldsVector(kv.Value) {
		return
	}
	if kv.Value.Type() != attribute.EMPTY && kv.Key != "" && c.Get(string(kv.Key)) == nil {
		c.From(kv.Key)
		c.Set(withoutSecrets(kv))
	}
}

// fromResource reports whether a resource attribute is added to events.
func fromResource(key attribute.Key) bool {
	for _, prefix := range machine {
		if strings.HasPrefix(string(key), prefix) {
			return false
		}
	}
	return !slices.Contains(reservedKeys, key) && key != session.IDKey && key != session.WindowIDKey && !dialect.Drops(key)
}

// groups parses $groups if it is JSON text, on the span or on the resource:
// attributes from environment variables are always text.
func groups(c *conversion) {
	p := c.Get(names.PropertyGroups)
	if p == nil || p.Value.Type() != attribute.STRING {
		return
	}
	if text := p.Value.AsString(); chat.Longer(text, dialect.MaxGroups) {
		c.Unset(names.PropertyGroups)
	} else if n, ok := jsontree.ParseContainer(text); ok && n.Is(jsontree.Object) {
		c.SetTree(names.PropertyGroups, &n)
	}
}
