package dialect

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// pipecat is Pipecat, whose calls have their content in attributes without a
// prefix. Speech to text and text to speech are spans.
var pipecat = library{
	name:     "pipecat",
	scopes:   []string{"pipecat*"},
	matchers: []string{"metrics.ttfb", "metrics.character_count", "param.*"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("conversation.id"), read: attr.Text},
	},
	after: []rule{
		{to: names.PropertyStream, fallback: keys("stream"), read: attr.Boolean},
		{to: names.PropertyTools, fallback: keys("tools"), read: attr.Container},
		{to: names.PropertyTemperature, fallback: keys("param.temperature"), read: attr.Number},
		{to: names.PropertyMaxTokens, fallback: keys("param.max_tokens", "param.max_completion_tokens"), read: attr.Tokens},
		{to: names.PropertyInputState, fallback: keys("text"), read: attr.Text},        // to speak
		{to: names.PropertyOutputState, fallback: keys("transcript"), read: attr.Text}, // what was heard
	},
	postprocess: postprocessPipecat,
}

func postprocessPipecat(c *Conversion) {
	pipecatParameters(c)
	c.Consume("input", "output", "system", "system_instruction")
	if c.IsSpan() {
		c.stateFrom(names.PropertyInputState, "input")
		c.stateFrom(names.PropertyOutputState, "output")
		return
	}
	request, response := c.Parsed("input"), c.Parsed("output")
	c.fillRequest(&request)
	c.fillResponse(&response)
	c.prependSystem(c.Text("system_instruction", "system"))
}

// pipecatParameters makes one object of the parameters. Unset parameters have
// the text NOT_GIVEN.
func pipecatParameters(c *Conversion) {
	set := jsontree.Obj()
	for i := range c.Own.Attributes {
		kv := &c.Own.Attributes[i]
		name, ok := strings.CutPrefix(string(kv.Key), "param.")
		if !ok || name == "" {
			continue
		}
		c.used[i] = true
		if n := attr.JSON(kv.Value); n.Kind != jsontree.Null && n.String() != "NOT_GIVEN" {
			c.provenance.read(kv.Key)
			set.Set(name, n)
		}
	}
	if len(set.Members) > 0 {
		c.fillParameters(&set)
	}
}
