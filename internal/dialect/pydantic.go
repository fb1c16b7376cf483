package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
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
	name:     "pydantic-ai",
	ai:       []string{"pydantic_ai.*"},
	matchers: []string{string(pydanticMessages), "logfire.msg", "logfire.json_schema", string(pydanticRequest)},
	after: []rule{
		{to: names.PropertySpanName, fallback: keys("logfire.msg"), read: attr.Text},
		{to: names.PropertyModel, fallback: keys("model_name"), read: attr.Text},
	},
	drop: []string{
		"logfire.json_schema", "operation.cost", string(pydanticRequest),
		"gen_ai.usage.details.input_tokens", "gen_ai.usage.details.output_tokens",
	},
	kind:        kindRule{of: pydanticKind},
	postprocess: postprocessPydantic,
}

// pydanticKind recognises an agent's run, which has the summed usage of its
// calls and, in older versions, no operation.
func pydanticKind(c *Conversion) string {
	if c.OnSpan(pydanticMessages) || c.OnSpan(pydanticEvents) {
		return names.EventSpan
	}
	return ""
}

func postprocessPydantic(c *Conversion) {
	switch {
	case c.Kind == names.EventTrace || c.OnSpan(pydanticMessages) || c.OnSpan(pydanticEvents):
		pydanticAgent(c)
	case c.Kind == names.EventSpan:
		pydanticTool(c)
	case c.Kind == names.EventGeneration:
		pydanticTools(c)
	case c.Kind == names.EventEmbedding:
		c.Consume(pydanticInputs)
		if v, ok := c.Attr(pydanticInputs); ok {
			c.Fill(prop.Any(names.PropertyInput, v))
		}
	}
}

// pydanticAgent sets the name of an agent's run, the first user message and its
// result.
func pydanticAgent(c *Conversion) {
	c.SetText(names.PropertySpanName, c.Text(names.GenAIAgentNameKey, "agent_name"))
	c.Consume(pydanticMessages, pydanticEvents, "final_result", names.GenAIAgentNameKey, "agent_name")
	messages, ok := c.Tree(pydanticMessages)
	if !ok {
		messages, _ = c.Tree(pydanticEvents)
	}
	c.SetTree(names.PropertyInputState, chat.First(&messages, "user"))
	c.SetTree(names.PropertyOutputState, lastReply(&messages))
	if _, ok := c.Attr("final_result"); ok {
		setState(c, names.PropertyOutputState, "final_result")
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

// pydanticTool sets the name, arguments and result of a tool's run. The newer
// attributes win if they are present, even if empty.
func pydanticTool(c *Conversion) {
	c.SetText(names.PropertySpanName, c.Text(names.GenAIToolNameKey))
	setState(c, names.PropertyInputState, names.GenAIToolCallArgumentsKey, "tool_arguments")
	setState(c, names.PropertyOutputState, names.GenAIToolCallResultKey, "tool_response")
	c.Consume(names.GenAIToolNameKey, names.GenAIToolCallIDKey)
}

// setState sets a state to the first attribute that is present, and consumes
// them all. A scalar becomes text.
func setState(c *Conversion, property string, keys ...attribute.Key) {
	c.Consume(keys...)
	for _, key := range keys {
		for i := range c.Own.Attributes {
			if c.Own.Attributes[i].Key != key || c.Own.Attributes[i].Value.Type() == attribute.EMPTY {
				continue
			}
			v := attr.Unpacked(c.Own.Attributes[i].Value)
			c.From(key)
			if n := jsontree.FromValue(v); n.Is(jsontree.Number) || n.Is(jsontree.Bool) {
				v = attribute.StringValue(n.Text)
			}
			c.Set(prop.Any(property, v))
			return
		}
	}
}

// pydanticTools finds the tools of a call in the parameters of its request.
func pydanticTools(c *Conversion) {
	request, _ := c.Tree(pydanticRequest)
	tools := jsontree.Arr()
	for _, name := range []string{"function_tools", "output_tools"} {
		tools.Items = append(tools.Items, chat.Flattened(request.Get(name))...)
	}
	if len(tools.Items) > 0 {
		c.FillTree(names.PropertyTools, &tools)
	}
}
