package dialect

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
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
	name:           "adk",
	matchers:       []string{"gcp.vertex.agent.*"},
	reasoningApart: true, // as in Gemini's own usage
	ai:             []string{"gcp.vertex.agent.*"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("gcp.vertex.agent.session_id"), read: attr.Text},
	},
	drop:        []string{string(adkRequest), string(adkResponse), string(adkArguments), string(adkToolResponse), "gcp.vertex.agent.event_id"},
	kind:        kindRule{of: adkKind},
	postprocess: postprocessADK,
}

// adkKind recognises the calls of the JavaScript and Python kits, which have no
// operation name.
func adkKind(c *Conversion) string {
	if c.Span.Name() == "call_llm" {
		return names.EventGeneration
	}
	return ""
}

func postprocessADK(c *Conversion) {
	if c.Kind == names.EventGeneration {
		c.FillText(names.PropertyProvider, adkProvider)
		adkCall(c)
		return
	}
	// A pseudo tool groups several tools that ran concurrently. Each of them
	// has its own span with the same content.
	if c.Text(names.GenAIToolNameKey) == adkMergedTools {
		c.Consume(names.GenAIToolNameKey, names.GenAIToolCallIDKey, "gen_ai.tool.description")
		return
	}
	for _, state := range []struct {
		property string
		key      attribute.Key
	}{{names.PropertyInputState, adkArguments}, {names.PropertyOutputState, adkToolResponse}} {
		if n := c.Parsed(state.key); n.String() != "N/A" && n.String() != "<not specified>" {
			c.fillState(state.property, &n)
		}
	}
}

func adkCall(c *Conversion) {
	request, response := c.Parsed(adkRequest), c.Parsed(adkResponse)
	c.FillText(names.PropertyModel, request.Get("model").String())
	c.fillRequest(&request)
	c.fillParameters(pick(request.Get("config"), parameterNames))
	if response.Get("content") != nil {
		c.fillResponse(&response)
	}
	c.FillText(names.PropertyStopReason, chat.FirstOfNames(&response, "finishReason", "finish_reason").String())
	usage := chat.FirstOfNames(&response, "usageMetadata", "usage_metadata")
	c.fillUsage(usage, geminiUsage)
	geminiModalities(c, usage)

	// The span status stays unset on errors.
	code := chat.TextOf(chat.FirstOfNames(&response, "errorCode", "error_code"))
	message := chat.TextOf(chat.FirstOfNames(&response, "errorMessage", "error_message"))
	if code == "" && message == "" {
		return
	}
	c.fail(JoinError(code, message))
	if status, err := strconv.ParseInt(code, 10, 64); err == nil && status >= 400 && status <= 599 {
		c.Fill(prop.Any(names.PropertyHTTPStatus, attribute.Int64Value(status)))
	}
}

// geminiUsage is the usage in a response of Gemini.
var geminiUsage = []count{
	{names.PropertyInputTokens, []string{"promptTokenCount", "prompt_token_count"}},
	{names.PropertyOutputTokens, []string{"candidatesTokenCount", "candidates_token_count"}},
	{names.PropertyCacheReadTokens, []string{"cachedContentTokenCount", "cached_content_token_count"}},
	{names.PropertyReasoningTokens, []string{"thoughtsTokenCount", "thoughts_token_count"}},
}

// geminiModalities fills the audio and image tokens from Gemini's lists of
// {"modality", "tokenCount"}.
func geminiModalities(c *Conversion, usage *jsontree.Node) {
	for _, m := range []struct{ names, modality, property string }{
		{"promptTokensDetails", "AUDIO", names.PropertyAudioInputTokens},
		{"promptTokensDetails", "IMAGE", names.PropertyImageInputTokens},
		{"candidatesTokensDetails", "AUDIO", names.PropertyAudioOutputTokens},
		{"candidatesTokensDetails", "IMAGE", names.PropertyImageOutputTokens},
		{"cacheTokensDetails", "AUDIO", names.PropertyCacheReadAudioTokens},
	} {
		details := chat.FirstOfNames(usage, m.names, snake(m.names))
		if details == nil {
			continue
		}
		for i := range details.Items {
			d := &details.Items[i]
			if strings.EqualFold(d.Get("modality").String(), m.modality) {
				c.fillCount(m.property, chat.FirstOfNames(d, "tokenCount", "token_count"))
			}
		}
	}
}

// snake returns the Python spelling of a name in JavaScript's.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if 'A' <= r && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
