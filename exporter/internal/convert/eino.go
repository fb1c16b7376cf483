package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// eino is CloudWeGo's Eino with the callbacks for APMPlus. Every component has
// gen_ai.prompt.{i} and gen_ai.completion.{i}, and parameters that are zero when
// nobody set them; only the models are calls.
var eino = library{
	name:  "eino",
	marks: []string{"runinfo.*", "gen_ai.system=eino"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("gen_ai.session.id"), read: text},
	},
	after: []rule{
		{to: names.PropertyStream, fallback: keys("gen_ai.is_streaming"), read: boolean},
	},
	drop:       []string{"gen_ai.input", "gen_ai.output", "gen_ai.user.id"},
	parameters: []parameter{{"gen_ai.request.stop", "stop_sequences"}},
	zeroUnset:  true,
	finish:     finishEino,
}

// components is the convention that Eino follows, of spans that name the kind of
// a component, for others who follow it.
var components = library{
	marks:      []string{"gen_ai.span.kind"},
	before:     eino.before,
	after:      eino.after,
	drop:       eino.drop,
	parameters: eino.parameters,
	finish:     finishComponent,
}

func finishEino(c *conversion) {
	for _, property := range []string{names.PropertyTemperature, names.PropertyMaxTokens} {
		if p := c.get(property); p != nil && isZero(p.Value) {
			c.unset(property)
		}
	}
	c.consume(parameterKeys...)
	c.fillText(names.PropertyFramework, "eino")
	finishComponent(c)
}

func finishComponent(c *conversion) {
	input := c.indexedMessages("gen_ai.prompt.", traceloopMessage)
	output := c.indexedMessages("gen_ai.completion.", traceloopMessage)
	switch {
	case c.isSpan():
		c.stateFrom(names.PropertyInputState, "gen_ai.input")
		c.stateFrom(names.PropertyOutputState, "gen_ai.output")
		c.einoState(names.PropertyInputState, input)
		c.einoState(names.PropertyOutputState, output)
	case c.kind == names.EventEmbedding:
		c.einoState(names.PropertyInput, input) // the output is vectors
		c.einoProvider()
	default:
		c.fillInput(c.einoMessages(input))
		c.fillOutput(c.einoMessages(output))
		c.einoProvider()
	}
}

// einoProvider names the provider of a model, for which gen_ai.system has the
// framework.
func (c *conversion) einoProvider() {
	if p := c.get(names.PropertyProvider); p != nil && p.Value.AsString() == "eino" {
		c.setText(names.PropertyProvider, strings.ToLower(c.text("runinfo.type")))
	}
}

// einoState fills a state with the messages of a component: what the only one
// says, which is JSON, or all of them.
func (c *conversion) einoState(property string, messages []jsontree.Node) {
	if len(messages) == 0 {
		return
	}
	state := jsontree.Arr(messages...)
	if content := messages[0].Get("content"); len(messages) == 1 && content.Is(jsontree.String) {
		state = jsonOf(attribute.StringValue(content.Text))
	} else if len(messages) == 1 && content != nil {
		state = *content
	}
	c.fillState(property, &state)
}

// einoMessages replaces a message without a role, whose content is whole
// messages as JSON, by those.
func (c *conversion) einoMessages(messages []jsontree.Node) []jsontree.Node {
	var whole []jsontree.Node
	for i := range messages {
		m := &messages[i]
		content := m.Get("content")
		inner, ok := jsontree.ParseContainer(content.String())
		if content.Is(jsontree.Array) || content.Is(jsontree.Object) {
			inner, ok = *content, true
		}
		list := messagesOf(&inner, "assistant")
		if m.Get("role") != nil || !ok || len(list) == 0 {
			whole = append(whole, *m)
			continue
		}
		for j := range list {
			c.einoMeta(&list[j])
		}
		whole = append(whole, list...)
	}
	return whole
}

// einoMeta reads what a whole message tells about its call.
func (c *conversion) einoMeta(m *jsontree.Node) {
	meta := m.Get("response_meta")
	usage := meta.Get("usage")
	c.fillCount(names.PropertyInputTokens, usage.Get("prompt_tokens"))
	c.fillCount(names.PropertyOutputTokens, usage.Get("completion_tokens"))
	c.fillCount(names.PropertyCacheReadTokens, usage.Get("prompt_token_details").Get("cached_tokens"))
	c.fillCount(names.PropertyReasoningTokens, usage.Get("completion_token_details").Get("reasoning_tokens"))
	reason := meta.Get("finish_reason").String()
	m.Delete("response_meta")
	m.Delete("extra")
	if goodReason(reason) {
		m.Set("finish_reason", jsontree.Str(reason))
	}
}
