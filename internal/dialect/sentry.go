package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// Attributes of Sentry.
const (
	sentryText      = attribute.Key("gen_ai.response.text")
	sentryToolCalls = attribute.Key("gen_ai.response.tool_calls")
)

// sentry is Sentry's SDKs, which extend the GenAI conventions with sentry.*
// attributes. They also add attributes to spans of Vercel's AI SDK.
var sentry = library{
	name:     "sentry",
	matchers: []string{"sentry.*", string(sentryText), string(sentryToolCalls), "gen_ai.request.messages", "gen_ai.request.available_tools"},
	overlay:  true,
	after: []rule{
		{to: names.PropertyInput, fallback: keys("gen_ai.request.messages", "gen_ai.embeddings.input"), read: attr.Anything},
		{to: names.PropertyTools, fallback: keys("gen_ai.request.available_tools"), read: attr.Anything},
		{to: names.PropertyStopReason, fallback: keys("gen_ai.response.stop_reason"), read: attr.Reason},
		{to: names.PropertyStream, fallback: keys("gen_ai.response.streaming"), read: attr.Boolean},
		{to: names.PropertyCacheReadTokens, fallback: keys("gen_ai.usage.input_tokens.cached"), read: attr.Tokens},
		{to: names.PropertyCacheCreationTokens, fallback: keys("gen_ai.usage.input_tokens.cache_write"), read: attr.Tokens},
		{to: names.PropertyReasoningTokens, fallback: keys("gen_ai.usage.output_tokens.reasoning"), read: attr.Tokens},
		{to: names.PropertyInputState, fallback: keys("gen_ai.tool.input"), read: attr.Anything},
		{to: names.PropertyOutputState, fallback: keys("gen_ai.tool.output"), read: attr.Anything},
	},
	drop: []string{
		"sentry.op", "gen_ai.function_id", "sentry.origin", "sentry.sample_rate", "sentry.sdk_meta.*", string(sentryText), string(sentryToolCalls),
	},
	kind:        kindRule{of: sentryKind},
	postprocess: postprocessSentry,
}

// sentryKind uses sentry.op.
func sentryKind(c *Conversion) string {
	if operation, ok := strings.CutPrefix(c.Text("sentry.op"), "gen_ai."); ok {
		return generic.kind.event(operation)
	}
	return ""
}

// postprocessSentry makes messages of the answer: one for each text, the first of
// which has the tool calls.
func postprocessSentry(c *Conversion) {
	texts := []string{c.Text(sentryText)}
	if n, ok := c.Tree(sentryText); ok {
		if list := textsIn(&n); list != nil {
			texts = list
		} else if texts[0] == "" { // a structured value
			texts[0] = n.JSON()
		}
	}
	called, _ := c.Tree(sentryToolCalls)
	calls := chat.ToolCalls(&called)
	var messages []jsontree.Node
	for i, text := range texts {
		if text == "" && (i > 0 || len(calls.Items) == 0) {
			continue
		}
		m := chat.Message("assistant", text)
		if i == 0 && len(calls.Items) > 0 {
			m.Set("tool_calls", calls)
		}
		messages = append(messages, m)
	}
	c.fillOutput(messages)
	cacheIncluded(c)
}

// textsIn returns the texts of a list that holds only texts.
func textsIn(document *jsontree.Node) []string {
	var list []string
	if document == nil {
		return nil
	}
	for i := range document.Items {
		if !document.Items[i].Is(jsontree.String) {
			return nil
		}
		list = append(list, document.Items[i].Text)
	}
	return list
}
