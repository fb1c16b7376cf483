package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// Attributes that hold the whole request and the whole response.
const (
	promptKey     = attribute.Key("gen_ai.prompt")
	completionKey = attribute.Key("gen_ai.completion")
)

// wholeDocuments is the old convention of one JSON document each for the prompt
// and the completion, which LangSmith keeps to, but not LangSmith alone.
var wholeDocuments = library{
	marks:  []string{string(promptKey), string(completionKey)},
	rides:  true,
	drop:   []string{string(promptKey), string(completionKey)},
	finish: finishDocuments,
}

func finishDocuments(c *conversion) {
	prompt, completion := c.parsed(promptKey), c.parsed(completionKey)
	switch c.kind {
	case names.EventGeneration:
		c.fillRequest(&prompt)
		c.fillResponse(&completion)
	case names.EventEmbedding: // the completion is vectors
		c.fillState(names.PropertyInput, held(&prompt))
	default:
		c.fillState(names.PropertyInputState, held(&prompt))
		c.fillState(names.PropertyOutputState, held(&completion))
	}
}

// held returns the value in an object that is only there to hold it, such
// as {"input": "..."}.
func held(n *jsontree.Node) *jsontree.Node {
	if !n.Is(jsontree.Object) || len(n.Members) != 1 {
		return n
	}
	switch m := &n.Members[0]; m.Name {
	case "input", "inputs", "output", "outputs":
		if m.Value.Is(jsontree.String) {
			inner := jsonOf(attribute.StringValue(m.Value.Text))
			return &inner
		}
		return &m.Value
	}
	return n
}
