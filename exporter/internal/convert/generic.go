package convert

import "github.com/otelposthog/otelposthog-go/internal/names"

// generic takes the spans that no other library claims.
var generic = library{name: ""}

// genericRules map the attributes of the GenAI conventions. They apply to the
// spans of every library.
var genericRules = []rule{
	{to: names.PropertyInput, primary: keys(names.GenAIInputMessagesKey), read: document},
	{to: names.PropertyOutputChoices, primary: keys(names.GenAIOutputMessagesKey), read: document},
	{
		to: names.PropertyModel, primary: keys(names.GenAIResponseModelKey),
		fallback: keys(names.GenAIRequestModelKey), read: text,
	},
	{
		to: names.PropertyProvider, primary: keys(names.GenAIProviderNameKey),
		fallback: keys(names.GenAISystemKey), read: text,
	},
	{
		to: names.PropertyInputTokens, primary: keys(names.GenAIUsageInputTokensKey),
		fallback: keys(names.GenAIUsagePromptTokensKey), read: tokens,
	},
	{
		to: names.PropertyOutputTokens, primary: keys(names.GenAIUsageOutputTokensKey),
		fallback: keys(names.GenAIUsageCompletionTokensKey), read: tokens,
	},
	{
		to: names.PropertyCacheReadTokens, primary: keys(names.GenAIUsageCacheReadInputTokensKey),
		fallback: keys("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cached_input_tokens"), read: tokens,
	},
	{
		to:       names.PropertyCacheCreationTokens,
		primary:  keys(names.GenAIUsageCacheCreationInputTokensKey, names.GenAIUsageCacheWriteInputTokensKey),
		fallback: keys("gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens"), read: tokens,
	},
	{
		to:      names.PropertyReasoningTokens,
		primary: keys(names.GenAIUsageReasoningOutputTokensKey, names.GenAIUsageReasoningTokensKey), read: tokens,
	},
	{to: names.PropertyStopReason, fallback: keys(names.GenAIResponseFinishReasonsKey, "gen_ai.response.finish_reason"), read: reason},
	{to: names.PropertyCompletionID, primary: keys(names.GenAIResponseIDKey), read: text},
	{to: names.PropertyTools, primary: keys(names.GenAIToolDefinitionsKey), read: anything},
	{to: names.PropertyStream, primary: keys(names.GenAIRequestStreamKey), read: boolean},
	{to: names.PropertyTemperature, primary: keys(names.GenAIRequestTemperatureKey), read: number},
	{to: names.PropertyMaxTokens, primary: keys(names.GenAIRequestMaxTokensKey), read: tokens},
	{
		to:       names.PropertyTimeToFirstToken,
		primary:  keys(names.GenAIResponseTimeToFirstChunkKey, names.GenAIServerTimeToFirstTokenKey),
		fallback: keys("gen_ai.client.operation.time_to_first_chunk"), read: seconds,
	},
	{to: names.PropertyPromptName, primary: keys(names.GenAIPromptNameKey), read: text},
	{to: names.PropertyPromptVersion, primary: keys(names.GenAIPromptVersionKey), read: anything},
	{to: names.PropertyAILib, primary: keys("telemetry.sdk.name"), read: text},
	{to: names.PropertyAILibVersion, primary: keys("telemetry.sdk.version"), read: text},
	{to: names.PropertyAISessionID, fallback: keys(names.GenAIConversationIDKey), read: text, keep: true},
}

// genericDrops never pass through: they have done their work, or say nothing
// about the call.
var genericDrops = []string{
	string(names.GenAIOperationNameKey), "llm.request.type",
	"user.id", string(names.DistinctIDKey), "posthog.ai.debug", "telemetry.sdk.language",
	string(names.SameCallKey),
	string(names.EventsKey), // messages, or nothing that can be read
	"posthog.geoip_disable",
}
