package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// parameterKeys go into $ai_model_parameters under what follows the prefix.
var parameterKeys = []attribute.Key{
	semconv.GenAIRequestTemperatureKey, semconv.GenAIRequestTopPKey, semconv.GenAIRequestTopKKey,
	semconv.GenAIRequestMaxTokensKey, semconv.GenAIRequestFrequencyPenaltyKey, semconv.GenAIRequestPresencePenaltyKey,
	semconv.GenAIRequestSeedKey, semconv.GenAIRequestStopSequencesKey, semconv.GenAIRequestChoiceCountKey,
}

func (c *conversion) parameters() {
	n := jsontree.Node{Kind: jsontree.Object, Members: c.members[:0]}
	for _, key := range parameterKeys {
		c.parameter(&n, key, strings.TrimPrefix(string(key), "gen_ai.request."))
	}
	for _, p := range c.lib.parameters {
		c.parameter(&n, p.key, p.name)
		c.consume(p.key)
	}
	if len(n.Members) > 0 {
		if c.replaceable(semconv.PropertyModelParameters) {
			c.setTree(semconv.PropertyModelParameters, &n)
		}
		c.consume(parameterKeys...)
	}
	c.members = n.Members
}

// parameter adds an attribute to the parameters under a name.
func (c *conversion) parameter(to *jsontree.Node, key attribute.Key, name string) {
	v, ok := c.attr(key)
	if !ok || c.lib.zeroUnset && isZero(v) {
		return
	}
	value, ok := treeOf(v)
	if !ok {
		value = jsontree.FromValue(v)
	}
	if value.Kind != jsontree.Null && to.Get(name) == nil {
		to.Set(name, value)
	}
}

// isZero reports whether a value is the number zero or an empty list.
func isZero(v attribute.Value) bool {
	if n, ok := treeOf(v); ok {
		return len(n.Items)+len(n.Members) == 0
	}
	f, ok := floatOf(v)
	return ok && f == 0
}
