package convert

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// contentProperties hold what people and models said. Text there that is a JSON
// object or array is sent as such.
var contentProperties = []string{
	names.PropertyInput, names.PropertyOutputChoices, names.PropertyInputState,
	names.PropertyOutputState, names.PropertyTools, names.PropertyModelParameters,
}

// content looks at the values at last: content becomes JSON where it is, tool
// results get the field that PostHog's UI renders, and binary data goes.
func content(c *conversion) {
	props := c.Properties()
	for i := range props {
		p := &props[i]
		if slices.Contains(contentProperties, p.Key) {
			document(c, p)
		} else if !c.opts.KeepBinary {
			if v, changed := redact.Value(p.Value); changed {
				p.Value = v
			}
		}
	}
}

func document(c *conversion, p *prop.Property) {
	if c.opts.Private && p.Key != names.PropertyModelParameters && !attr.IsNothing(p.Value) {
		*p = prop.Doc(p.Key, "null")
		return
	}
	var facts jsontree.Facts
	isText := p.Value.Type() == attribute.STRING
	if isText {
		var ok bool
		if facts, ok = jsontree.Scan(p.Value.AsString()); ok {
			p.JSON = true
		}
	} else if !c.opts.KeepBinary {
		p.Value, _ = redact.Value(p.Value)
	}
	isMessages := p.Key == names.PropertyInput || p.Key == names.PropertyOutputChoices
	wantsResult := isMessages && (facts.ToolResponse || !isText)
	wantsRedaction := !c.opts.KeepBinary && isText && (facts.Media || redact.Suspect(p.Value.AsString()))
	if !wantsResult && !wantsRedaction {
		return
	}
	if isText && !p.JSON {
		if text, changed := redact.String(p.Value.AsString()); changed {
			p.Value = attribute.StringValue(text)
		}
		return
	}
	tree := p.Tree()
	changed := false
	if wantsResult {
		tree.Walk(func(n *jsontree.Node) bool {
			changed = renderable(n) || changed
			return true
		})
	}
	if wantsRedaction {
		changed = redact.Tree(&tree) || changed
	}
	if changed {
		*p = prop.Doc(p.Key, tree.JSON())
	}
}

// renderable gives a tool result the field that PostHog's UI renders: result,
// where the convention writes response.
func renderable(n *jsontree.Node) bool {
	response := n.Get("response")
	if response == nil || n.Get("result") != nil || n.Get("type").String() != "tool_call_response" {
		return false
	}
	n.Set("result", *response)
	return true
}
