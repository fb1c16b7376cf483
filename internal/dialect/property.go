package dialect

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Get returns the property, or nil.
func (c *Conversion) Get(key string) *prop.Property {
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

// Unset removes a property.
func (c *Conversion) Unset(key string) {
	if c.Get(key) != nil {
		c.props = slices.DeleteFunc(c.props, func(p prop.Property) bool { return p.Key == key })
		c.propIndex = nil
	}
}

// Has reports whether the property is set: there, and not an empty text.
func (c *Conversion) Has(key string) bool {
	p := c.Get(key)
	return p != nil && !attr.IsEmpty(p.Value)
}

// Set sets a property and replaces an earlier value.
func (c *Conversion) Set(p prop.Property) {
	c.provenance.write(p.Key)
	if old := c.Get(p.Key); old != nil {
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

// Fill sets a property that is not set yet.
func (c *Conversion) Fill(p prop.Property) {
	if !c.Has(p.Key) {
		c.Set(p)
	}
}

// SetText is Set for a text, which is left out if it is empty.
func (c *Conversion) SetText(key, text string) {
	if text != "" {
		c.Set(prop.String(key, text))
	}
}

// FillText is SetText for a property that is not set yet.
func (c *Conversion) FillText(key, text string) {
	if text != "" {
		c.Fill(prop.String(key, text))
	}
}

// FillTree fills a property with a tree; nil and null are left out.
func (c *Conversion) FillTree(key string, n *jsontree.Node) {
	if n != nil && n.Kind != jsontree.Null {
		c.Fill(propertyOf(key, n))
	}
}

// SetTree is FillTree, but replaces an earlier value.
func (c *Conversion) SetTree(key string, n *jsontree.Node) {
	if n != nil && n.Kind != jsontree.Null {
		c.Set(propertyOf(key, n))
	}
}

func propertyOf(key string, n *jsontree.Node) prop.Property {
	if n.Kind == jsontree.String {
		return prop.String(key, n.Text)
	}
	return prop.Doc(key, n.JSON())
}
