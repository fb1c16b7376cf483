package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// mastra is Mastra, through its bridge or its exporter. Only its spans with the
// operation "chat" are calls; steps and chunks repeat their content.
var mastra = library{
	name:     "mastra",
	matchers: []string{"mastra.*"},
	ai:       []string{"mastra.span.type"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("mastra.metadata.sessionId", "mastra.metadata.threadId"), read: attr.Text},
	},
	// Headers can hold secrets, and the body is the content once more.
	drop: []string{
		"mastra.span.type", "mastra.metadata.headers", "mastra.metadata.body", "mastra.metadata.modelMetadata", "mastra.completion_start_time",
	},
	postprocess: postprocessMastra,
}

func postprocessMastra(c *Conversion) {
	fillFirstToken(c, "mastra.completion_start_time")
	// The names contain the type of the span, as in mastra.model_step.input.
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
	// This can be the only sign of a failed call: the span status is OK.
	if p := c.Get(names.PropertyStopReason); p != nil && p.Value.AsString() == "error" {
		c.fail("the model call finished with an error")
	}
}

// mastraCall reads a request, and makes one message of an answer's text and
// tool calls.
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

// olderMastra reads the attributes of the exporter before 1.0: the content of
// every span under "input" and "output", repeated on calls and tools, and a
// special operation for tools.
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
