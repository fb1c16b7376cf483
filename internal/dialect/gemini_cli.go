package dialect

import (
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// geminiCLI is Gemini's command line. It uses the attributes of the GenAI
// conventions, with content in Gemini's shape.
var geminiCLI = library{
	name:           "gemini-cli",
	scopes:         []string{"gemini-cli*"},
	matchers:       []string{"gen_ai.operation.name=llm_call", "gen_ai.agent.name=gemini-cli"},
	reasoningApart: true, // as in Gemini's own usage
	postprocess:    postprocessGeminiCLI,
}

func postprocessGeminiCLI(c *Conversion) {
	// The prompt name is an id, not the name of a managed prompt.
	if id, ok := c.Attr(names.GenAIPromptNameKey); ok && c.Text(names.PropertyPromptName) == "" {
		c.Unset(names.PropertyPromptName)
		c.Fill(prop.Any(string(names.GenAIPromptNameKey), id))
	}
	if c.IsSpan() {
		if c.Text(names.GenAIToolNameKey) == "" {
			c.moveName(names.GenAIAgentNameKey)
		}
		return
	}
	c.FillText(names.PropertyProvider, "gcp.gemini")
	geminiMessages(c, names.PropertyInput, chat.FromRequest)
	geminiMessages(c, names.PropertyOutputChoices, func(n *jsontree.Node) []jsontree.Node {
		messages, _ := chat.FromResponse(n)
		return messages
	})
	if v, ok := c.Attr(names.GenAISystemInstructionsKey); ok {
		if n := attr.JSON(v); n.Is(jsontree.String) { // a JSON string
			c.prependSystem(n.Text)
		}
	}
	if v, ok := c.Attr(names.GenAIToolDefinitionsKey); ok && c.Text(names.PropertyTools) == "" {
		if tools, ok := attr.Tree(v); ok {
			request := jsontree.Obj(jsontree.Member{Name: "tools", Value: tools})
			c.Unset(names.PropertyTools)
			c.From(names.GenAIToolDefinitionsKey)
			c.fillTools(&request)
		}
	}
}

// geminiMessages reads the messages of a property as Gemini's.
func geminiMessages(c *Conversion, property string, read func(*jsontree.Node) []jsontree.Node) {
	p := c.Get(property)
	if p == nil {
		return
	}
	n := treeOfProperty(p)
	if messages := read(&n); len(messages) > 0 {
		list := jsontree.Arr(messages...)
		c.SetTree(property, &list)
	}
}
