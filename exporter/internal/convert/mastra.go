package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// mastra is Mastra, through its bridge or its exporter. Of its spans only those
// whose operation is "chat" are calls; steps and chunks tell the same again.
var mastra = library{
	name:  "mastra",
	marks: []string{"mastra.*"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("mastra.metadata.sessionId", "mastra.metadata.threadId"), read: text},
	},
	// Headers can hold secrets, and the body is the content once more.
	drop: []string{
		"mastra.span.type", "mastra.metadata.headers", "mastra.metadata.body", "mastra.metadata.modelMetadata", "mastra.completion_start_time",
	},
	finish: finishMastra,
}

func finishMastra(c *conversion) {
	c.fillFirstToken("mastra.completion_start_time")
	// The names have the type of the span in them, as mastra.model_step.input.
	var input, output attribute.Key
	for i := range c.attrs {
		rest, ok := strings.CutPrefix(string(c.attrs[i].Key), "mastra.")
		if !ok || strings.HasPrefix(rest, "metadata.") {
			continue
		}
		switch _, member, _ := strings.Cut(rest, "."); member {
		case "input":
			input, c.used[i] = c.attrs[i].Key, true
		case "output":
			output, c.used[i] = c.attrs[i].Key, true
		}
	}
	if c.text("mastra.span.type") != "" {
		c.olderMastra()
	}
	if c.isSpan() {
		c.stateFrom(names.PropertyInputState, input)
		c.stateFrom(names.PropertyOutputState, output)
	} else {
		c.mastraCall(input, output)
	}
	// A call that failed can leave no other trace: the status is OK.
	if p := c.get(names.PropertyStopReason); p != nil && p.Value.AsString() == "error" {
		c.fail("the model call finished with an error")
	}
}

// mastraCall reads a request, and makes a message of an answer with its text and
// its tool calls.
func (c *conversion) mastraCall(input, output attribute.Key) {
	request, answer := c.parsed(input), c.parsed(output)
	c.fillRequest(&request)
	m := chatMessage("assistant", answer.Get("text").String())
	calls := chatToolCalls(answer.Get("toolCalls"))
	if len(calls.Items) > 0 {
		m.Set("tool_calls", calls)
	}
	if answer.Get("text") != nil || len(calls.Items) > 0 {
		c.fillOutput([]jsontree.Node{m})
	}
}

// olderMastra reads what the exporter wrote before 1.0: the content of every
// span under "input" and "output", that of calls and tools once more, and an
// operation of its own for tools.
func (c *conversion) olderMastra() {
	if c.text(names.GenAIOperationNameKey) == "tool.execute" {
		c.moveName(names.GenAIToolNameKey)
	}
	if c.isSpan() {
		c.stateFrom(names.PropertyInputState, "gen_ai.tool.input", "input")
		c.stateFrom(names.PropertyOutputState, "gen_ai.tool.output", "output")
		return
	}
	c.consume("input", "output")
	c.mastraCall("input", "output")
}
