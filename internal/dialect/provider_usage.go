package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// providerUsage is the usage in a response of OpenAI, Anthropic or Bedrock,
// each with its own names.
var providerUsage = []count{
	{names.PropertyInputTokens, []string{"prompt_tokens", "input_tokens", "inputTokens"}},
	{names.PropertyOutputTokens, []string{"completion_tokens", "output_tokens", "outputTokens"}},
	{names.PropertyCacheReadTokens, []string{
		"prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "cache_read_input_tokens", "cacheReadInputTokens",
	}},
	{names.PropertyCacheCreationTokens, []string{"cache_creation_input_tokens", "cacheWriteInputTokens"}},
	{names.PropertyReasoningTokens, []string{"completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens"}},
	{names.PropertyAudioInputTokens, []string{"prompt_tokens_details.audio_tokens"}},
	{names.PropertyAudioOutputTokens, []string{"completion_tokens_details.audio_tokens"}},
}

// fillProviderUsage fills usage that is only in the provider's response.
// Anthropic and Bedrock count the input without the cached tokens. If the
// span's input equals that number, it excludes them, too.
func (c *Conversion) fillProviderUsage(usage *jsontree.Node) {
	c.fillUsage(usage, providerUsage)
	input, _ := c.Count(names.PropertyInputTokens)
	for _, apart := range []struct{ input, read, created string }{
		{"input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"},
		{"inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"},
	} {
		own, ok := countOf(usage.Get(apart.input))
		read, _ := countOf(usage.Get(apart.read))
		created, _ := countOf(usage.Get(apart.created))
		if ok && own == input && read+created > 0 {
			c.Fill(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(true)))
		}
	}
}
