package convert

import (
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Attributes of Google's Agent Development Kit.
const (
	adkRequest      = attribute.Key("gcp.vertex.agent.llm_request")
	adkResponse     = attribute.Key("gcp.vertex.agent.llm_response")
	adkArguments    = attribute.Key("gcp.vertex.agent.tool_call_args")
	adkToolResponse = attribute.Key("gcp.vertex.agent.tool_response")
	adkProvider     = "gcp.vertex.agent"
	adkMergedTools  = "(merged tools)"
)

// adk is Google's Agent Development Kit, with its documents in Gemini's shape.
var adk = library{
	name:  "adk",
	marks: []string{"gcp.vertex.agent.*"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("gcp.vertex.agent.session_id"), read: text},
	},
	drop:   []string{string(adkRequest), string(adkResponse), string(adkArguments), string(adkToolResponse)},
	kind:   adkKind,
	finish: finishADK,
}

// adkKind knows the calls of the JavaScript and Python kits, which name no
// operation.
func adkKind(c *conversion) string {
	if c.span.Name() == "call_llm" {
		return names.EventGeneration
	}
	return ""
}

func finishADK(c *conversion) {
	if c.kind == names.EventGeneration {
		c.fillText(names.PropertyProvider, adkProvider)
		c.adkCall()
		return
	}
	// A pseudo tool stands for several tools that ran at a time; each of them
	// has a span of its own with the same content.
	if c.text(names.GenAIToolNameKey) == adkMergedTools {
		c.consume(names.GenAIToolNameKey, names.GenAIToolCallIDKey, "gen_ai.tool.description")
		return
	}
	for _, state := range []struct {
		property string
		key      attribute.Key
	}{{names.PropertyInputState, adkArguments}, {names.PropertyOutputState, adkToolResponse}} {
		if n := c.parsed(state.key); n.String() != "N/A" && n.String() != "<not specified>" {
			c.fillState(state.property, &n)
		}
	}
}

func (c *conversion) adkCall() {
	request, response := c.parsed(adkRequest), c.parsed(adkResponse)
	c.fillText(names.PropertyModel, request.Get("model").String())
	c.fillRequest(&request)
	c.fillParameters(pick(request.Get("config"), parameterNames))
	if response.Get("content") != nil {
		c.fillResponse(&response)
	}
	c.fillText(names.PropertyStopReason, firstOfNames(&response, "finishReason", "finish_reason").String())
	c.geminiUsage(firstOfNames(&response, "usageMetadata", "usage_metadata"))

	// The status of the span does not tell of errors.
	code := textOf(firstOfNames(&response, "errorCode", "error_code"))
	message := textOf(firstOfNames(&response, "errorMessage", "error_message"))
	if code == "" && message == "" {
		return
	}
	c.fail(joinError(code, message))
	if status, err := strconv.ParseInt(code, 10, 64); err == nil && status >= 400 && status <= 599 {
		c.fill(prop.Any(names.PropertyHTTPStatus, attribute.Int64Value(status)))
	}
}

// geminiUsage reads the usage of a Gemini response.
func (c *conversion) geminiUsage(usage *jsontree.Node) {
	c.fillCount(names.PropertyInputTokens, usage.Get("promptTokenCount"), usage.Get("prompt_token_count"))
	c.fillCount(names.PropertyOutputTokens, usage.Get("candidatesTokenCount"), usage.Get("candidates_token_count"))
	c.fillCount(names.PropertyCacheReadTokens, usage.Get("cachedContentTokenCount"), usage.Get("cached_content_token_count"))
	c.fillCount(names.PropertyReasoningTokens, usage.Get("thoughtsTokenCount"), usage.Get("thoughts_token_count"))
}
