package dialect

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Attributes of LangSmith.
const (
	langsmithUsage         = attribute.Key("langsmith.usage_metadata")
	langsmithRunUsage      = attribute.Key("langsmith.metadata.usage_metadata")
	langsmithInputDetails  = attribute.Key("gen_ai.usage.input_token_details")
	langsmithOutputDetails = attribute.Key("gen_ai.usage.output_token_details")
	langsmithParameters    = attribute.Key("langsmith.metadata.ls_invocation_params")
)

// langsmith is LangSmith's SDKs, which also add attributes to spans of Vercel's
// AI SDK.
var langsmith = library{
	name:     "langsmith",
	matchers: []string{"langsmith.*"},
	ai:       []string{"langsmith.span.kind"},
	// Its operation name is "embeddings" on a retriever and "chat" on a prompt template.
	kind:    kindRule{key: "langsmith.span.kind", rank: 3, generation: words{"llm"}, embedding: words{"embedding"}},
	overlay: true,
	before: []rule{
		{to: names.PropertySpanName, primary: keys("langsmith.trace.name"), read: attr.Text},
		{
			to: names.PropertyAISessionID,
			fallback: keys("langsmith.metadata.$ai_session_id", "langsmith.metadata.session_id",
				"langsmith.metadata.thread_id", "langsmith.metadata.conversation_id"), read: attr.Text,
		},
	},
	after: []rule{
		{to: names.PropertyModel, fallback: keys("langsmith.metadata.ls_model_name"), read: attr.Text},
		{to: names.PropertyProvider, fallback: keys("langsmith.metadata.ls_provider"), read: attr.Text},
		{to: names.PropertyTemperature, fallback: keys("langsmith.metadata.ls_temperature"), read: attr.Number},
		{to: names.PropertyMaxTokens, fallback: keys("langsmith.metadata.ls_max_tokens"), read: attr.Tokens},
		{to: names.PropertyStopReason, fallback: keys("langsmith.metadata.stop_reason"), read: attr.Reason},
		{to: names.PropertyServiceTier, fallback: keys("langsmith.metadata.service_tier"), read: attr.Text},
	},
	// The metadata holds the environment of the process, which must not leave
	// it; the other keys are bookkeeping, or were read.
	drop: []string{
		"langsmith.metadata.LANGSMITH_*", "langsmith.metadata.LANGCHAIN_*",
		"langsmith.span.kind", "langsmith.span.parent_id", "langsmith.span.id", "langsmith.is_root", "langsmith.traceable*",
		string(langsmithUsage), string(langsmithRunUsage), string(langsmithInputDetails), string(langsmithOutputDetails),
		string(langsmithParameters),
	},
	postprocess: postprocessLangSmith,
}

func postprocessLangSmith(c *Conversion) {
	for _, key := range keys(langsmithUsage, langsmithRunUsage) {
		if usage, ok := c.Tree(key); ok {
			c.fillCount(names.PropertyInputTokens, usage.Get("input_tokens"))
			c.fillCount(names.PropertyOutputTokens, usage.Get("output_tokens"))
			langsmithDetails(c, usage.Get("input_token_details"), usage.Get("output_token_details"))
		}
	}
	input, output := c.Parsed(langsmithInputDetails), c.Parsed(langsmithOutputDetails)
	langsmithDetails(c, &input, &output)
	if n, ok := c.Tree(langsmithParameters); ok && !c.IsSpan() {
		c.fillTools(&n)
		c.fillParameters(pick(&n, parameterNames))
	}
	// The SDKs set the status to OK when a run ends, however it ended.
	if _, ok := LastException(c.Span.Events()); ok && c.Span.Status().Code == codes.Ok {
		c.fail("")
	}
}

// langsmithDetails reads the details of the token counts.
func langsmithDetails(c *Conversion, input, output *jsontree.Node) {
	c.fillCount(names.PropertyCacheReadTokens, input.Get("cache_read"))
	c.fillCount(names.PropertyReasoningTokens, output.Get("reasoning"))
	c.fillCount(names.PropertyAudioInputTokens, input.Get("audio"))
	c.fillCount(names.PropertyAudioOutputTokens, output.Get("audio"))
	short, hasShort := countOf(input.Get("ephemeral_5m_input_tokens"))
	long, hasLong := countOf(input.Get("ephemeral_1h_input_tokens"))
	created, hasCreated := countOf(input.Get("cache_creation"))
	if !hasCreated || created == 0 {
		created, hasCreated = short+long, hasShort || hasLong
	}
	if !hasCreated {
		return
	}
	c.Fill(prop.Any(names.PropertyCacheCreationTokens, attribute.Int64Value(created)))
	if total, _ := c.Count(names.PropertyCacheCreationTokens); total == short+long {
		c.fillCacheLifetimes(short, long)
	}
}
