package convert

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// contentProperties hold the content of calls. Text in them that is a JSON
// object or array is sent as JSON.
var contentProperties = []string{
	names.PropertyInput, names.PropertyOutputChoices, names.PropertyInputState,
	names.PropertyOutputState, names.PropertyTools, names.PropertyModelParameters,
}

// content is the last step for values: text that is JSON becomes JSON, tool
// results get the field that PostHog's UI renders, and binary data is removed.
func content(c *conversion) {
	defer func() {
		if c.Truncated {
			c.Set(prop.Any(names.PropertyTruncated, attribute.BoolValue(true)))
		}
	}()
	props := c.Properties()
	for i := range props {
		p := &props[i]
		if p.Key == names.PropertyModelParameters {
			*p = withoutSecretMembers(*p) // which some libraries copy from the request as it is
		}
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
	var facts jsontree.Facts
	isText := p.Value.Type() == attribute.STRING
	if isText {
		var ok bool
		if facts, ok = jsontree.Scan(p.Value.AsString()); ok {
			p.JSON = true
		} else {
			n, readable := jsontree.ParseContainer(p.Value.AsString())
			if readable { // broken, but not beyond reading
				*p = prop.Doc(p.Key, n.JSON())
				facts, _ = jsontree.Scan(p.Value.AsString())
			}
			c.Truncated = c.Truncated || n.Cut // also where nothing in it is complete
		}
	} else if !c.opts.KeepBinary {
		p.Value, _ = redact.Value(p.Value)
	}
	show := shower(p.Key)
	wantsShow := show != nil && (facts.ToolResponse || facts.Shape || !isText || p.Key == names.PropertyTools)
	wantsRedaction := !c.opts.KeepBinary && isText && (facts.Media || redact.Suspect(p.Value.AsString()))
	if !wantsShow && !wantsRedaction {
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
	if wantsRedaction {
		changed = redact.Tree(&tree)
	}
	if wantsShow {
		changed = show(&tree) || changed
	}
	if changed {
		*p = prop.Doc(p.Key, tree.JSON())
	}
}

// shower returns the function that converts a property to a shape that
// PostHog's UI shows, or nil.
func shower(key string) func(*jsontree.Node) bool {
	switch key {
	case names.PropertyInput, names.PropertyOutputChoices:
		return chat.Show
	case names.PropertyTools:
		return chat.ShowTools
	}
	return nil
}
