package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// tanstack is TanStack AI, which writes each message three times: in
// attributes, in span events and for Langfuse. The attributes win. The span
// around the iterations has only the Langfuse attributes.
var tanstack = library{
	name:        "tanstack",
	matchers:    []string{"tanstack.ai.*"},
	kind:        kindRule{of: tanstackKind},
	postprocess: postprocessTanStack,
}

// tanstackKind excludes the span around the iterations: it has their summed
// usage and no operation, and is not a call.
func tanstackKind(c *Conversion) string {
	if c.Text(names.GenAIOperationNameKey) == "" {
		return names.EventSpan
	}
	return ""
}

func postprocessTanStack(c *Conversion) {
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
