package convert

import (
	"github.com/otelposthog/otelposthog-go/semconv"
)

// laminar is Laminar (lmnr). Its LLM spans are those of OpenLLMetry.
var laminar = library{
	name:  "laminar",
	marks: []string{"lmnr.*"},
	before: []rule{
		{to: semconv.PropertyAISessionID, fallback: keys("lmnr.association.properties.session_id"), read: text},
	},
	// What Laminar tells itself about its SDK and the place in its tree.
	drop: []string{
		"lmnr.internal.*", "lmnr.span.*", "lmnr.association.properties.user_id", "lmnr.association.properties.trace_type",
	},
	finish: finishLaminar,
	rides:  true,
}

func finishLaminar(c *conversion) {
	switch {
	case c.isSpan():
		c.stateFrom(semconv.PropertyInputState, "lmnr.span.input")
		c.stateFrom(semconv.PropertyOutputState, "lmnr.span.output")
	case c.kind == semconv.EventEmbedding:
		c.fillJSON(semconv.PropertyInput, "lmnr.span.input") // the output is vectors
	default:
		if v, ok := c.attr("lmnr.span.input"); ok && !c.hasMessages(semconv.PropertyInput) {
			request := jsonOf(v)
			c.fillRequest(&request)
		}
		if v, ok := c.attr("lmnr.span.output"); ok && !c.hasMessages(semconv.PropertyOutputChoices) {
			response := jsonOf(v)
			c.fillResponse(&response)
		}
	}
}
