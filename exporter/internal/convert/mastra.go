package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// mastra is Mastra, through its bridge or its exporter. Of its spans only those
// whose operation is "chat" are calls; steps and chunks tell the same again.
var mastra = library{
	name:  "mastra",
	marks: []string{"mastra.*"},
	before: []rule{
		{to: semconv.PropertyAISessionID, fallback: keys("mastra.metadata.sessionId", "mastra.metadata.threadId"), read: text},
	},
	// Headers can hold secrets, and the body is the content once more.
	drop: []string{
		"mastra.span.type", "mastra.metadata.headers", "mastra.metadata.body", "mastra.metadata.modelMetadata", "mastra.completion_start_time",
	},
	finish: finishMastra,
}

func finishMastra(c *conversion) {
	c.fillFirstToken("mastra.completion_start_time")
	for i := range c.attrs {
		kv := &c.attrs[i]
		rest, ok := strings.CutPrefix(string(kv.Key), "mastra.")
		if !ok || strings.HasPrefix(rest, "metadata.") {
			continue
		}
		switch _, member, _ := strings.Cut(rest, "."); member {
		case "input":
			c.mastraInput(kv.Key)
		case "output":
			c.mastraOutput(kv.Key)
		}
	}
	// A call that failed can leave no other trace: the status is OK.
	if p := c.get(semconv.PropertyStopReason); p != nil && p.Value.AsString() == "error" {
		c.fail("the model call finished with an error")
	}
}

func (c *conversion) mastraInput(key attribute.Key) {
	if c.isSpan() {
		c.stateFrom(semconv.PropertyInputState, key)
		return
	}
	c.consume(key)
	n := c.parsed(key)
	c.fillRequest(&n)
}

func (c *conversion) mastraOutput(key attribute.Key) {
	if c.isSpan() {
		c.stateFrom(semconv.PropertyOutputState, key)
		return
	}
	c.consume(key)
	n := c.parsed(key)
	m := chatMessage("assistant", n.Get("text").String())
	calls := jsontree.Arr()
	for _, call := range flattened(n.Get("toolCalls")) {
		calls.Items = append(calls.Items, chatToolCall(&call))
	}
	if len(calls.Items) > 0 {
		m.Set("tool_calls", calls)
	}
	if n.Get("text") != nil || len(calls.Items) > 0 {
		c.fillOutput([]jsontree.Node{m})
	}
}
