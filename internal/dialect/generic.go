package dialect

import (
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// generic takes the spans that no other library claims.
var generic = library{
	ai:      []string{"gen_ai.*"},
	aiNames: []string{"gen_ai."},
	kind:    kindRule{key: names.GenAIOperationNameKey, rank: 4, generation: generations, embedding: embeddings},
}

// generations and embeddings are how libraries spell the operations that are
// calls. "responses" and "messages" are the chat APIs of OpenAI and Anthropic,
// llm_call is how Gemini's command line names a call.
var (
	generations = words{
		"?chat", "?completion", "?completions", "?chatcompletion", "?chatcompletions", "?textcompletion", "?textcompletions",
		"?generatecontent", "?generatecontentstream", "?responses", "?messages", "?anthropicmessages", "llmcall",
	}
	embeddings = words{"?embedding", "?embeddings"}
)

// genericRules map the attributes of the GenAI conventions. They apply to the
// spans of every library.
var genericRules = []rule{
	{to: names.PropertyInput, primary: keys(names.GenAIInputMessagesKey), read: attr.Document},
	{to: names.PropertyOutputChoices, primary: keys(names.GenAIOutputMessagesKey), read: attr.Document},
	{
		to: names.PropertyModel, primary: keys(names.GenAIResponseModelKey),
		fallback: keys(names.GenAIRequestModelKey), read: attr.Text,
	},
	{
		to: names.PropertyProvider, primary: keys(names.GenAIProviderNameKey),
		fallback: keys(names.GenAISystemKey), read: attr.Text,
	},
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
		fallback: keys("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cached_input_tokens"), read: attr.Tokens,
	},
	{
		to:       names.PropertyCacheCreationTokens,
		primary:  keys(names.GenAIUsageCacheCreationInputTokensKey, names.GenAIUsageCacheWriteInputTokensKey),
		fallback: keys("gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens"), read: attr.Tokens,
	},
	{
		to:      names.PropertyReasoningTokens,
		primary: keys(names.GenAIUsageReasoningOutputTokensKey, names.GenAIUsageReasoningTokensKey), read: attr.Tokens,
	},
	{to: names.PropertyStopReason, fallback: keys(names.GenAIResponseFinishReasonsKey, "gen_ai.response.finish_reason"), read: attr.Reason},
	{to: names.PropertyCompletionID, primary: keys(names.GenAIResponseIDKey), read: attr.Text},
	{to: names.PropertyTools, primary: keys(names.GenAIToolDefinitionsKey), read: attr.Anything},
	{to: names.PropertyStream, primary: keys(names.GenAIRequestStreamKey), read: attr.Boolean},
	{to: names.PropertyTemperature, primary: keys(names.GenAIRequestTemperatureKey), read: attr.Number},
	{to: names.PropertyMaxTokens, primary: keys(names.GenAIRequestMaxTokensKey), read: attr.Tokens},
	{
		to:       names.PropertyTimeToFirstToken,
		primary:  keys(names.GenAIResponseTimeToFirstChunkKey, names.GenAIServerTimeToFirstTokenKey),
		fallback: keys("gen_ai.client.operation.time_to_first_chunk"), read: attr.Seconds,
	},
	{to: names.PropertyPromptName, primary: keys(names.GenAIPromptNameKey), read: attr.Text},
	{to: names.PropertyPromptVersion, primary: keys(names.GenAIPromptVersionKey), read: attr.Anything},
	{to: names.PropertyAILib, primary: keys("telemetry.sdk.name"), read: attr.Text},
	{to: names.PropertyAILibVersion, primary: keys("telemetry.sdk.version"), read: attr.Text},
	{to: names.PropertyAISessionID, fallback: keys(names.GenAIConversationIDKey), read: attr.Text, keep: true},
}

// genericDrops never pass through: they have done their work, or say nothing
// about the call.
var genericDrops = []string{
	string(names.GenAIOperationNameKey), "llm.request.type",
	"user.id", string(session.DistinctIDKey), "posthog.ai.debug", "telemetry.sdk.language",
	string(names.SameCallKey),
	string(names.EventsKey), // messages, or nothing that can be read
	"posthog.geoip_disable",
}
