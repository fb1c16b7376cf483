package dialect

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// parameterKeys go into $ai_model_parameters under their name without the
// prefix.
var parameterKeys = []attribute.Key{
	names.GenAIRequestTemperatureKey, names.GenAIRequestTopPKey, names.GenAIRequestTopKKey,
	names.GenAIRequestMaxTokensKey, names.GenAIRequestFrequencyPenaltyKey, names.GenAIRequestPresencePenaltyKey,
	names.GenAIRequestSeedKey, names.GenAIRequestStopSequencesKey, names.GenAIRequestChoiceCountKey,
}

// parameters makes one object of the parameters of a request. The first of equal
// names counts.
func parameters(c *Conversion) {
	var doc object
	for _, key := range parameterKeys {
		doc.add(c, key, strings.TrimPrefix(string(key), "gen_ai.request."))
	}
	for _, p := range c.lib.parameters {
		doc.add(c, p.key, p.name)
		c.Consume(p.key)
	}
	if len(doc.names) == 0 {
		return
	}
	if c.Replaceable(names.PropertyModelParameters) {
		c.Set(prop.Doc(names.PropertyModelParameters, string(append(doc.json, '}'))))
	}
	c.Consume(parameterKeys...)
}

// object is a JSON object that attributes are added to.
type object struct {
	json  []byte
	names []string
}

// add adds an attribute under a name.
func (o *object) add(c *Conversion, key attribute.Key, name string) {
	v, ok := c.Attr(key)
	if !ok || c.lib.zeroUnset && isZero(v) || slices.Contains(o.names, name) {
		return
	}
	doc := o.json
	if len(o.names) == 0 {
		doc = append(make([]byte, 0, 128), '{')
	} else {
		doc = append(doc, ',')
	}
	doc = append(jsontree.AppendString(doc, name), ':')
	start := len(doc)
	if number, ok := attr.Number(v); ok {
		v = number // some write numbers as text
	}
	if _, ok := jsontree.Scan(textOfValue(v)); ok {
		doc = append(doc, v.AsString()...)
	} else {
		doc = jsontree.AppendValue(doc, v)
	}
	if string(doc[start:]) != "null" {
		o.json, o.names = doc, append(o.names, name)
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
	if n, ok := attr.Tree(v); ok {
		return len(n.Items)+len(n.Members) == 0
	}
	f, ok := attr.Float(v)
	return ok && f == 0
}
