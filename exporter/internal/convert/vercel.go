package convert

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// vercelAI is the AI SDK of Vercel, versions 4 to 6, and 7 where it adds its
// own attributes to those of the GenAI conventions.
var vercelAI = library{
	name:  "vercel-ai",
	marks: []string{"ai.*", "eve.*"},
	before: []rule{
		{to: names.PropertyStopReason, fallback: keys("ai.response.finishReason"), read: reason},
		{
			to: names.PropertyAISessionID,
			fallback: keys("ai.telemetry.metadata.$ai_session_id", "ai.settings.context.$ai_session_id",
				"eve.session.id"), read: text,
		},
		{
			to:       names.PropertyPromptName,
			fallback: keys("ai.telemetry.metadata.$ai_prompt_name", "ai.settings.context.$ai_prompt_name"), read: text,
		},
		{
			to:       names.PropertyPromptVersion,
			fallback: keys("ai.telemetry.metadata.$ai_prompt_version", "ai.settings.context.$ai_prompt_version"), read: version,
		},
	},
	after: []rule{
		{to: names.PropertyInput, fallback: keys("ai.prompt.messages"), read: anything},
		{to: names.PropertyModel, fallback: keys("ai.response.model", "ai.model.id"), read: text},
		{to: names.PropertyProvider, fallback: keys("ai.model.provider"), read: text},
		{to: names.PropertyInputTokens, fallback: keys("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"), read: tokens},
		{to: names.PropertyOutputTokens, fallback: keys("ai.usage.outputTokens", "ai.usage.completionTokens"), read: tokens},
		{
			to:       names.PropertyCacheReadTokens,
			fallback: keys("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"), read: tokens,
		},
		{to: names.PropertyCacheCreationTokens, fallback: keys("ai.usage.inputTokenDetails.cacheWriteTokens"), read: tokens},
		{
			to:       names.PropertyReasoningTokens,
			fallback: keys("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"), read: tokens,
		},
		{to: names.PropertyTimeToFirstToken, fallback: keys("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"), read: milliseconds},
		{to: names.PropertyCompletionID, fallback: keys("ai.response.id"), read: text},
		{to: names.PropertyTemperature, fallback: keys("ai.settings.temperature"), read: number},
		{to: names.PropertyMaxTokens, fallback: keys("ai.settings.maxOutputTokens", "ai.settings.maxTokens"), read: tokens},
		{to: "functionId", fallback: keys("ai.telemetry.functionId"), read: text},
	},
	// Whatever no rule took must not leave: embedding vectors, request headers
	// and metadata, which can hold secrets.
	drop:   []string{"ai.*"},
	finish: finishVercel,
	rides:  true, // on spans that Traceloop's SDK has marked as its own
}

// version reads the version of a prompt: a text, or a number but zero.
func version(v attribute.Value) (attribute.Value, bool) {
	if v.Type() == attribute.STRING {
		return text(v)
	}
	f, ok := floatOf(v)
	return v, ok && f != 0
}

// metadataPrefixes are where users of the SDK put metadata, older and newer.
var metadataPrefixes = []string{"ai.telemetry.metadata.", "ai.settings.context."}

func finishVercel(c *conversion) {
	if c.lib.name == "vercel-ai" {
		c.fillText(names.PropertyFramework, "vercel")
	}
	c.vercelInput()
	c.vercelOutput()
	c.fillTexts(names.PropertyTools, "ai.prompt.tools")
	c.vercelTextTokens()
	c.vercelMetadata()
	operation := c.text("ai.operationId")
	if operation == "ai.toolCall" {
		c.setText(names.PropertySpanName, c.text("ai.toolCall.name"))
		c.fillJSON(names.PropertyInputState, "ai.toolCall.args")
		c.fillJSON(names.PropertyOutputState, "ai.toolCall.result")
	}
	switch operation {
	case "ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject":
		c.vercelTop()
	default:
		if c.kind == names.EventTrace {
			c.vercelTop()
		}
	}
}

// vercelInput finds the input where the call has no message list: in the
// prompt that the user gave, or in the texts to embed.
func (c *conversion) vercelInput() {
	c.fillInput(promptMessages(c.parsed("ai.prompt")))
	for _, key := range keys("ai.values", "ai.value") {
		c.fillTexts(names.PropertyInput, key)
	}
}

