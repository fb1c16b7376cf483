package dialect

import (
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// eveTurn is the operation of a turn of an agent, which is a trace.
const eveTurn = "ai.eve.turn"

// eve is Eve, which runs agents on Vercel's AI SDK.
var eve = library{
	matchers: []string{"eve.*", "ai.settings.context.eve.*", "ai.operationId=" + eveTurn},
	ai:       []string{"eve.*"},
	kind:     kindRule{of: eveKind, rank: -1},
	overlay:  true,
	after: []rule{
		{to: "eve.turn.id", fallback: keys("eve.turn.id", "ai.settings.context.eve.turn.id"), read: attr.Text},
		{to: names.PropertyAISessionID, fallback: keys("eve.session.id", "ai.settings.context.eve.session.id"), read: attr.Text},
	},
	postprocess: func(c *Conversion) {
		c.FillText(names.PropertyFramework, "eve")
		if c.Kind == names.EventTrace {
			c.Unset(names.PropertyParentID) // a turn starts the trace, whatever is above it
		}
	},
}

func eveKind(c *Conversion) string {
	if c.Text("ai.operationId") == eveTurn {
		return names.EventTrace
	}
	return ""
}
