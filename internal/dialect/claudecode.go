package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// claudeCode is Claude Code and the Claude Agent SDK, recognised by span names.
// Usage is as in Anthropic's API: the input tokens do not include the cached
// ones.
var claudeCode = library{
	name:    "claude-code",
	aiNames: []string{"claude_code."},
	spans:   []string{"claude_code.*"},
	kind:    kindRule{of: claudeCodeKind, rank: 2},
	before: []rule{
		{to: names.PropertyStopReason, fallback: keys("stop_reason"), read: attr.Reason},
		{to: names.PropertyAISessionID, fallback: keys(session.OTelIDKey), read: attr.Text}, // of the command line
	},
	after: []rule{
		{to: names.PropertyModel, fallback: keys("model"), read: attr.Text},
		{to: names.PropertyInputTokens, fallback: keys("input_tokens"), read: attr.Tokens},
		{to: names.PropertyOutputTokens, fallback: keys("output_tokens"), read: attr.Tokens},
		{to: names.PropertyCacheReadTokens, fallback: keys("cache_read_tokens", "cache_read_input_tokens"), read: attr.Tokens},
		{to: names.PropertyCacheCreationTokens, fallback: keys("cache_creation_tokens", "cache_creation_input_tokens"), read: attr.Tokens},
	},
	// The durations repeat the latency.
	drop:        []string{"span.type", "duration_ms", "interaction.duration_ms", "user_prompt_length"},
	postprocess: postprocessClaudeCode,
}

func claudeCodeKind(c *Conversion) string {
	if c.Span.Name() == "claude_code.llm_request" {
		return names.EventGeneration
	}
	return names.EventSpan
}

func postprocessClaudeCode(c *Conversion) {
	switch c.Span.Name() {
	case "claude_code.llm_request":
		c.FillText(names.PropertyProvider, "anthropic")
		read, hasRead := c.Count(names.PropertyCacheReadTokens)
		created, hasCreated := c.Count(names.PropertyCacheCreationTokens)
		if hasRead || hasCreated {
			c.Fill(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(read+created > 0)))
		}
	case "claude_code.interaction":
		c.stateFrom(names.PropertyInputState, "user_prompt")
	case "claude_code.tool":
		c.moveName("tool_name")
		c.stateFrom(names.PropertyInputState, "tool_input", "tool_parameters")
		c.stateFrom(names.PropertyOutputState, "tool_output", "tool_result")
	}
}
