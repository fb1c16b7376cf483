package convert

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// langwatch is the SDK of LangWatch, which wraps values as {"type", "value"}. In
// Go it follows the GenAI conventions and adds little to them.
var langwatch = library{
	name:  "langwatch",
	marks: []string{"langwatch.*"},
	before: []rule{
		{
			to: names.PropertyAISessionID,
			fallback: keys("langwatch.thread.id", "langwatch.langgraph.thread_id", "langwatch.langgraph.session_id",
				"langwatch.langchain.run.metadata.thread_id", "langwatch.langchain.run.metadata.session_id"), read: text,
		},
	},
	after: []rule{
		{to: names.PropertyTools, fallback: keys("gen_ai.request.tools"), read: container},
		{to: names.PropertyPromptName, fallback: keys("langwatch.prompt.handle", "langwatch.prompt.id"), read: text},
		{to: names.PropertyPromptVersion, fallback: keys("langwatch.prompt.version.number"), read: anything},
	},
	drop: []string{
		"langwatch.*", "http.request.method", "http.response.status_code", "url.path", "gen_ai.usage.total_tokens",
	},
	finish: finishLangwatch,
	rides:  true,
}

func finishLangwatch(c *conversion) {
	input, output := c.wrapped("langwatch.input"), c.wrapped("langwatch.output")
	switch {
	case c.kind == names.EventEmbedding:
		plain := unwrapped(input)
		c.fillTree(names.PropertyInput, &plain)
	case c.isSpan():
		c.wrappedState(names.PropertyInputState, input)
		c.wrappedState(names.PropertyOutputState, output)
		c.wrappedState(names.PropertyOutputState, c.wrapped("langwatch.contexts"))
		c.wrappedState(names.PropertyOutputState, c.wrapped("langwatch.rag.contexts"))
	default:
		messages, _ := wrappedMessages(input, "user")
		c.fillInput(messages)
		messages, why := wrappedMessages(output, "assistant")
		c.fillOutput(messages)
		if goodReason(why) {
			c.fillText(names.PropertyStopReason, why)
		}
	}
	instructions := unwrapped(c.wrapped("langwatch.instructions"))
	c.prependSystem(promptText(&instructions))
	c.langwatchMetrics()
	for _, key := range keys("langwatch.params", "langwatch.langchain.run.extra_params.invocation_params") {
		parameters := unwrapped(c.wrapped(key))
		c.fillParameters(pick(&parameters, parameterNames))
		c.fillTools(&parameters)
	}
}

// langwatchMetrics reads the usage, which TypeScript and Python spell each in
// their own way.
func (c *conversion) langwatchMetrics() {
	metrics := unwrapped(c.wrapped("langwatch.metrics"))
	for _, m := range []struct{ property, camel, snake string }{
		{names.PropertyInputTokens, "promptTokens", "prompt_tokens"},
		{names.PropertyOutputTokens, "completionTokens", "completion_tokens"},
		{names.PropertyReasoningTokens, "reasoningTokens", "reasoning_tokens"},
		{names.PropertyCacheReadTokens, "cacheReadInputTokens", "cache_read_input_tokens"},
		{names.PropertyCacheCreationTokens, "cacheCreationInputTokens", "cache_creation_input_tokens"},
	} {
		c.fillCount(m.property, metrics.Get(m.camel), metrics.Get(m.snake))
	}
}

// wrapped returns what an attribute holds, a wrapper or not.
func (c *conversion) wrapped(key attribute.Key) jsontree.Node {
	v, ok := c.attr(key)
	if !ok {
		return jsontree.Node{}
	}
	if n, ok := treeOf(v); ok {
		return n
	}
	return jsontree.FromValue(v)
}

// wrapperTypes are the types of wrapped values.
var wrapperTypes = []string{"text", "raw", "json", "list", "chat_messages", "guardrail_result", "evaluation_result"}

// unwrap returns the type and the value of a wrapper; of anything else, no type
// and the thing itself.
func unwrap(n *jsontree.Node) (string, *jsontree.Node) {
	if kind := n.Get("type").String(); len(n.Members) == 2 && n.Get("value") != nil && slices.Contains(wrapperTypes, kind) {
		return kind, n.Get("value")
	}
	return "", n
}

// unwrapped returns the value inside any number of wrappers; text that holds
// JSON becomes what it holds.
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
	case kind == "json" && !isBlank(value):
		if inner, _ := unwrap(value); inner != "" {
			return wrappedMessages(*value, role)
		}
	case kind != "":
		return messagesOf(value, role), endOf(value)
	}
	if role == "user" {
		messages = requestMessages(value)
	} else {
		messages, why = responseMessages(value)
	}
	if len(messages) == 0 && !isBlank(value) {
		messages = []jsontree.Node{chatMessage(role, textOf(value))}
	}
	return messages, why
}

// wrappedState fills a state with the value in a wrapper.
func (c *conversion) wrappedState(property string, n jsontree.Node) {
	value := unwrapped(n)
	c.fillState(property, &value)
}
