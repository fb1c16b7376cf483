package dialect

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// vercelAI is the AI SDK of Vercel, versions 4 to 6, and 7 where it adds its
// own attributes to those of the GenAI conventions.
var vercelAI = library{
	name:     "vercel-ai",
	matchers: vercelMatchers,
	ai:       []string{"ai.*"},
	aiNames:  []string{"ai."},
	kind: kindRule{
		key: "ai.operationId", rank: 1,
		generation: words{"*.dogenerate", "*.dostream"}, embedding: words{"aiembeddoembed", "aiembedmanydoembed"},
	},
	before: []rule{
		{to: names.PropertyStopReason, fallback: keys("ai.response.finishReason"), read: attr.Reason},
		{
			to: names.PropertyAISessionID,
			fallback: keys("ai.telemetry.metadata.$ai_session_id", "ai.settings.context.$ai_session_id",
				"eve.session.id", "ai.settings.context.eve.session.id"), read: attr.Text,
		},
		{
			to:       names.PropertyPromptName,
			fallback: keys("ai.telemetry.metadata.$ai_prompt_name", "ai.settings.context.$ai_prompt_name"), read: attr.Text,
		},
		{
			to:       names.PropertyPromptVersion,
			fallback: keys("ai.telemetry.metadata.$ai_prompt_version", "ai.settings.context.$ai_prompt_version"), read: version,
		},
	},
	after: []rule{
		{to: names.PropertyInput, fallback: keys("ai.prompt.messages"), read: attr.Anything},
		{to: names.PropertyModel, fallback: keys("ai.response.model", "ai.model.id"), read: attr.Text},
		{to: names.PropertyProvider, fallback: keys("ai.model.provider"), read: attr.Text},
		{to: names.PropertyInputTokens, fallback: keys("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"), read: attr.Tokens},
		{to: names.PropertyOutputTokens, fallback: keys("ai.usage.outputTokens", "ai.usage.completionTokens"), read: attr.Tokens},
		{
			to:       names.PropertyCacheReadTokens,
			fallback: keys("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"), read: attr.Tokens,
		},
		{to: names.PropertyCacheCreationTokens, fallback: keys("ai.usage.inputTokenDetails.cacheWriteTokens"), read: attr.Tokens},
		{
			to:       names.PropertyReasoningTokens,
			fallback: keys("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"), read: attr.Tokens,
		},
		{to: names.PropertyTimeToFirstToken, fallback: keys("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"), read: attr.Milliseconds},
		{to: names.PropertyCompletionID, fallback: keys("ai.response.id"), read: attr.Text},
		{to: names.PropertyTemperature, fallback: keys("ai.settings.temperature"), read: attr.Number},
		{to: names.PropertyMaxTokens, fallback: keys("ai.settings.maxOutputTokens", "ai.settings.maxTokens"), read: attr.Tokens},
		{to: "functionId", fallback: keys("ai.telemetry.functionId"), read: attr.Text},
	},
	// Attributes that no rule reads must not leave: they can be embedding
	// vectors, or request headers and metadata with secrets.
	drop:        []string{"ai.*", "operation.name", "resource.name"},
	postprocess: postprocessVercel,
	overlay:     true, // on spans that Traceloop's SDK has marked as its own
}

// vercelMatchers are attributes that only Vercel's SDK writes. Other libraries
// also have attributes below ai.
var vercelMatchers = []string{
	"ai.operationId", "ai.telemetry.*", "ai.settings.*", "ai.request.headers.*", "ai.response.providerMetadata",
	"ai.usage.inputTokenDetails.*", "ai.usage.outputTokenDetails.*", "ai.prompt.messages", "ai.prompt.toolChoice", "ai.toolCall.*",
	"ai.embedding", "ai.embeddings", "ai.values", "ai.schema", "ai.schema.*", "eve.*",
}

// version reads the version of a prompt: a text, or a positive integer.
func version(v attribute.Value) (attribute.Value, bool) {
	if v.Type() == attribute.STRING {
		return attr.Text(v)
	}
	v, ok := attr.Tokens(v)
	return v, ok && v.AsInt64() > 0
}

// metadataPrefixes are the prefixes of user metadata in older and newer
// versions of the SDK.
var metadataPrefixes = []string{"ai.telemetry.metadata.", "ai.settings.context."}

func postprocessVercel(c *Conversion) {
	if c.lib.name == "vercel-ai" && !c.libs.has(&eve) {
		c.FillText(names.PropertyFramework, "vercel")
	}
	vercelInput(c)
	vercelOutput(c)
	fillTexts(c, names.PropertyTools, "ai.prompt.tools")
	vercelProviderMetadata(c)
	vercelMetadata(c)
	operation := c.Text("ai.operationId")
	if operation == "ai.toolCall" {
		c.SetText(names.PropertySpanName, c.Text("ai.toolCall.name"))
		c.fillJSON(names.PropertyInputState, "ai.toolCall.args")
		c.fillJSON(names.PropertyOutputState, "ai.toolCall.result")
	}
	switch operation {
	case "ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject":
		vercelTop(c)
	default:
		if c.Kind == names.EventTrace {
			vercelTop(c)
		}
	}
}

