package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Attributes of Pydantic AI.
const (
	pydanticMessages = attribute.Key("pydantic_ai.all_messages")
	pydanticEvents   = attribute.Key("all_messages_events") // of the first versions
	pydanticRequest  = attribute.Key("model_request_parameters")
	pydanticInputs   = attribute.Key("inputs") // texts to embed
)

// pydanticAI is Pydantic AI, by itself or through Logfire.
var pydanticAI = library{
	name:  "pydantic-ai",
	marks: []string{string(pydanticMessages), "logfire.msg", "logfire.json_schema", string(pydanticRequest)},
	after: []rule{
		{to: names.PropertySpanName, fallback: keys("logfire.msg"), read: text},
		{to: names.PropertyModel, fallback: keys("model_name"), read: text},
		{
			to:       names.PropertyCacheReadTokens,
			fallback: keys("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens"), read: tokens,
		},
		{
			to:       names.PropertyCacheCreationTokens,
			fallback: keys("gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens"), read: tokens,
		},
		{
			to:       names.PropertyReasoningTokens,
			fallback: keys("gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens"), read: tokens,
		},
	},
	drop: []string{
		"logfire.json_schema", "operation.cost", string(pydanticRequest),
		"gen_ai.usage.details.input_tokens", "gen_ai.usage.details.output_tokens",
	},
	finish: finishPydantic,
}

func finishPydantic(c *conversion) {
	switch {
	case c.kind == names.EventTrace || c.onSpan(pydanticMessages) || c.onSpan(pydanticEvents):
		c.pydanticAgent()
	case c.kind == names.EventSpan:
		c.pydanticTool()
	case c.kind == names.EventGeneration:
		c.pydanticTools()
	case c.kind == names.EventEmbedding:
		c.consume(pydanticInputs)
		if v, ok := c.attr(pydanticInputs); ok {
			c.fill(prop.Any(names.PropertyInput, v))
		}
	}
}

// pydanticAgent gives an agent's run its name, what the user said first, and
// its result.
func (c *conversion) pydanticAgent() {
	c.setText(names.PropertySpanName, c.firstText(names.GenAIAgentNameKey, "agent_name"))
	c.consume(pydanticMessages, pydanticEvents, "final_result", names.GenAIAgentNameKey, "agent_name")
	messages, ok := c.tree(pydanticMessages)
	if !ok {
		messages, _ = c.tree(pydanticEvents)
	}
	c.setTree(names.PropertyInputState, firstOf(&messages, "user"))
	c.setTree(names.PropertyOutputState, lastReply(&messages))
	if _, ok := c.attr("final_result"); ok {
		c.setState(names.PropertyOutputState, "final_result")
	}
}

// lastReply returns the last message that neither the user nor the developer
// wrote.
func lastReply(messages *jsontree.Node) *jsontree.Node {
	for i := len(messages.Items) - 1; i >= 0; i-- {
		if role := messages.Items[i].Get("role").String(); role != "user" && role != "system" {
			return &messages.Items[i]
		}
	}
	return nil
}

// pydanticTool gives the run of a tool its name, arguments and result. The
// newer attributes win where they are there at all, be they empty.
func (c *conversion) pydanticTool() {
	c.setText(names.PropertySpanName, c.text(names.GenAIToolNameKey))
	c.setState(names.PropertyInputState, names.GenAIToolCallArgumentsKey, "tool_arguments")
	c.setState(names.PropertyOutputState, names.GenAIToolCallResultKey, "tool_response")
	c.consume(names.GenAIToolNameKey, names.GenAIToolCallIDKey)
}

// setState sets a state to the first of the attributes that is there, and
// consumes them all. A scalar is its text.
func (c *conversion) setState(property string, keys ...attribute.Key) {
	c.consume(keys...)
	for _, key := range keys {
		for i := range c.attrs {
			if c.attrs[i].Key != key || c.attrs[i].Value.Type() == attribute.EMPTY {
				continue
			}
			v := unpacked(c.attrs[i].Value)
			c.origins.read(key)
			if n := jsontree.FromValue(v); n.Is(jsontree.Number) || n.Is(jsontree.Bool) {
				v = attribute.StringValue(n.Text)
			}
			c.set(prop.Any(property, v))
			return
		}
	}
}

// pydanticTools finds the tools of a call in the parameters of its request.
func (c *conversion) pydanticTools() {
	request, _ := c.tree(pydanticRequest)
	tools := jsontree.Arr()
	for _, name := range []string{"function_tools", "output_tools"} {
		tools.Items = append(tools.Items, flattened(request.Get(name))...)
	}
	if len(tools.Items) > 0 {
		c.fillTree(names.PropertyTools, &tools)
	}
}
