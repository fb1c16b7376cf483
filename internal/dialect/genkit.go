package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
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
	name:     "genkit",
	matchers: []string{"genkit:*"},
	ai:       []string{"genkit:*"},
	kind:     kindRule{of: genkitKind},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("genkit:sessionId"), read: attr.Text},
	},
	drop:        []string{string(genkitName), string(genkitInput), string(genkitOutput), "genkit:isRoot", "genkit:state", "genkit:type", "genkit:path", "genkit:key", "genkit:metadata:subtype"},
	postprocess: postprocessGenkit,
}

// genkitKind recognises the actions that are calls. Other steps can also have a
// subtype.
func genkitKind(c *Conversion) string {
	if c.Text(genkitType) != "action" {
		return ""
	}
	switch c.Text("genkit:metadata:subtype") {
	case "model":
		return names.EventGeneration
	case "embedder":
		return names.EventEmbedding
	}
	return names.EventSpan
}

func postprocessGenkit(c *Conversion) {
	name := c.Text(genkitName)
	c.rename(genkitName)
	input, output := c.Parsed(genkitInput), c.Parsed(genkitOutput)
	switch {
	case c.Kind == names.EventGeneration:
		genkitModel(c, name)
		c.fillDocuments(&genkitContent)
		c.fillParameters(input.Get("config"))
		c.fillUsage(&output, genkitUsage)
		c.FillText(names.PropertyCompletionID, output.Path("raw.id").String())
	case c.Kind == names.EventEmbedding: // the output is vectors
		genkitModel(c, name)
		c.fillInput(genkitDocuments(input.Get("input")))
	case c.Text(genkitType) == "util" && input.Get("messages") != nil:
		// It would repeat the whole conversation of the calls below it.
		messages := jsontree.Arr(chat.FromRequest(&input)...)
		c.FillTree(names.PropertyInputState, chat.First(&messages, "user"))
		replies, _ := chat.FromResponse(&output)
		messages = jsontree.Arr(replies...)
		c.FillTree(names.PropertyOutputState, chat.Last(&messages, "assistant"))
		c.fillUsage(&output, genkitUsage)
		c.FillText(names.PropertyCompletionID, output.Path("raw.id").String())
	default:
		c.fillDocuments(&genkitContent)
	}
}

var genkitContent = documents{input: genkitInput, output: genkitOutput}

// genkitModel takes provider and model from the name of an action, such as
// openai/gpt-4o-mini.
func genkitModel(c *Conversion, name string) {
	provider, model, ok := strings.Cut(name, "/")
	if !ok {
		provider, model = "", name
	}
	c.FillText(names.PropertyModel, model)
	c.FillText(names.PropertyProvider, provider)
}

// genkitUsage is the usage in an output, and additional usage in the provider's
// own response, which some plugins keep.
var genkitUsage = []count{
	{names.PropertyInputTokens, []string{"usage.inputTokens"}},
	{names.PropertyOutputTokens, []string{"usage.outputTokens"}},
	{names.PropertyCacheReadTokens, []string{"usage.cachedContentTokens", "raw.usage.prompt_tokens_details.cached_tokens"}},
	{names.PropertyReasoningTokens, []string{"usage.thoughtsTokens", "raw.usage.completion_tokens_details.reasoning_tokens"}},
}

// genkitDocuments returns the texts to embed.
func genkitDocuments(documents *jsontree.Node) []jsontree.Node {
	var texts []jsontree.Node
	for _, document := range chat.Flattened(documents) {
		if text := chat.JoinTexts(document.Get("content")); text != "" {
			texts = append(texts, jsontree.Str(text))
		}
	}
	return texts
}
