package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// strandsAgents is what Strands writes where the provider belongs.
const strandsAgents = "strands-agents"

// strands is Strands Agents. Its messages are in span events; the older ones
// hold content of Bedrock's Converse API.
var strands = library{
	name: "strands",
	marks: []string{
		"gen_ai.event.start_time", "gen_ai.event.end_time", "agent_loop.*", "event_loop.*",
		"gen_ai.provider.name=" + strandsAgents, "gen_ai.system=" + strandsAgents,
	},
	drop: []string{"gen_ai.event.start_time", "gen_ai.event.end_time", "name", "system_prompt"},

	finish: finishStrands,
}

func finishStrands(c *conversion) {
	if p := c.get(names.PropertyProvider); p != nil && p.Value.AsString() == strandsAgents {
		c.unset(names.PropertyProvider)
		c.fillText(names.PropertyFramework, strandsAgents)
	}
	c.bedrockMessages(names.PropertyInput, requestMessages)
	c.bedrockMessages(names.PropertyOutputChoices, bedrockReplies)
	c.strandsFirstToken()
	switch operation := c.text(names.GenAIOperationNameKey); {
	case operation == names.OperationExecuteTool:
		c.toolStates()
	case operation == names.OperationInvokeAgent: // the conventions make its states
		prompt := c.parsed("system_prompt")
		c.prependSystem(promptText(&prompt))
	case c.isSpan(): // a cycle of the agent's loop, or several agents
		c.statesFromMessages()
	}
}

// strandsFirstToken mends the time to the first token, which Strands writes in
// milliseconds: it cannot be longer than the span.
func (c *conversion) strandsFirstToken() {
	p := c.get(names.PropertyTimeToFirstToken)
	if p == nil {
		return
	}
	whole := c.span.EndTime().Sub(c.span.StartTime()).Seconds()
	if f, ok := floatOf(p.Value); ok && whole > 0 && f > whole {
		c.set(prop.Any(names.PropertyTimeToFirstToken, attribute.Float64Value(f/1000)))
	}
}

// bedrockMessages reads the messages of a property as Bedrock's. An empty list
// is no message.
func (c *conversion) bedrockMessages(property string, read func(*jsontree.Node) []jsontree.Node) {
	p := c.get(property)
	if p == nil {
		return
	}
	n := treeOfProperty(p)
	bedrockBlocks(&n)
	if messages := read(&n); len(messages) > 0 {
		list := jsontree.Arr(messages...)
		c.setTree(property, &list)
	} else if isBlank(&n) {
		c.unset(property)
	}
}

// bedrockReplies keeps why each message ended, for which Bedrock's messages have
// no place.
func bedrockReplies(n *jsontree.Node) []jsontree.Node {
	messages, _ := responseMessages(n)
	if len(messages) == len(n.Items) {
		for i := range messages {
			if why := n.Items[i].Get("finish_reason"); why != nil {
				messages[i].Set("finish_reason", *why)
			}
		}
	}
	return messages
}

// bedrockBlocks gives content blocks that name their type Bedrock's own shape:
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
