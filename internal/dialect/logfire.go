package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// Attributes of Logfire's wrappers around OpenAI's and Anthropic's clients: the
// whole request and the whole response.
const (
	logfireRequest  = attribute.Key("request_data")
	logfireResponse = attribute.Key("response_data")
)

// logfire is what Logfire adds to its spans, among them those of Pydantic AI.
// Newer versions of its wrappers also follow the GenAI conventions; older ones
// have the content only in the two documents.
var logfire = library{
	matchers: []string{"logfire.*"},
	kind:     kindRule{of: logfireKind, rank: 3},
	overlay:  true,
	drop: []string{
		string(logfireRequest), string(logfireResponse),
		"logfire.msg_template", "logfire.span_type", "logfire.level_num", "logfire.pending_parent_id", "logfire.disable_console_log",
	},
	postprocess: postprocessLogfire,
}

// logfireKind recognises spans that are only a log record or the notice that a
// span has begun. They repeat the attributes of the call.
func logfireKind(c *Conversion) string {
	switch c.Text("logfire.span_type") {
	case "log", "pending_span":
		return names.EventSpan
	}
	return ""
}

func postprocessLogfire(c *Conversion) {
	request, response := c.Parsed(logfireRequest), c.Parsed(logfireResponse)
	if logfireKind(c) != "" {
		for _, content := range []string{names.PropertyInput, names.PropertyOutputChoices, names.PropertyTools} {
			c.Unset(content)
		}
		// Streamed content is only in the log record.
		c.FillTree(names.PropertyOutputState, response.Get("combined_chunk_content"))
		return
	}
	if c.Kind == names.EventEmbedding {
		c.FillTree(names.PropertyInput, request.Get("input"))
		return
	}
	if c.IsSpan() {
		return
	}
	if messages := chat.FromRequest(&request); len(messages) > 0 {
		c.fillInput(messages)
	}
	c.fillTools(&request)
	c.fillParameters(pick(&request, parameterNames))
	if messages, why := chat.FromResponse(&response); len(messages) > 0 {
		c.fillOutput(messages)
		c.FillText(names.PropertyStopReason, why)
	}
	c.fillProviderUsage(response.Get("usage"))
}
