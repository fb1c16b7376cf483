package convert

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// get returns the property, or nil.
func (c *conversion) get(key string) *prop.Property {
	if c.propIndex != nil {
		if i, ok := c.propIndex[key]; ok {
			return &c.props[i]
		}
		return nil
	}
	for i := range c.props {
		if c.props[i].Key == key {
			return &c.props[i]
		}
	}
	return nil
}

// unset removes a property.
func (c *conversion) unset(key string) {
	if c.get(key) != nil {
		c.props = slices.DeleteFunc(c.props, func(p prop.Property) bool { return p.Key == key })
		c.propIndex = nil
	}
}

// has reports whether the property is set: there, and not an empty text.
func (c *conversion) has(key string) bool {
	p := c.get(key)
	return p != nil && !empty(p.Value)
}

// set sets a property, whatever it was.
func (c *conversion) set(p prop.Property) {
	c.origins.wrote(p.Key)
	if old := c.get(p.Key); old != nil {
		*old = p
		return
	}
	c.props = append(c.props, p)
	if c.propIndex != nil {
		c.propIndex[p.Key] = len(c.props) - 1
	} else if len(c.props) > many {
		c.propIndex = make(map[string]int, 2*len(c.props))
		for i := range c.props {
			c.propIndex[c.props[i].Key] = i
		}
	}
}

// fill sets a property that is not set yet.
func (c *conversion) fill(p prop.Property) {
	if !c.has(p.Key) {
		c.set(p)
	}
}

// setText and the like are set and fill for a text that may be empty, and then
// is left out.
func (c *conversion) setText(key, text string) {
	if text != "" {
		c.set(prop.String(key, text))
	}
}

func (c *conversion) fillText(key, text string) {
	if text != "" {
		c.fill(prop.String(key, text))
	}
}

// fillTree fills a property with a tree; nil and null are left out.
func (c *conversion) fillTree(key string, n *jsontree.Node) {
	if n != nil && n.Kind != jsontree.Null {
		c.fill(propertyOf(key, n))
	}
}

// setTree is fillTree for a property that may be set.
func (c *conversion) setTree(key string, n *jsontree.Node) {
	if n != nil && n.Kind != jsontree.Null {
		c.set(propertyOf(key, n))
	}
}

func propertyOf(key string, n *jsontree.Node) prop.Property {
	if n.Kind == jsontree.String {
		return prop.String(key, n.Text)
	}
	return prop.Doc(key, n.JSON())
}
