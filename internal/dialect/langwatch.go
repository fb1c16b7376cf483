package dialect

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// langwatch is the SDK of LangWatch, which wraps values as {"type", "value"}.
// The Go SDK follows the GenAI conventions with few additions.
var langwatch = library{
	name:     "langwatch",
	matchers: []string{"langwatch.*"},
	ai:       []string{"langwatch.*"},
	kind:     kindRule{key: "langwatch.span.type", generation: words{"llm"}, embedding: words{"embedding"}},
	before: []rule{
		{
			to: names.PropertyAISessionID,
			fallback: keys("langwatch.thread.id", "langwatch.langgraph.thread_id", "langwatch.langgraph.session_id",
				"langwatch.langchain.run.metadata.thread_id", "langwatch.langchain.run.metadata.session_id"), read: attr.Text,
		},
	},
	after: []rule{
		{to: names.PropertyTools, fallback: keys("gen_ai.request.tools"), read: attr.Container},
		{to: names.PropertyPromptName, fallback: keys("langwatch.prompt.handle", "langwatch.prompt.id"), read: attr.Text},
		{to: names.PropertyPromptVersion, fallback: keys("langwatch.prompt.version.number"), read: attr.Anything},
	},
	drop: []string{
		"langwatch.*", "http.request.method", "http.response.status_code", "url.path", "gen_ai.usage.total_tokens",
	},
	postprocess: postprocessLangwatch,
	overlay:     true,
}

func postprocessLangwatch(c *Conversion) {
	input, output := wrapped(c, "langwatch.input"), wrapped(c, "langwatch.output")
	switch {
	case c.Kind == names.EventEmbedding:
		plain := unwrapped(input)
		c.FillTree(names.PropertyInput, &plain)
	case c.IsSpan():
		wrappedState(c, names.PropertyInputState, input)
		wrappedState(c, names.PropertyOutputState, output)
		wrappedState(c, names.PropertyOutputState, wrapped(c, "langwatch.contexts"))
		wrappedState(c, names.PropertyOutputState, wrapped(c, "langwatch.rag.contexts"))
	default:
		messages, _ := wrappedMessages(input, "user")
		c.fillInput(messages)
		messages, why := wrappedMessages(output, "assistant")
		c.fillOutput(messages)
		if chat.IsStopReason(why) {
			c.FillText(names.PropertyStopReason, why)
		}
	}
	instructions := unwrapped(wrapped(c, "langwatch.instructions"))
	c.prependSystem(chat.PromptText(&instructions))
	metrics := unwrapped(wrapped(c, "langwatch.metrics"))
	c.fillUsage(&metrics, langwatchUsage)
	for _, key := range keys("langwatch.params", "langwatch.langchain.run.extra_params.invocation_params") {
		parameters := unwrapped(wrapped(c, key))
		c.fillParameters(pick(&parameters, parameterNames))
		c.fillTools(&parameters)
	}
}

// langwatchUsage is the usage in the metrics, which TypeScript and Python spell
// each in their own way.
var langwatchUsage = []count{
	{names.PropertyInputTokens, []string{"promptTokens", "prompt_tokens"}},
	{names.PropertyOutputTokens, []string{"completionTokens", "completion_tokens"}},
	{names.PropertyReasoningTokens, []string{"reasoningTokens", "reasoning_tokens"}},
	{names.PropertyCacheReadTokens, []string{"cacheReadInputTokens", "cache_read_input_tokens"}},
	{names.PropertyCacheCreationTokens, []string{"cacheCreationInputTokens", "cache_creation_input_tokens"}},
}

// wrapped returns the value of an attribute, with or without a wrapper.
func wrapped(c *Conversion, key attribute.Key) jsontree.Node {
	v, ok := c.Attr(key)
	if !ok {
		return jsontree.Node{}
	}
	if n, ok := c.treeIn(v); ok {
		return n
	}
	return jsontree.FromValue(v)
}

// wrapperTypes are the types of wrapped values.
var wrapperTypes = []string{"text", "raw", "json", "list", "chat_messages", "guardrail_result", "evaluation_result"}

// unwrap returns the type and the value of a wrapper. For any other node it
// returns no type and the node itself.
func unwrap(n *jsontree.Node) (string, *jsontree.Node) {
	if kind := n.Get("type").String(); len(n.Members) == 2 && n.Get("value") != nil && slices.Contains(wrapperTypes, kind) {
		return kind, n.Get("value")
	}
	return "", n
}

// unwrapped returns the value inside any number of wrappers, and parses text
// that is JSON.
func unwrapped(n jsontree.Node) jsontree.Node {
	kind, value := unwrap(&n)
	switch {
	case kind == "list":
		list := jsontree.Arr(slices.Clone(value.Items)...)
		for i := range list.Items {
			list.Items[i] = unwrapped(list.Items[i])
		}
		return list
	case value.Is(jsontree.String):
		if inner, ok := jsontree.ParseContainer(value.Text); ok {
			return inner
		}
	case kind != "":
		return unwrapped(*value)
	}
	return *value
}

// wrappedMessages returns the messages in a value: a conversation, a text, or
// the request or response of a provider, and why the first completion ended.
func wrappedMessages(n jsontree.Node, role string) (messages []jsontree.Node, why string) {
	kind, value := unwrap(&n)
	if inner, ok := jsontree.ParseContainer(value.String()); ok && kind == "json" {
		value = &inner
	}
	switch {
	case kind == "list":
		for i := range value.Items {
			list, reason := wrappedMessages(value.Items[i], role)
			messages, why = append(messages, list...), cmp.Or(why, reason)
		}
		return messages, why
	case kind == "json" && !chat.IsBlank(value):
		if inner, _ := unwrap(value); inner != "" {
			return wrappedMessages(*value, role)
		}
	case kind != "":
		return chat.Messages(value, role), chat.StopReason(value)
	}
	if role == "user" {
		messages = chat.FromRequest(value)
	} else {
		messages, why = chat.FromResponse(value)
	}
	if len(messages) == 0 && !chat.IsBlank(value) {
		messages = []jsontree.Node{chat.Message(role, chat.TextOf(value))}
	}
	return messages, why
}

// wrappedState fills a state with the value in a wrapper.
func wrappedState(c *Conversion, property string, n jsontree.Node) {
	value := unwrapped(n)
	c.fillState(property, &value)
}