// vercelInput finds the input of a call without a message list: the user's
// prompt, or the texts to embed.
func vercelInput(c *Conversion) {
	c.fillInput(promptMessages(c.Parsed("ai.prompt")))
	for _, key := range keys("ai.values", "ai.value") {
		fillTexts(c, names.PropertyInput, key)
	}
}

// promptMessages flattens a prompt: a list of messages, a text, or an object
// with a system prompt and either of the two.
func promptMessages(prompt jsontree.Node) []jsontree.Node {
	switch prompt.Kind {
	case jsontree.Array:
		return prompt.Items
	case jsontree.String:
		return []jsontree.Node{chat.Message("user", prompt.Text)}
	case jsontree.Object:
		var messages []jsontree.Node
		if system := prompt.Get("system"); system != nil && system.Kind != jsontree.Null {
			messages = append(messages, chat.Message("system", cmp.Or(chat.PromptText(system), chat.TextOf(system))))
		}
		for _, name := range []string{"prompt", "messages"} {
			if n := prompt.Get(name); n != nil && n.Kind != jsontree.Object {
				messages = append(messages, promptMessages(*n)...)
			}
		}
		return messages
	case jsontree.Number, jsontree.Bool: // a text that looks like it
		return []jsontree.Node{chat.Message("user", prompt.Text)}
	}
	return nil
}

// vercelOutput makes one assistant message of the parts of a response.
func vercelOutput(c *Conversion) {
	content := c.Text("ai.response.text", "ai.response.object")
	calls, _ := c.Tree("ai.response.toolCalls")
	if content == "" && len(calls.Items) == 0 {
		if n, ok := c.Tree("ai.response.object"); ok { // a structured value
			content = n.JSON()
		}
	}
	thoughts := c.Text("ai.response.reasoning")
	if content == "" && len(calls.Items) == 0 && thoughts == "" {
		return
	}
	m := chat.Message("assistant", content)
	if thoughts != "" {
		m.Set("reasoning_content", jsontree.Str(thoughts))
	}
	if len(calls.Items) > 0 {
		m.Set("tool_calls", chat.ToolCalls(&calls))
	}
	c.fillOutput([]jsontree.Node{m})
}

// fillTexts is [Conversion.fillJSON] for a list of JSON texts.
func fillTexts(c *Conversion, property string, key attribute.Key) {
	n := c.Parsed(key)
	for i := range n.Items {
		if item := &n.Items[i]; item.Is(jsontree.String) {
			*item = attr.JSON(attribute.StringValue(item.Text))
		}
	}
	c.FillTree(property, &n)
}

// vercelProviderMetadata reads the usage of Anthropic's API. Version 5 of the
// SDK forwards its input tokens, without the cached ones; later versions add
// them.
func vercelProviderMetadata(c *Conversion) {
	metadata, ok := c.Tree("ai.response.providerMetadata")
	if !ok {
		return
	}
	c.fillProviderUsage(metadata.Path("anthropic.usage"))
	c.fillProviderUsage(metadata.Path("bedrock.usage"))
	c.FillText(names.PropertyServiceTier, metadata.Path("openai.serviceTier").String())
}

// vercelMetadata reads the metadata that is meant for PostHog.
func vercelMetadata(c *Conversion) {
	for _, prefix := range metadataPrefixes {
		for i := range c.Own.Attributes {
			kv := &c.Own.Attributes[i]
			name, ok := strings.CutPrefix(string(kv.Key), prefix)
			if !ok || attr.IsEmpty(kv.Value) {
				continue
			}
			if name == names.PropertyGroups {
				if n, ok := attr.Tree(kv.Value); ok && n.Is(jsontree.Object) && !(kv.Value.Type() == attribute.STRING && chat.Longer(kv.Value.AsString(), MaxGroups)) {
					c.FillTree(names.PropertyGroups, &n)
				}
			}
			own, ok := strings.CutPrefix(name, "posthog_")
			if ok && own != "" && own[0] != '$' && own != "distinct_id" && own != "__proto__" && !c.OnSpan(attribute.Key(own)) {
				c.Fill(prop.Any(own, kv.Value))
			}
		}
	}
}

// vercelTop names a whole call after the function that made it, with the last
// message of each side as its states.
func vercelTop(c *Conversion) {
	name := c.Text("ai.telemetry.functionId")
	for _, prefix := range slices.Backward(metadataPrefixes) {
		if own := c.Text(attribute.Key(prefix) + names.PropertySpanName); own != "" {
			name = own
		}
	}
	c.SetText(names.PropertySpanName, name)
	if p := c.Get(names.PropertyInput); p != nil {
		n := treeOfProperty(p)
		c.FillTree(names.PropertyInputState, chat.Last(&n, "user"))
	}
	if p := c.Get(names.PropertyOutputChoices); p != nil {
		n := treeOfProperty(p)
		c.FillTree(names.PropertyOutputState, n.At(len(n.Items)-1))
	}
}
