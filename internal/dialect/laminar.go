package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// laminar is Laminar (lmnr). Its LLM spans come from OpenLLMetry or from its
// own instrumentations, which follow several generations of the conventions.
var laminar = library{
	name:     "laminar",
	matchers: []string{"lmnr.*"},
	ai:       []string{"lmnr.span.type"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("lmnr.association.properties.session_id"), read: attr.Text},
	},
	after: []rule{
		{to: names.PropertyReasoningTokens, fallback: keys("gen_ai.usage.reasoning_output_tokens"), read: attr.Tokens},
	},
	// Laminar's internal data about its SDK and the position in its tree.
	drop: []string{
		"lmnr.internal.*", "lmnr.span.*", "lmnr.association.properties.user_id", "lmnr.association.properties.trace_type",
		"llm.usage.total_tokens",
	},
	kind:        kindRule{of: laminarKind},
	postprocess: postprocessLaminar,
	overlay:     true,
}

// laminarKind uses Laminar's span type, which is LLM on all of Vercel's spans
// that involve a model.
func laminarKind(c *Conversion) string {
	switch c.Text("ai.operation") {
	case "ai.embed", "ai.embedMany":
		return names.EventEmbedding
	case "ai.rerank":
		return names.EventSpan
	}
	switch strings.ToLower(c.Text("lmnr.span.type")) {
	case "llm":
		return names.EventGeneration
	case "embedding":
		return names.EventEmbedding
	}
	return ""
}

func postprocessLaminar(c *Conversion) {
	laminarMessages(c)
	c.fillDocuments(&documents{input: "lmnr.span.input", output: "lmnr.span.output"})
}

// laminarMessage is a message of the instrumentation for Stagehand, which nests
// the tool calls of an answer one level deeper than others.
var laminarMessage = shape{
	fields: traceloopMessage.fields,
	lists:  append([]flatList{{"message.tool_calls", "tool_calls", shape{others: true}}}, traceloopMessage.lists...),
}

// laminarMessages fills input and output with messages that are flattened by
// index. In those for Stagehand, every value is JSON, even plain text.
func laminarMessages(c *Conversion) {
	c.fillInput(laminarIndexed(c, "gen_ai.prompt."))
	traceloopOutput(c, laminarIndexed(c, "gen_ai.completion."))
	if tools := jsontree.Arr(c.unflatten("llm.request.functions.", traceloopFunction)...); len(tools.Items) > 0 {
		c.FillTree(names.PropertyTools, &tools)
	}
}

func laminarIndexed(c *Conversion, prefix string) []jsontree.Node {
	messages := c.indexedMessages(prefix, laminarMessage)
	for i := range messages {
		unquote(messages[i].Get("content"))
		if calls := messages[i].Get("tool_calls"); calls != nil {
			for j := range calls.Items {
				unquote(calls.Items[j].Get("arguments"))
				calls.Items[j] = chat.AsToolCall(&calls.Items[j])
			}
		}
	}
	return messages
}

// unquote decodes a text that is a JSON string.
func unquote(n *jsontree.Node) {
	if n.Is(jsontree.String) {
		if inner := attr.JSON(attribute.StringValue(n.Text)); inner.Is(jsontree.String) {
			n.Text = inner.Text
		}
	}
}
