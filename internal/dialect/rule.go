package dialect

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// rule sets one property from the first readable one of several attributes.
type rule struct {
	to string
	// primary attributes replace the property even if the span sets it
	// explicitly; fallback attributes fill it only if it is unset.
	primary  []attribute.Key
	fallback []attribute.Key
	read     attr.Reader
	// keep also lets the attributes pass through. Without it they are consumed,
	// even if another one won or none could be read.
	keep bool
}

// keys is a list of attributes, for short rules.
func keys(k ...attribute.Key) []attribute.Key { return k }

// table is the compiled form of the rules that apply to one library's spans.
type table struct {
	rules   []rule
	keys    map[attribute.Key]known
	dropped []string // prefixes
}

// known describes an attribute in a table.
type known struct {
	uses []use
	drop bool
}

// use says that a rule reads an attribute, and at which position.
type use struct {
	rule  int
	place int
}

// found is the best attribute for a rule so far.
type found struct {
	attr  int
	place int // 0: none; the first attribute of the rule is 1
	value attribute.Value
}

// compile combines the rules of a library with the generic ones. An entry of
// drop is a key, or a prefix that ends in *.
func compile(rules []rule, drop []string) *table {
	t := &table{rules: rules, keys: map[attribute.Key]known{}}
	for i, r := range rules {
		for place, key := range slices.Concat(r.primary, r.fallback) {
			k := t.keys[key]
			k.uses = append(k.uses, use{i, place + 1})
			t.keys[key] = k
		}
	}
	for _, d := range drop {
		if prefix, ok := strings.CutSuffix(d, "*"); ok {
			t.dropped = append(t.dropped, prefix)
		} else {
			k := t.keys[attribute.Key(d)]
			k.drop = true
			t.keys[attribute.Key(d)] = k
		}
	}
	return t
}

func (t *table) drops(key attribute.Key) bool {
	return t.keys[key].drop || t.dropsPrefix(key)
}

func (t *table) dropsPrefix(key attribute.Key) bool {
	for _, prefix := range t.dropped {
		if strings.HasPrefix(string(key), prefix) {
			return true
		}
	}
	return false
}

// apply applies the rules of a table to all attributes in one pass, then sets
// the properties in the order of the rules.
func (c *Conversion) apply(t *table) {
	c.found = append(c.found[:0], make([]found, len(t.rules))...)
	for i := range c.Own.Attributes {
		kv := &c.Own.Attributes[i]
		known := t.keys[kv.Key]
		for _, u := range known.uses {
			r := &t.rules[u.rule]
			c.used[i] = c.used[i] || !r.keep
			if best := &c.found[u.rule]; best.place == 0 || u.place < best.place {
				if v, ok := r.read(attr.Unpacked(kv.Value)); ok {
					*best = found{i, u.place, v}
				}
			}
		}
		c.used[i] = c.used[i] || known.drop || t.dropsPrefix(kv.Key)
	}
	for i := range c.found {
		f, r := &c.found[i], &t.rules[i]
		if f.place == 0 || f.place > len(r.primary) && c.Has(r.to) {
			continue
		}
		c.From(c.Own.Attributes[f.attr].Key)
		c.Set(prop.Any(r.to, f.value))
	}
}
