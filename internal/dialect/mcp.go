package dialect

import "github.com/otelposthog/otelposthog-go/internal/names"

// mcp is the convention for the Model Context Protocol, on the spans of clients
// and servers. Those of tools are tools; prompts and resources are named by what
// was asked for.
var mcp = library{
	matchers: []string{"mcp.*"},
	overlay:  true,
	postprocess: func(c *Conversion) {
		switch {
		case !c.IsSpan() || c.Text(names.GenAIToolNameKey) != "":
		case c.Text(names.GenAIPromptNameKey) != "":
			c.rename(names.GenAIPromptNameKey)
		default:
			c.rename("mcp.resource.uri")
		}
	},
}
