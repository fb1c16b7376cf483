package convert

import "github.com/otelposthog/otelposthog-go/semconv"

// generic takes the spans that no other library claims.
var generic = library{name: ""}

// genericRules map the attributes of the GenAI conventions. They apply to the
// spans of every library.
var genericRules = []rule{
	{to: semconv.PropertyInput, primary: keys(semconv.GenAIInputMessagesKey), read: document},
	{to: semconv.PropertyOutputChoices, primary: keys(semconv.GenAIOutputMessagesKey), read: document},
	{
		to: semconv.PropertyModel, primary: keys(semconv.GenAIResponseModelKey),
		fallback: keys(semconv.GenAIRequestModelKey), read: text,
	},
	{
		to: semconv.PropertyProvider, primary: keys(semconv.GenAIProviderNameKey),
		fallback: keys(semconv.GenAISystemKey), read: text,
	},
	{
		to: semconv.PropertyInputTokens, primary: keys(semconv.GenAIUsageInputTokensKey),
		fallback: keys(semconv.GenAIUsagePromptTokensKey), read: tokens,
	},
	{
		to: semconv.PropertyOutputTokens, primary: keys(semconv.GenAIUsageOutputTokensKey),
		fallback: keys(semconv.GenAIUsageCompletionTokensKey), read: tokens,
	},
	{
		to: semconv.PropertyCacheReadTokens, primary: keys(semconv.GenAIUsageCacheReadInputTokensKey),
		fallback: keys("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cached_input_tokens"), read: tokens,
	},
	{
		to:       semconv.PropertyCacheCreationTokens,
		primary:  keys(semconv.GenAIUsageCacheCreationInputTokensKey, semconv.GenAIUsageCacheWriteInputTokensKey),
		fallback: keys("gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens"), read: tokens,
	},
	{
		to:      semconv.PropertyReasoningTokens,
		primary: keys(semconv.GenAIUsageReasoningOutputTokensKey, semconv.GenAIUsageReasoningTokensKey), read: tokens,
	},
	{to: semconv.PropertyStopReason, fallback: keys(semconv.GenAIResponseFinishReasonsKey, "gen_ai.response.finish_reason"), read: reason},
	{to: semconv.PropertyCompletionID, primary: keys(semconv.GenAIResponseIDKey), read: text},
	{to: semconv.PropertyTools, primary: keys(semconv.GenAIToolDefinitionsKey), read: anything},
	{to: semconv.PropertyStream, primary: keys(semconv.GenAIRequestStreamKey), read: boolean},
	{to: semconv.PropertyTemperature, primary: keys(semconv.GenAIRequestTemperatureKey), read: number},
	{to: semconv.PropertyMaxTokens, primary: keys(semconv.GenAIRequestMaxTokensKey), read: tokens},
	{
		to:       semconv.PropertyTimeToFirstToken,
		primary:  keys(semconv.GenAIResponseTimeToFirstChunkKey, semconv.GenAIServerTimeToFirstTokenKey),
		fallback: keys("gen_ai.client.operation.time_to_first_chunk"), read: seconds,
	},
	{to: semconv.PropertyPromptName, primary: keys(semconv.GenAIPromptNameKey), read: text},
	{to: semconv.PropertyPromptVersion, primary: keys(semconv.GenAIPromptVersionKey), read: anything},
	{to: semconv.PropertyAILib, primary: keys("telemetry.sdk.name"), read: text},
	{to: semconv.PropertyAILibVersion, primary: keys("telemetry.sdk.version"), read: text},
	{to: semconv.PropertyAISessionID, fallback: keys(semconv.GenAIConversationIDKey), read: text, keep: true},
}

// genericDrops never pass through: they have done their work, or say nothing
// about the call.
var genericDrops = []string{
	string(semconv.GenAIOperationNameKey), "llm.request.type",
	"user.id", string(semconv.DistinctIDKey), "posthog.ai.debug", "telemetry.sdk.language",
	string(semconv.SameCallKey),
	string(semconv.EventsKey), // messages, or nothing that can be read
	"posthog.geoip_disable",
}
