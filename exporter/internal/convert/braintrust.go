package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

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

// braintrust is Braintrust's SDKs. Other keys of theirs, such as
// braintrust.parent, can sit on every span of a process.
var braintrust = library{
	name: "braintrust",
	marks: []string{
		string(braintrustInput), string(braintrustOutput), string(braintrustMetadata), string(braintrustMetrics), string(braintrustAttributes),
	},
	rides:  true,
	drop:   []string{string(braintrustInput), string(braintrustOutput), string(braintrustMetrics), string(braintrustAttributes)},
	kind:   braintrustKind,
	finish: finishBraintrust,
}

func braintrustKind(c *conversion) string {
	attributes, metrics, metadata := c.parsed(braintrustAttributes), c.parsed(braintrustMetrics), c.parsed(braintrustMetadata)
	kind := attributes.Get("type").String()
	if kind == "" && (firstOfNames(&metrics, "prompt_tokens", "completion_tokens") != nil ||
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

func finishBraintrust(c *conversion) {
	attributes := c.parsed(braintrustAttributes)
	c.fillText(names.PropertySpanName, attributes.Get("name").String())
	metrics := c.parsed(braintrustMetrics)
	c.braintrustMetrics(&metrics)
	if c.isSpan() {
		c.stateFrom(names.PropertyInputState, braintrustInput)
		c.stateFrom(names.PropertyOutputState, braintrustOutput)
		return
	}
	metadata := c.parsed(braintrustMetadata)
	c.consume(braintrustMetadata)
	c.braintrustMetadata(&metadata)
	if c.kind == names.EventEmbedding { // the output is vectors
		c.stateFrom(names.PropertyInput, braintrustInput)
		return
	}
	input, output := c.parsed(braintrustInput), c.parsed(braintrustOutput)
	c.fillRequest(&input)
	c.prependSystem(metadata.Get("instructions").String())
	if output.At(0).Get("message") != nil { // a list of choices
		output = jsontree.Obj(jsontree.Member{Name: "choices", Value: output})
	}
	c.fillResponse(&output)
}

// braintrustMetrics reads the usage. The prompt tokens include the cached ones.
func (c *conversion) braintrustMetrics(metrics *jsontree.Node) {
	c.fillCount(names.PropertyInputTokens, metrics.Get("prompt_tokens"))
	c.fillCount(names.PropertyOutputTokens, metrics.Get("completion_tokens"))
	c.fillCount(names.PropertyCacheReadTokens, metrics.Get("prompt_cached_tokens"))
	c.fillCount(names.PropertyCacheCreationTokens, metrics.Get("prompt_cache_creation_tokens"))
	c.fillCount(names.PropertyReasoningTokens, metrics.Get("completion_reasoning_tokens"), metrics.Get("thoughts_token_count"))
	c.fillNumber(names.PropertyTimeToFirstToken, metrics.Get("time_to_first_token"))
	c.cacheIncluded()
}

// braintrustMetadata reads what Braintrust copies from request and response.
func (c *conversion) braintrustMetadata(metadata *jsontree.Node) {
	c.fillText(names.PropertyModel, metadata.Get("model").String())
	c.fillText(names.PropertyProvider, metadata.Get("provider").String())
	c.fillText(names.PropertyCompletionID, metadata.Get("id").String())
	if why := endOf(metadata); goodReason(why) {
		c.fillText(names.PropertyStopReason, why)
	}
	c.fillTools(metadata)
	c.fillParameters(pick(metadata, parameterNames))
}
