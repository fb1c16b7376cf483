package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/semconv"
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
		{to: semconv.PropertySpanName, fallback: keys("logfire.msg"), read: text},
		{to: semconv.PropertyModel, fallback: keys("model_name"), read: text},
		{
			to:       semconv.PropertyCacheReadTokens,
			fallback: keys("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens"), read: tokens,
		},
		{
			to:       semconv.PropertyCacheCreationTokens,
			fallback: keys("gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens"), read: tokens,
		},
		{
			to:       semconv.PropertyReasoningTokens,
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
	case c.kind == semconv.EventTrace || c.onSpan(pydanticMessages) || c.onSpan(pydanticEvents):
		c.pydanticAgent()
	case c.kind == semconv.EventSpan:
		c.pydanticTool()
	case c.kind == semconv.EventGeneration:
		c.pydanticTools()
	case c.kind == semconv.EventEmbedding:
		c.consume(pydanticInputs)
		if v, ok := c.attr(pydanticInputs); ok {
			c.fill(event.Any(semconv.PropertyInput, v))
		}
	}
}

// pydanticAgent gives an agent's run its name, what the user said first, and
// its result.
func (c *conversion) pydanticAgent() {
	c.setText(semconv.PropertySpanName, c.firstText(semconv.GenAIAgentNameKey, "agent_name"))
	c.consume(pydanticMessages, pydanticEvents, "final_result", semconv.GenAIAgentNameKey, "agent_name")
	messages, ok := c.tree(pydanticMessages)
	if !ok {
		messages, _ = c.tree(pydanticEvents)
	}
	c.setTree(semconv.PropertyInputState, firstOf(&messages, "user"))
	c.setTree(semconv.PropertyOutputState, lastReply(&messages))
	if _, ok := c.attr("final_result"); ok {
		c.setState(semconv.PropertyOutputState, "final_result")
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
	c.setText(semconv.PropertySpanName, c.text(semconv.GenAIToolNameKey))
	c.setState(semconv.PropertyInputState, semconv.GenAIToolCallArgumentsKey, "tool_arguments")
	c.setState(semconv.PropertyOutputState, semconv.GenAIToolCallResultKey, "tool_response")
	c.consume(semconv.GenAIToolNameKey, semconv.GenAIToolCallIDKey)
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
			c.set(event.Any(property, v))
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
		c.fillTree(semconv.PropertyTools, &tools)
	}
}
