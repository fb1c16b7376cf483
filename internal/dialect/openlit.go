package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// openlit is OpenLIT, which follows the GenAI conventions with some additions.
// Its gen_ai.usage.cost is a total from its own price list and passes through
// unchanged.
var openlit = library{
	name:     "openlit",
	matchers: []string{"openlit.*", "gen_ai.sdk.version", "gen_ai.request.is_stream"},
	after: []rule{
		{to: names.PropertyStream, fallback: keys("gen_ai.request.is_stream"), read: attr.Boolean},
		{to: names.PropertyAILibVersion, fallback: keys("gen_ai.sdk.version"), read: attr.Text},
	},
	drop:        []string{"gen_ai.tool.args", "openlit.agent.version_hash", "openai.api.type"}, // the first is in the output messages as well
	postprocess: postprocessOpenLIT,
}

// postprocessOpenLIT knows that for Anthropic, and for nobody else, the input tokens
// are those that were not cached.
func postprocessOpenLIT(c *Conversion) {
	p := c.Get(names.PropertyProvider)
	if p == nil || !strings.EqualFold(p.Value.AsString(), "anthropic") {
		return
	}
	read, _ := c.Count(names.PropertyCacheReadTokens)
	created, _ := c.Count(names.PropertyCacheCreationTokens)
	if read+created > 0 {
		c.Fill(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(true)))
	}
}
