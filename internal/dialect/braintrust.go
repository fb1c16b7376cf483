package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// Attributes of Braintrust, each a JSON document.
const (
	braintrustInput      = attribute.Key("braintrust.input_json")
	braintrustOutput     = attribute.Key("braintrust.output_json")
	braintrustMetadata   = attribute.Key("braintrust.metadata")
	braintrustMetrics    = attribute.Key("braintrust.metrics")
	braintrustAttributes = attribute.Key("braintrust.span_attributes")
)

// braintrust matches Braintrust's SDKs by their JSON documents. Their other
// keys, such as braintrust.parent, can be on every span of a process.
var braintrust = library{
	name: "braintrust",
	matchers: []string{
		string(braintrustInput), string(braintrustOutput), string(braintrustMetadata), string(braintrustMetrics), string(braintrustAttributes),
	},
	ai:          []string{string(braintrustInput), string(braintrustMetrics)},
	overlay:     true,
	documents:   documents{input: braintrustInput, output: braintrustOutput, mendResponse: withChoices},
	drop:        []string{string(braintrustMetrics), string(braintrustAttributes)},
	kind:        kindRule{of: braintrustKind},
	postprocess: postprocessBraintrust,
}

func braintrustKind(c *Conversion) string {
	about, metrics, metadata := c.Parsed(braintrustAttributes), c.Parsed(braintrustMetrics), c.Parsed(braintrustMetadata)
	kind := about.Get("type").String()
	if kind == "" && (chat.FirstOfNames(&metrics, "prompt_tokens", "completion_tokens") != nil ||
		metadata.Get("model").String() != "" && metadata.Get("provider").String() != "") { // a failed call has no metrics
		kind = "llm"
	}
	switch {
	case kind == "":
		return ""
	case kind != "llm":
		return names.EventSpan
	case strings.HasSuffix(metadata.Get("endpoint").String(), "/embeddings"):
		return names.EventEmbedding
	}
	return names.EventGeneration
}

func postprocessBraintrust(c *Conversion) {
	about := c.Parsed(braintrustAttributes)
	c.FillText(names.PropertySpanName, about.Get("name").String())
	metrics := c.Parsed(braintrustMetrics)
	c.fillUsage(&metrics, braintrustUsage)
	c.fillNumber(names.PropertyTimeToFirstToken, metrics.Get("time_to_first_token"))
	cacheIncluded(c)
	if c.IsSpan() {
		return
	}
	metadata := c.Parsed(braintrustMetadata)
	c.Consume(braintrustMetadata)
	fillBraintrustMetadata(c, &metadata)
	if c.Kind == names.EventGeneration {
		c.prependSystem(metadata.Get("instructions").String())
	}
}

// braintrustUsage is the usage in the metrics. The prompt tokens include the
// cached ones.
var braintrustUsage = []count{
	{names.PropertyInputTokens, []string{"prompt_tokens"}},
	{names.PropertyOutputTokens, []string{"completion_tokens"}},
	{names.PropertyCacheReadTokens, []string{"prompt_cached_tokens"}},
	{names.PropertyCacheCreationTokens, []string{"prompt_cache_creation_tokens"}},
	{names.PropertyReasoningTokens, []string{"completion_reasoning_tokens", "thoughts_token_count"}},
	{names.PropertyAudioInputTokens, []string{"prompt_audio_tokens"}},
	{names.PropertyAudioOutputTokens, []string{"completion_audio_tokens"}},
}

// withChoices puts a list of choices where a response has them.
func withChoices(response *jsontree.Node) {
	if response.At(0).Get("message") != nil {
		*response = jsontree.Obj(jsontree.Member{Name: "choices", Value: *response})
	}
}

// fillBraintrustMetadata reads the metadata that Braintrust copies from request
// and response.
func fillBraintrustMetadata(c *Conversion, metadata *jsontree.Node) {
	c.FillText(names.PropertyModel, metadata.Get("model").String())
	c.FillText(names.PropertyProvider, metadata.Get("provider").String())
	c.FillText(names.PropertyCompletionID, metadata.Get("id").String())
	if why := chat.StopReason(metadata); chat.IsStopReason(why) {
		c.FillText(names.PropertyStopReason, why)
	}
	c.fillTools(metadata)
	c.fillParameters(pick(metadata, parameterNames))
}