// promptMessages flattens a prompt: a list of messages, a text, or an object
// with a system prompt and either of the two.
func promptMessages(prompt jsontree.Node) []jsontree.Node {
	switch prompt.Kind {
	case jsontree.Array:
		return prompt.Items
	case jsontree.String:
		return []jsontree.Node{chatMessage("user", prompt.Text)}
	case jsontree.Object:
		var messages []jsontree.Node
		if system := prompt.Get("system"); system != nil && system.Kind != jsontree.Null {
			messages = append(messages, chatMessage("system", cmp.Or(promptText(system), textOf(system))))
		}
		for _, name := range []string{"prompt", "messages"} {
			if n := prompt.Get(name); n != nil && n.Kind != jsontree.Object {
				messages = append(messages, promptMessages(*n)...)
			}
		}
		return messages
	case jsontree.Number, jsontree.Bool: // a text that looks like it
		return []jsontree.Node{chatMessage("user", prompt.Text)}
	}
	return nil
}

// vercelOutput makes one assistant message of the parts of a response.
func (c *conversion) vercelOutput() {
	content := c.firstText("ai.response.text", "ai.response.object")
	calls, _ := c.tree("ai.response.toolCalls")
	if content == "" && len(calls.Items) == 0 {
		if n, ok := c.tree("ai.response.object"); ok { // a structured value
			content = n.JSON()
		}
	}
	thoughts := c.text("ai.response.reasoning")
	if content == "" && len(calls.Items) == 0 && thoughts == "" {
		return
	}
	m := chatMessage("assistant", content)
	if thoughts != "" {
		m.Set("reasoning_content", jsontree.Str(thoughts))
	}
	if len(calls.Items) > 0 {
		m.Set("tool_calls", chatToolCalls(&calls))
	}
	c.fillOutput([]jsontree.Node{m})
}

// fillTexts is [conversion.fillJSON] for a list of JSON texts.
func (c *conversion) fillTexts(property string, key attribute.Key) {
	n := c.parsed(key)
	for i := range n.Items {
		if item := &n.Items[i]; item.Is(jsontree.String) {
			*item = jsonOf(attribute.StringValue(item.Text))
		}
	}
	c.fillTree(property, &n)
}

// textOutputTokens is the property for the output tokens of an answer without
// those of the reasoning before it.
const textOutputTokens = "$ai_text_output_tokens"

// vercelTextTokens tells text and reasoning apart for Gemini: PostHog adds the
// reasoning of that model to its output tokens, in which Vercel's SDK has counted
// it already.
func (c *conversion) vercelTextTokens() {
	p := c.get(names.PropertyModel)
	if p == nil || c.kind != names.EventGeneration || !strings.Contains(p.Value.AsString(), "gemini") {
		return
	}
	text, ok := c.tokens("ai.usage.outputTokenDetails.textTokens")
	if !ok {
		output, hasOutput := c.count(names.PropertyOutputTokens)
		reasoning, hasReasoning := c.count(names.PropertyReasoningTokens)
		text, ok = output-reasoning, hasOutput && hasReasoning && reasoning <= output
	}
	if ok {
		c.fill(prop.Any(textOutputTokens, attribute.Int64Value(text)))
	}
}

// vercelMetadata lifts what is meant for PostHog out of the metadata.
func (c *conversion) vercelMetadata() {
	for _, prefix := range metadataPrefixes {
		for i := range c.attrs {
			kv := &c.attrs[i]
			name, ok := strings.CutPrefix(string(kv.Key), prefix)
			if !ok || empty(kv.Value) {
				continue
			}
			if name == names.PropertyGroups {
				if n, ok := treeOf(kv.Value); ok && n.Is(jsontree.Object) && !(kv.Value.Type() == attribute.STRING && longer(kv.Value.AsString(), maxGroups)) {
					c.fillTree(names.PropertyGroups, &n)
				}
			}
			own, ok := strings.CutPrefix(name, "posthog_")
			if ok && own != "" && own[0] != '$' && own != "distinct_id" && own != "__proto__" && !c.onSpan(attribute.Key(own)) {
				c.fill(prop.Any(own, kv.Value))
			}
		}
	}
}

// vercelTop names a whole call after the function that made it, with the last
// thing said on both sides as its states.
func (c *conversion) vercelTop() {
	name := c.text("ai.telemetry.functionId")
	for _, prefix := range slices.Backward(metadataPrefixes) {
		if own := c.text(attribute.Key(prefix) + names.PropertySpanName); own != "" {
			name = own
		}
	}
	c.setText(names.PropertySpanName, name)
	if p := c.get(names.PropertyInput); p != nil {
		n := treeOfProperty(p)
		c.fillTree(names.PropertyInputState, lastOf(&n, "user"))
	}
	if p := c.get(names.PropertyOutputChoices); p != nil {
		n := treeOfProperty(p)
		c.fillTree(names.PropertyOutputState, n.At(len(n.Items)-1))
	}
}
