package dialect

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// systemInstructions puts the system prompt before the input.
func systemInstructions(c *Conversion) {
	key := names.GenAISystemInstructionsKey
	v, ok := c.Attr(key)
	if !ok && !attr.IsEmpty(c.systemInstructions) {
		v, ok = c.systemInstructions, true
	}
	c.Consume(key)
	if !ok || v.Type() == attribute.STRING && chat.Longer(v.AsString(), maxCarrier) {
		return
	}
	c.prependSystem(c.instructionText(v))
}

// instructionText joins the texts of a list of parts by a blank line. Plain
// text is returned unchanged. Other JSON, including a list without a text, is
// returned as JSON text.
func (c *Conversion) instructionText(v attribute.Value) string {
	n, ok := c.treeIn(v)
	if !ok {
		if v.Type() == attribute.STRING {
			return v.AsString()
		}
		n = jsontree.FromValue(v)
	}
	if n.Is(jsontree.Array) {
		for i := range n.Items {
			if parts := n.Items[i].Get("parts"); parts.Is(jsontree.Array) { // a whole message
				n.Items[i] = *parts
			}
		}
		if texts := chat.JoinTexts(&n); texts != "" || !slices.ContainsFunc(n.Items, isUnknownPart) {
			return texts
		}
	}
	return n.JSON()
}

// isUnknownPart reports whether a part may hold a system prompt in an unknown
// shape. It is false for parts that are known to have no text.
func isUnknownPart(part jsontree.Node) bool {
	return !part.Is(jsontree.String) && part.Get("type") == nil && part.Get("content") == nil && part.Get("text") == nil
}

// prependSystem puts a system message before the input, unless the input has
// one or is not a list of messages.
func (c *Conversion) prependSystem(prompt string) {
	if prompt == "" {
		return
	}
	system := chat.Message("system", prompt)
	c.provenance.again(names.PropertyInput)
	if !c.hasMessages(names.PropertyInput) {
		n := jsontree.Arr(system)
		c.SetTree(names.PropertyInput, &n)
		return
	}
	input := c.Get(names.PropertyInput)
	if input.Value.Type() == attribute.STRING {
		text := strings.TrimLeft(input.Value.AsString(), " \t\r\n")
		facts, ok := jsontree.Scan(text)
		if ok && text[0] != '[' {
			return
		}
		if ok && !facts.System { // nothing to look at: do not decode the whole input
			c.Set(prop.Doc(names.PropertyInput, "["+system.JSON()+","+text[1:]))
			return
		}
	}
	n := treeOfProperty(input)
	if n.Is(jsontree.Array) && n.At(0).Get("role").String() != "system" {
		n.Items = slices.Insert(n.Items, 0, system)
		c.SetTree(names.PropertyInput, &n)
	}
}
