package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// eino is CloudWeGo's Eino with the callbacks for APMPlus. Every component has
// gen_ai.prompt.{i} and gen_ai.completion.{i}, and parameters that are zero if
// unset; only the models are calls.
var eino = library{
	name:     "eino",
	matchers: []string{"runinfo.*", "gen_ai.system=eino"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("gen_ai.session.id"), read: attr.Text},
	},
	after: []rule{
		{to: names.PropertyStream, fallback: keys("gen_ai.is_streaming"), read: attr.Boolean},
	},
	drop: []string{
		"gen_ai.input", "gen_ai.output", "gen_ai.user.id", "gen_ai.span.kind", "runinfo.type", "runinfo.component", "apmplus.business_type",
	},
	parameters:  []parameter{{"gen_ai.request.stop", "stop_sequences"}},
	zeroUnset:   true,
	postprocess: postprocessEino,
}

// components handles other libraries with Eino's convention: spans that name
// the kind of a component.
var components = library{
	matchers: []string{"gen_ai.span.kind"},
	kind: kindRule{
		key:        "gen_ai.span.kind",
		generation: words{"chatmodel", "agenticmodel", "chat", "llm"}, embedding: words{"embedding"},
	},
	before:      eino.before,
	after:       eino.after,
	drop:        eino.drop,
	parameters:  eino.parameters,
	postprocess: postprocessComponent,
}

func postprocessEino(c *Conversion) {
	for _, property := range []string{names.PropertyTemperature, names.PropertyMaxTokens} {
		if p := c.Get(property); p != nil && isZero(p.Value) {
			c.Unset(property)
		}
	}
	c.Consume(parameterKeys...)
	c.FillText(names.PropertyFramework, "eino")
	postprocessComponent(c)
}

func postprocessComponent(c *Conversion) {
	input := c.indexedMessages("gen_ai.prompt.", traceloopMessage)
	output := c.indexedMessages("gen_ai.completion.", traceloopMessage)
	switch {
	case c.IsSpan():
		c.stateFrom(names.PropertyInputState, "gen_ai.input")
		c.stateFrom(names.PropertyOutputState, "gen_ai.output")
		einoState(c, names.PropertyInputState, input)
		einoState(c, names.PropertyOutputState, output)
	case c.Kind == names.EventEmbedding:
		einoState(c, names.PropertyInput, input) // the output is vectors
		einoProvider(c)
	default:
		c.fillInput(einoMessages(c, input))
		c.fillOutput(einoMessages(c, output))
		einoProvider(c)
	}
}

// einoProvider sets the provider of a model, because gen_ai.system holds the
// framework.
func einoProvider(c *Conversion) {
	if p := c.Get(names.PropertyProvider); p != nil && p.Value.AsString() == "eino" {
		c.SetText(names.PropertyProvider, strings.ToLower(c.Text("runinfo.type")))
	}
}

// einoState fills a state with the messages of a component: the JSON content of
// a single message, or all messages.
func einoState(c *Conversion, property string, messages []jsontree.Node) {
	if len(messages) == 0 {
		return
	}
	state := jsontree.Arr(messages...)
	if content := messages[0].Get("content"); len(messages) == 1 && content.Is(jsontree.String) {
		state = attr.JSON(attribute.StringValue(content.Text))
	} else if len(messages) == 1 && content != nil {
		state = *content
	}
	c.fillState(property, &state)
}

// einoMessages unpacks a message without a role whose content is a JSON list of
// messages.
func einoMessages(c *Conversion, messages []jsontree.Node) []jsontree.Node {
	var whole []jsontree.Node
	for i := range messages {
		m := &messages[i]
		content := m.Get("content")
		inner, ok := jsontree.ParseContainer(content.String())
		if content.Is(jsontree.Array) || content.Is(jsontree.Object) {
			inner, ok = *content, true
		}
		list := chat.Messages(&inner, "assistant")
		if m.Get("role") != nil || !ok || len(list) == 0 {
			whole = append(whole, *m)
			continue
		}
		for j := range list {
			einoMeta(c, &list[j])
		}
		whole = append(whole, list...)
	}
	return whole
}

var einoUsage = []count{
	{names.PropertyInputTokens, []string{"prompt_tokens"}},
	{names.PropertyOutputTokens, []string{"completion_tokens"}},
	{names.PropertyCacheReadTokens, []string{"prompt_token_details.cached_tokens"}},
	{names.PropertyReasoningTokens, []string{"completion_token_details.reasoning_tokens"}},
}

// einoMeta reads the data about the call in a whole message.
func einoMeta(c *Conversion, m *jsontree.Node) {
	meta := m.Get("response_meta")
	c.fillUsage(meta.Get("usage"), einoUsage)
	reason := meta.Get("finish_reason").String()
	m.Delete("response_meta")
	m.Delete("extra")
	if chat.IsStopReason(reason) {
		m.Set("finish_reason", jsontree.Str(reason))
	}
}
