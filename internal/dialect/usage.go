package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// usageRules map usage: the attributes of the conventions, and those of
// libraries below gen_ai.
var usageRules = []rule{
	{
		to: names.PropertyInputTokens, primary: keys(names.GenAIUsageInputTokensKey),
		fallback: keys(names.GenAIUsagePromptTokensKey), read: attr.Tokens,
	},
	{
		to: names.PropertyOutputTokens, primary: keys(names.GenAIUsageOutputTokensKey),
		fallback: keys(names.GenAIUsageCompletionTokensKey), read: attr.Tokens,
	},
	{
		to: names.PropertyCacheReadTokens, primary: keys(names.GenAIUsageCacheReadInputTokensKey),
		fallback: keys("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cached_input_tokens", "gen_ai.usage.input_cached_tokens",
			"gen_ai.usage.cache_read_tokens", "gen_ai.usage.input_tokens.cached",
			"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens"), read: attr.Tokens,
	},
	{
		to:      names.PropertyCacheCreationTokens,
		primary: keys(names.GenAIUsageCacheCreationInputTokensKey, names.GenAIUsageCacheWriteInputTokensKey),
		fallback: keys("gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens",
			"gen_ai.usage.cache_creation_tokens", "gen_ai.usage.cache_write_tokens", "gen_ai.usage.input_tokens.cache_write",
			"gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens"), read: attr.Tokens,
	},
	{
		to:      names.PropertyReasoningTokens,
		primary: keys(names.GenAIUsageReasoningOutputTokensKey, names.GenAIUsageReasoningTokensKey),
		fallback: keys("gen_ai.usage.experimental.reasoning_tokens", "gen_ai.usage.reasoning_output_tokens",
			"gen_ai.usage.output_reasoning_tokens", "gen_ai.usage.output_tokens.reasoning",
			"gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyAudioInputTokens, primary: keys("gen_ai.usage.audio.input_tokens"),
		fallback: keys("gen_ai.usage.input_audio_tokens", "gen_ai.usage.details.input_audio_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyAudioOutputTokens, primary: keys("gen_ai.usage.audio.output_tokens"),
		fallback: keys("gen_ai.usage.output_audio_tokens", "gen_ai.usage.details.output_audio_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyImageInputTokens, primary: keys("gen_ai.usage.image.input_tokens"),
		fallback: keys("gen_ai.usage.input_image_tokens", "gen_ai.usage.details.input_image_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyImageOutputTokens, primary: keys("gen_ai.usage.image.output_tokens"),
		fallback: keys("gen_ai.usage.output_image_tokens", "gen_ai.usage.details.output_image_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyCacheReadAudioTokens, primary: keys("gen_ai.usage.audio.cache_read.input_tokens"),
		fallback: keys("gen_ai.usage.details.cache_audio_read_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyTextOutputTokens, primary: keys("gen_ai.usage.text.output_tokens"),
		fallback: keys("gen_ai.usage.output_text_tokens", "gen_ai.usage.details.output_text_tokens"), read: attr.Tokens,
	},
	{
		to: names.PropertyServiceTier,
		fallback: keys("gen_ai.response.service_tier", "gen_ai.openai.response.service_tier", "openai.response.service_tier",
			"anthropic.response.service_tier",
			"gen_ai.request.service_tier", "gen_ai.openai.request.service_tier", "openai.request.service_tier"), read: attr.Text,
	},
}

// costs are the attributes with the cost of a call in US dollars: the two
// parts, or their sum.
var costs = []struct{ input, output, total attribute.Key }{
	{"gen_ai.cost.input_cost", "gen_ai.cost.output_cost", "gen_ai.cost.total_cost"},
	{"llm.cost.prompt", "llm.cost.completion", "llm.cost.total"},
	{"", "", "gen_ai.usage.cost"},
}

// cost fills the cost of a call. PostHog accepts the parts only if both are
// above zero. OpenLIT's total comes from its own price list and passes through
// unchanged.
func cost(c *Conversion) {
	if c.IsSpan() || c.lib == &openlit {
		return
	}
	for _, from := range costs {
		input, output, total := dollars(c, from.input), dollars(c, from.output), dollars(c, from.total)
		switch {
		case input > 0 && output > 0:
			c.From(from.input, from.output)
			c.Fill(prop.Any(names.PropertyInputCost, attribute.Float64Value(input)))
			c.Fill(prop.Any(names.PropertyOutputCost, attribute.Float64Value(output)))
		case total > 0 && !c.Has(names.PropertyInputCost):
			c.From(from.total)
			c.Fill(prop.Any(names.PropertyTotalCost, attribute.Float64Value(total)))
		default:
			continue
		}
		c.Consume(from.input, from.output, from.total)
	}
}

func dollars(c *Conversion, key attribute.Key) float64 {
	v, ok := c.Attr(key)
	if !ok {
		return 0
	}
	f, _ := attr.Float(v)
	return f
}

// textTokens sets how many output tokens of a Gemini model are text. PostHog
// adds the price of these models' reasoning to the price of the text, and
// without the number counts the whole output as text: if the output includes
// the reasoning, it would be charged twice. Other models have one price for
// both.
func textTokens(c *Conversion) {
	if c.IsSpan() || c.Has(names.PropertyTextOutputTokens) || !reasonsOnTop(c.property(names.PropertyModel)) {
		return
	}
	if text, ok := c.Tokens("ai.usage.outputTokenDetails.textTokens"); ok { // Vercel's SDK, since version 6
		c.Fill(prop.Any(names.PropertyTextOutputTokens, attribute.Int64Value(text)))
		return
	}
	reasoning, _ := c.Count(names.PropertyReasoningTokens)
	output, hasOutput := c.Count(names.PropertyOutputTokens)
	if reasoning == 0 || !hasOutput || !outputIncludesReasoning(c, output, reasoning) {
		return
	}
	audio, _ := c.Count(names.PropertyAudioOutputTokens)
	image, _ := c.Count(names.PropertyImageOutputTokens)
	if text := output - reasoning - audio - image; text >= 0 {
		c.Fill(prop.Any(names.PropertyTextOutputTokens, attribute.Int64Value(text)))
	}
}

// reasonsOnTop reports whether PostHog prices the reasoning of the model
// separately: gemini-2.5-, gemini-3- and gemini-3.N-.
func reasonsOnTop(model string) bool {
	version, ok := strings.CutPrefix(model, "gemini-")
	if !ok {
		return false
	}
	if strings.HasPrefix(version, "2.5-") || strings.HasPrefix(version, "3-") {
		return true
	}
	minor, ok := strings.CutPrefix(version, "3.")
	digits := len(minor) - len(strings.TrimLeft(minor, "0123456789"))
	return ok && digits > 0 && strings.HasPrefix(minor[digits:], "-")
}

// outputIncludesReasoning reports whether the reasoning is part of the output.
// The total decides, if there is one. Otherwise the reasoning is included if
// the numbers are attributes of the GenAI conventions, except for libraries
// that are known to exclude it.
func outputIncludesReasoning(c *Conversion, output, reasoning int64) bool {
	input, hasInput := c.Count(names.PropertyInputTokens)
	for _, key := range totalKeys {
		if total, ok := c.Tokens(key); ok && total > 0 && hasInput {
			switch total {
			case input + output:
				return true
			case input + output + reasoning:
				return false
			}
		}
	}
	if c.lib.reasoningApart || reasoning > output {
		return false
	}
	if _, ok := c.Tokens("ai.usage.outputTokenDetails.reasoningTokens"); ok {
		return true
	}
	_, ok := c.Tokens(names.GenAIUsageOutputTokensKey)
	return ok
}

// totalKeys hold the tokens of input and output together.
var totalKeys = keys(
	names.GenAIUsageTotalTokensKey, "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens", "gen_ai.usage.details.total_tokens",
)

// property returns a property that is a text, or "".
func (c *Conversion) property(key string) string {
	if p := c.Get(key); p != nil && p.Value.Type() == attribute.STRING {
		return p.Value.AsString()
	}
	return ""
}
