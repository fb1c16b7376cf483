package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// mastra is Mastra, through its bridge or its exporter. Of its spans only those
// whose operation is "chat" are calls; steps and chunks tell the same again.
var mastra = library{
	name:  "mastra",
	marks: []string{"mastra.*"},
	ai:    []string{"mastra.span.type"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("mastra.metadata.sessionId", "mastra.metadata.threadId"), read: attr.Text},
	},
	// Headers can hold secrets, and the body is the content once more.
	drop: []string{
		"mastra.span.type", "mastra.metadata.headers", "mastra.metadata.body", "mastra.metadata.modelMetadata", "mastra.completion_start_time",
	},
	finish: finishMastra,
}

func finishMastra(c *Conversion) {
	fillFirstToken(c, "mastra.completion_start_time")
	// The names have the type of the span in them, as mastra.model_step.input.
	var input, output attribute.Key
	for i := range c.Own.Attributes {
		rest, ok := strings.CutPrefix(string(c.Own.Attributes[i].Key), "mastra.")
		if !ok || strings.HasPrefix(rest, "metadata.") {
			continue
		}
		switch _, member, _ := strings.Cut(rest, "."); member {
		case "input":
			input, c.used[i] = c.Own.Attributes[i].Key, true
		case "output":
			output, c.used[i] = c.Own.Attributes[i].Key, true
		}
	}
	if c.Text("mastra.span.type") != "" {
		olderMastra(c)
	}
	if c.IsSpan() {
		c.stateFrom(names.PropertyInputState, input)
		c.stateFrom(names.PropertyOutputState, output)
	} else {
		mastraCall(c, input, output)
	}
	// A call that failed can leave no other trace: the status is OK.
	if p := c.Get(names.PropertyStopReason); p != nil && p.Value.AsString() == "error" {
		c.fail("the model call finished with an error")
	}
}

// mastraCall reads a request, and makes a message of an answer with its text and
// its tool calls.
func mastraCall(c *Conversion, input, output attribute.Key) {
	request, answer := c.Parsed(input), c.Parsed(output)
	c.fillRequest(&request)
	m := chat.Message("assistant", answer.Get("text").String())
	calls := chat.ToolCalls(answer.Get("toolCalls"))
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
func olderMastra(c *Conversion) {
	if c.Text(names.GenAIOperationNameKey) == "tool.execute" {
		c.moveName(names.GenAIToolNameKey)
	}
	if c.IsSpan() {
		c.stateFrom(names.PropertyInputState, "gen_ai.tool.input", "input")
		c.stateFrom(names.PropertyOutputState, "gen_ai.tool.output", "output")
		return
	}
	c.Consume("input", "output")
	mastraCall(c, "input", "output")
}
