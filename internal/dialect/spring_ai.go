package dialect

import (
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// springFramework is Spring AI's value of the provider attribute on spans that
// wrap calls.
const springFramework = "spring_ai"

// springAI is Spring AI's spans other than plain model calls: the chat client,
// advisors, tools and vector stores.
var springAI = library{
	name:     "spring-ai",
	matchers: []string{"spring.ai.*", "gen_ai.system=" + springFramework, "gen_ai.provider.name=" + springFramework},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("spring.ai.chat.client.conversation.id"), read: attr.Text},
		{to: names.PropertyStream, fallback: keys("spring.ai.chat.client.stream"), read: attr.Boolean},
	},
	drop:        []string{"spring.ai.kind"},
	postprocess: postprocessSpringAI,
}

func postprocessSpringAI(c *Conversion) {
	if c.property(names.PropertyProvider) == springFramework {
		c.Unset(names.PropertyProvider)
	}
	c.FillText(names.PropertyFramework, springFramework)
	if !c.IsSpan() {
		return
	}
	for _, key := range keys("spring.ai.tool.definition.name", "spring.ai.advisor.name") {
		if c.Text(key) != "" {
			c.moveName(key)
			break
		}
	}
	c.stateFrom(names.PropertyInputState, "spring.ai.tool.call.arguments", "db.vector.query.content")
	c.stateFrom(names.PropertyOutputState, "spring.ai.tool.call.result", "db.vector.query.response.documents")
}
