package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// Attributes of Genkit.
const (
	genkitType   = attribute.Key("genkit:type")
	genkitName   = attribute.Key("genkit:name")
	genkitInput  = attribute.Key("genkit:input")
	genkitOutput = attribute.Key("genkit:output")
)

// genkit is Firebase Genkit, for JavaScript and Go: every step of a flow is a
// span with its input and output in two documents.
var genkit = library{
	name:  "genkit",
	marks: []string{"genkit:*"},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("genkit:sessionId"), read: text},
	},
	drop:   []string{string(genkitName), string(genkitInput), string(genkitOutput), "genkit:isRoot", "genkit:state"},
	finish: finishGenkit,
}

func finishGenkit(c *conversion) {
	name := c.text(genkitName)
	c.rename(genkitName)
	input, output := c.parsed(genkitInput), c.parsed(genkitOutput)
	switch {
	case c.kind == names.EventGeneration:
		c.genkitModel(name)
		c.fillRequest(&input)
		c.fillParameters(input.Get("config"))
		c.fillResponse(&output)
		c.genkitUsage(&output)
	case c.kind == names.EventEmbedding: // the output is vectors
		c.genkitModel(name)
		c.fillInput(genkitDocuments(input.Get("input")))
	case c.text(genkitType) == "util" && input.Get("messages") != nil:
		// It repeats the whole conversation of the calls below it.
		messages := jsontree.Arr(requestMessages(&input)...)
		c.fillTree(names.PropertyInputState, firstOf(&messages, "user"))
		replies, _ := responseMessages(&output)
		messages = jsontree.Arr(replies...)
		c.fillTree(names.PropertyOutputState, lastOf(&messages, "assistant"))
		c.genkitUsage(&output)
	default:
		c.stateFrom(names.PropertyInputState, genkitInput)
		c.stateFrom(names.PropertyOutputState, genkitOutput)
	}
}

// genkitModel takes provider and model from the name of an action, such as
// openai/gpt-4o-mini.
func (c *conversion) genkitModel(name string) {
	provider, model, ok := strings.Cut(name, "/")
	if !ok {
		provider, model = "", name
	}
	c.fillText(names.PropertyModel, model)
	c.fillText(names.PropertyProvider, provider)
}

// genkitUsage reads the usage, and what only the provider's own response, which
// some plugins keep, tells.
func (c *conversion) genkitUsage(output *jsontree.Node) {
	usage, raw := output.Get("usage"), output.Get("raw")
	details := raw.Get("usage")
	c.fillCount(names.PropertyInputTokens, usage.Get("inputTokens"))
	c.fillCount(names.PropertyOutputTokens, usage.Get("outputTokens"))
	c.fillCount(names.PropertyCacheReadTokens,
		usage.Get("cachedContentTokens"), details.Get("prompt_tokens_details").Get("cached_tokens"))
	c.fillCount(names.PropertyReasoningTokens,
		usage.Get("thoughtsTokens"), details.Get("completion_tokens_details").Get("reasoning_tokens"))
	c.fillText(names.PropertyCompletionID, raw.Get("id").String())
}

// genkitDocuments returns the texts to embed.
func genkitDocuments(documents *jsontree.Node) []jsontree.Node {
	var texts []jsontree.Node
	for _, document := range flattened(documents) {
		if text := joinTexts(document.Get("content")); text != "" {
			texts = append(texts, jsontree.Str(text))
		}
	}
	return texts
}
