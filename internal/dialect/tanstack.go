package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// tanstack is TanStack AI, which writes each message thrice: in attributes, in
// span events and for Langfuse. The attributes win; what is meant for Langfuse
// is all that the span around the iterations has.
var tanstack = library{
	name:   "tanstack",
	marks:  []string{"tanstack.ai.*"},
	kind:   kindRule{of: tanstackKind},
	finish: finishTanStack,
}

// tanstackKind knows that the span around the iterations, which has the sum of
// their usage and no operation, is no call.
func tanstackKind(c *Conversion) string {
	if c.Text(names.GenAIOperationNameKey) == "" {
		return names.EventSpan
	}
	return ""
}

func finishTanStack(c *Conversion) {
	if !c.IsSpan() {
		return
	}
	if _, isTool := c.Attr(names.GenAIToolNameKey); isTool {
		tool(c)
		toolStates(c)
		return
	}
	for _, state := range []struct {
		messages string
		key      attribute.Key
	}{{names.PropertyInput, langfuseInput}, {names.PropertyOutputChoices, langfuseOutput}} {
		c.fillJSON(state.messages, state.key)
	}
	statesFromMessages(c)
}
