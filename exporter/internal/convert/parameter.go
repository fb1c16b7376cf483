package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// parameterKeys go into $ai_model_parameters under what follows the prefix.
var parameterKeys = []attribute.Key{
	names.GenAIRequestTemperatureKey, names.GenAIRequestTopPKey, names.GenAIRequestTopKKey,
	names.GenAIRequestMaxTokensKey, names.GenAIRequestFrequencyPenaltyKey, names.GenAIRequestPresencePenaltyKey,
	names.GenAIRequestSeedKey, names.GenAIRequestStopSequencesKey, names.GenAIRequestChoiceCountKey,
}

// parameters makes one object of the parameters of a request.
func (c *conversion) parameters() {
	c.doc, c.names = append(c.doc[:0], '{'), c.names[:0]
	for _, key := range parameterKeys {
		c.parameter(key, strings.TrimPrefix(string(key), "gen_ai.request."))
	}
	for _, p := range c.lib.parameters {
		c.parameter(p.key, p.name)
		c.consume(p.key)
	}
	if len(c.names) == 0 {
		return
	}
	if c.replaceable(names.PropertyModelParameters) {
		c.set(prop.Doc(names.PropertyModelParameters, string(append(c.doc, '}'))))
	}
	c.consume(parameterKeys...)
}

// parameter appends an attribute to the object under a name. The first of equal
// names counts.
func (c *conversion) parameter(key attribute.Key, name string) {
	v, ok := c.attr(key)
	if !ok || c.lib.zeroUnset && isZero(v) || slices.Contains(c.names, name) {
		return
	}
	doc := c.doc
	if len(c.names) > 0 {
		doc = append(doc, ',')
	}
	doc = append(jsontree.AppendString(doc, name), ':')
	start := len(doc)
	if _, ok := jsontree.Scan(textOfValue(v)); ok {
		doc = append(doc, v.AsString()...)
	} else {
		doc = jsontree.AppendValue(doc, v)
	}
	if string(doc[start:]) != "null" {
		c.doc, c.names = doc, append(c.names, name)
	}
}

// textOfValue returns the text of a string, and nothing of other values.
func textOfValue(v attribute.Value) string {
	if v.Type() == attribute.STRING {
		return v.AsString()
	}
	return ""
}

// isZero reports whether a value is the number zero or an empty list.
func isZero(v attribute.Value) bool {
	if n, ok := treeOf(v); ok {
		return len(n.Items)+len(n.Members) == 0
	}
	f, ok := floatOf(v)
	return ok && f == 0
}
