package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// systemInstructions puts the system prompt before the input.
func (c *conversion) systemInstructions() {
	key := names.GenAISystemInstructionsKey
	v, ok := c.attr(key)
	if p := c.get(string(key)); !ok && p != nil { // a span event had it
		v, ok = p.Value, true
	}
	c.unset(string(key))
	c.consume(key)
	if !ok || v.Type() == attribute.STRING && longer(v.AsString(), maxCarrier) {
		return
	}
	c.prependSystem(instructionText(v))
}

// instructionText joins the texts of a list of parts by a blank line. A plain
// text is itself, and other JSON, also a list without a text, its JSON text.
func instructionText(v attribute.Value) string {
	n, ok := treeOf(v)
	if !ok {
		if v.Type() == attribute.STRING {
			return v.AsString()
		}
		n = jsontree.FromValue(v)
	}
	if n.Is(jsontree.Array) {
		if texts := joinTexts(&n); texts != "" || len(n.Items) == 0 {
			return texts
		}
	}
	return n.JSON()
}

// joinTexts joins the texts of a list of parts by a blank line.
func joinTexts(parts *jsontree.Node) string {
	var texts []string
	for _, part := range flattened(parts) {
		if s := partText(&part); s != "" {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, "\n\n")
}

// partText returns the text of a message part, in any of its spellings.
func partText(part *jsontree.Node) string {
	if part.Is(jsontree.String) {
		return part.Text
	}
	switch part.Get("type").String() {
	case "", "text", "input_text", "output_text", "summary_text":
	default:
		return ""
	}
	for _, name := range []string{"content", "text"} {
		if s := part.Get(name).String(); s != "" {
			return s
		}
	}
	return ""
}

// prependSystem puts a system message before the input, unless the input has
// one or is not a list of messages.
func (c *conversion) prependSystem(prompt string) {
	if prompt == "" {
		return
	}
	system := chatMessage("system", prompt)
	if !c.hasMessages(names.PropertyInput) {
		n := jsontree.Arr(system)
		c.setTree(names.PropertyInput, &n)
		return
	}
	input := c.get(names.PropertyInput)
	if input.Value.Type() == attribute.STRING {
		text := strings.TrimLeft(input.Value.AsString(), " \t\r\n")
		facts, ok := jsontree.Scan(text)
		if !ok || text[0] != '[' {
			return
		}
		if !facts.System { // nothing to look at: do not decode the whole input
			c.set(prop.Doc(names.PropertyInput, "["+system.JSON()+","+text[1:]))
			return
		}
	}
	n := treeOfProperty(input)
	if n.Is(jsontree.Array) && n.At(0).Get("role").String() != "system" {
		n.Items = slices.Insert(n.Items, 0, system)
		c.setTree(names.PropertyInput, &n)
	}
}
