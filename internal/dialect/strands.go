package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// strandsAgents is Strands' value of the provider attribute.
const strandsAgents = "strands-agents"

// strands is Strands Agents. Its messages are in span events; the older ones
// hold content of Bedrock's Converse API.
var strands = library{
	name: "strands",
	matchers: []string{
		"gen_ai.event.start_time", "gen_ai.event.end_time", "agent_loop.*", "event_loop.*",
		"gen_ai.provider.name=" + strandsAgents, "gen_ai.system=" + strandsAgents,
	},
	drop: []string{"gen_ai.event.start_time", "gen_ai.event.end_time", "name", "system_prompt"},

	postprocess: postprocessStrands,
}

func postprocessStrands(c *Conversion) {
	if p := c.Get(names.PropertyProvider); p != nil && p.Value.AsString() == strandsAgents {
		c.Unset(names.PropertyProvider)
		c.FillText(names.PropertyFramework, strandsAgents)
	}
	bedrockMessages(c, names.PropertyInput, chat.FromRequest)
	bedrockMessages(c, names.PropertyOutputChoices, bedrockReplies)
	strandsFirstToken(c)
	switch operation := c.Text(names.GenAIOperationNameKey); {
	case operation == names.OperationExecuteTool:
		toolStates(c)
	case operation == names.OperationInvokeAgent: // the conventions make its states
		prompt := c.Parsed("system_prompt")
		c.prependSystem(chat.PromptText(&prompt))
	case c.IsSpan(): // a cycle of the agent's loop, or several agents
		statesFromMessages(c)
	}
}

// strandsFirstToken converts the time to the first token from milliseconds, in
// which Strands writes it: it cannot be longer than the span.
func strandsFirstToken(c *Conversion) {
	p := c.Get(names.PropertyTimeToFirstToken)
	if p == nil {
		return
	}
	whole := c.Span.EndTime().Sub(c.Span.StartTime()).Seconds()
	if f, ok := attr.Float(p.Value); ok && whole > 0 && f > whole {
		c.Set(prop.Any(names.PropertyTimeToFirstToken, attribute.Float64Value(f/1000)))
	}
}

// bedrockMessages reads the messages of a property as Bedrock's. An empty list
// is no message.
func bedrockMessages(c *Conversion, property string, read func(*jsontree.Node) []jsontree.Node) {
	p := c.Get(property)
	if p == nil {
		return
	}
	n := treeOfProperty(p)
	bedrockBlocks(&n)
	if messages := read(&n); len(messages) > 0 {
		list := jsontree.Arr(messages...)
		c.SetTree(property, &list)
	} else if chat.IsBlank(&n) {
		c.Unset(property)
	}
}

// bedrockReplies keeps the stop reason of each message, which Bedrock's message
// shape does not have.
func bedrockReplies(n *jsontree.Node) []jsontree.Node {
	messages, _ := chat.FromResponse(n)
	if len(messages) == len(n.Items) {
		for i := range messages {
			if why := n.Items[i].Get("finish_reason"); why != nil {
				messages[i].Set("finish_reason", *why)
			}
		}
	}
	return messages
}

// bedrockBlocks converts content blocks with a type to Bedrock's own shape:
// {"type": "toolUse", ...} becomes {"toolUse": {...}}.
func bedrockBlocks(messages *jsontree.Node) {
	for i := range messages.Items {
		content := messages.Items[i].Get("content")
		if content == nil {
			continue
		}
		for j := range content.Items {
			block := &content.Items[j]
			switch name := block.Get("type").String(); name {
			case "toolUse", "toolResult", "reasoningContent":
				block.Delete("type")
				*block = jsontree.Obj(jsontree.Member{Name: name, Value: *block})
			}
		}
	}
}
