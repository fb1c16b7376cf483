package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// documents names the attributes that hold the whole input and the whole output
// of a span as JSON. For a generation they are a request and a response. For an
// embedding the input is the embedded text; the output, which is vectors, is
// left out. For other spans they are states.
type documents struct {
	input, output attribute.Key
	// mendRequest and mendResponse repair the documents of a generation before
	// they are read.
	mendRequest, mendResponse func(*jsontree.Node)
}

func (d *documents) keys() []string {
	if d.input == "" {
		return nil
	}
	return []string{string(d.input), string(d.output)}
}

// fillDocuments fills properties from the documents.
func (c *Conversion) fillDocuments(d *documents) {
	switch {
	case d.input == "":
	case c.Kind == names.EventGeneration:
		request := c.Parsed(d.input)
		if d.mendRequest != nil {
			d.mendRequest(&request)
		}
		c.fillRequest(&request)
		response := c.Parsed(d.output)
		if d.mendResponse != nil {
			d.mendResponse(&response)
		}
		c.fillResponse(&response)
	case c.Kind == names.EventEmbedding:
		c.stateFrom(names.PropertyInput, d.input)
	default:
		c.stateFrom(names.PropertyInputState, d.input)
		c.stateFrom(names.PropertyOutputState, d.output)
	}
}

// wholeDocuments is the old convention of one JSON document each for the prompt
// and the completion. LangSmith uses it, and others do, too.
var wholeDocuments = library{
	matchers:    []string{string(names.GenAIPromptKey), string(names.GenAICompletionKey)},
	overlay:     true,
	drop:        []string{string(names.GenAIPromptKey), string(names.GenAICompletionKey)},
	postprocess: postprocessDocuments,
}

func postprocessDocuments(c *Conversion) {
	if c.Kind == names.EventGeneration {
		c.fillDocuments(&documents{input: names.GenAIPromptKey, output: names.GenAICompletionKey})
		return
	}
	prompt, completion := c.Parsed(names.GenAIPromptKey), c.Parsed(names.GenAICompletionKey)
	if c.Kind == names.EventEmbedding { // the completion is vectors
		c.fillState(names.PropertyInput, held(&prompt))
		return
	}
	c.fillState(names.PropertyInputState, held(&prompt))
	c.fillState(names.PropertyOutputState, held(&completion))
}

// held returns the value of an object that only wraps it, such as {"input":
// "..."}.
func held(n *jsontree.Node) *jsontree.Node {
	if !n.Is(jsontree.Object) || len(n.Members) != 1 {
		return n
	}
	switch m := &n.Members[0]; m.Name {
	case "input", "inputs", "output", "outputs":
		if m.Value.Is(jsontree.String) {
			inner := attr.JSON(attribute.StringValue(m.Value.Text))
			return &inner
		}
		return &m.Value
	}
	return n
}
