package dialect

import (
	"slices"

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

// generations and embeddings are the operation names of calls in all spellings.
// "responses" and "messages" are the chat APIs of OpenAI and Anthropic,
// llm_call is Gemini CLI's name of a call.
var (
	generations = words{
		"?chat", "?completion", "?completions", "?chatcompletion", "?chatcompletions", "?textcompletion", "?textcompletions",
		"?generatecontent", "?generatecontentstream", "?responses", "?messages", "?anthropicmessages", "llmcall",
	}
	embeddings = words{"?embedding", "?embeddings"}
)

// genericRules map the attributes of the GenAI conventions and similar
// attributes of libraries. They apply to the spans of every library.
var genericRules = slices.Concat(callRules, usageRules, detailRules)

var callRules = []rule{
	{
		to: names.PropertyInput, primary: keys(names.GenAIInputMessagesKey),
		fallback: keys("gen_ai.chat.input_messages"), read: attr.Document, // Bifrost's first versions
	},
	{
		to: names.PropertyOutputChoices, primary: keys(names.GenAIOutputMessagesKey),
		fallback: keys("gen_ai.chat.output_messages"), read: attr.Document,
	},
	{
		to: names.PropertyModel, primary: keys(names.GenAIResponseModelKey),
		fallback: keys(names.GenAIRequestModelKey, "gen_ai.chat.model"), read: attr.Text,
	},
	{
		to: names.PropertyProvider, primary: keys(names.GenAIProviderNameKey),
		fallback: keys(names.GenAISystemKey, "gen_ai.model.provider"), read: attr.Text, // the last is Cloudflare's
	},
}

var detailRules = []rule{
	{to: names.PropertyStopReason, fallback: keys(names.GenAIResponseFinishReasonsKey, "gen_ai.response.finish_reason"), read: attr.Reason},
	{
		to: names.PropertyCompletionID, primary: keys(names.GenAIResponseIDKey),
		fallback: keys("gen_ai.completion.id", "gen_ai.chat.id"), read: attr.Text,
	},
	{to: names.PropertyTools, primary: keys(names.GenAIToolDefinitionsKey), read: attr.Document},
	{to: names.PropertyStream, primary: keys(names.GenAIRequestStreamKey), read: attr.Boolean},
	{to: names.PropertyTemperature, primary: keys(names.GenAIRequestTemperatureKey), read: attr.Number},
	{to: names.PropertyMaxTokens, primary: keys(names.GenAIRequestMaxTokensKey), read: attr.Tokens},
	{
		to:      names.PropertyTimeToFirstToken,
		primary: keys(names.GenAIResponseTimeToFirstChunkKey, names.GenAIServerTimeToFirstTokenKey),
		fallback: keys("gen_ai.client.operation.time_to_first_chunk", "gen_ai.latency.time_to_first_token", "metrics.ttfb",
			"lk.response.ttft"), read: attr.Seconds,
	},
	{to: names.PropertyTimeToFirstToken, fallback: keys("ttft_ms"), read: attr.Milliseconds},
	{to: names.PropertyPromptName, primary: keys(names.GenAIPromptNameKey), read: attr.Text},
	{to: names.PropertyPromptVersion, primary: keys(names.GenAIPromptVersionKey), read: attr.Anything},
	{to: names.PropertyAILib, primary: keys("telemetry.sdk.name"), read: attr.Text},
	{to: names.PropertyAILibVersion, primary: keys("telemetry.sdk.version"), read: attr.Text},
	{to: names.PropertyAISessionID, fallback: keys(names.GenAIConversationIDKey), read: attr.Text, keep: true},
	{to: names.PropertyAISessionID, fallback: keys("gen_ai.session.id"), read: attr.Text}, // Eino's, Dify's
	{to: names.PropertyFramework, fallback: keys("gen_ai.framework"), read: attr.Text},
	{to: names.PropertyInputState, fallback: keys("gen_ai.retrieval.query.text", "gen_ai.memory.query.text"), read: attr.Document},
	{to: names.PropertyOutputState, fallback: keys("gen_ai.retrieval.documents", "gen_ai.memory.records"), read: attr.Document},
}

// genericDrops never pass through: other rules have used them, or they say
// nothing about the call.
var genericDrops = []string{
	string(names.GenAIOperationNameKey), "llm.request.type",
	"user.id", string(session.DistinctIDKey), "posthog.ai.debug", "telemetry.sdk.language",
	string(names.SameCallKey),
	string(names.EventsKey), // messages, or nothing that can be read
	"posthog.geoip_disable",
}
