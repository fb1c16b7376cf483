package convert

import (
	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// strandsAgents is what Strands writes where the provider belongs.
const strandsAgents = "strands-agents"

// strands is Strands Agents. Its messages are in span events; the older ones
// hold content of Bedrock's Converse API.
var strands = library{
	name:  "strands",
	marks: []string{"gen_ai.event.start_time", "gen_ai.event.end_time", "agent_loop.*", "event_loop.*"},
	drop:  []string{"gen_ai.event.start_time", "gen_ai.event.end_time", "name", "system_prompt"},

	finish: finishStrands,
}

func finishStrands(c *conversion) {
	if p := c.get(semconv.PropertyProvider); p != nil && p.Value.AsString() == strandsAgents {
		c.unset(semconv.PropertyProvider)
		c.fillText(semconv.PropertyFramework, strandsAgents)
	}
	if p := c.get(semconv.PropertyInput); p != nil {
		n := treeOfProperty(p)
		bedrockBlocks(&n)
		c.strandsMessages(semconv.PropertyInput, requestMessages(&n))
	}
	if p := c.get(semconv.PropertyOutputChoices); p != nil {
		n := treeOfProperty(p)
		bedrockBlocks(&n)
		messages, _ := responseMessages(&n)
		for i := range messages { // Bedrock's message has no place for it
			if why := n.At(i).Get("finish_reason"); why != nil && len(messages) == len(n.Items) {
				messages[i].Set("finish_reason", *why)
			}
		}
		c.strandsMessages(semconv.PropertyOutputChoices, messages)
	}
	switch c.text(semconv.GenAIOperationNameKey) {
	case semconv.OperationExecuteTool:
		c.toolStates()
	case "": // a cycle of the agent's loop
		c.statesFromMessages()
	case semconv.OperationInvokeAgent:
		prompt := c.parsed("system_prompt")
		c.prependSystem(promptText(&prompt))
	}
}

// strandsMessages sets messages, unless there are none.
func (c *conversion) strandsMessages(property string, messages []jsontree.Node) {
	c.unset(property)
	if len(messages) > 0 {
		n := jsontree.Arr(messages...)
		c.setTree(property, &n)
	}
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
