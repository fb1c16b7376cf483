package otelconf

import (
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	yaml "go.yaml.in/yaml/v3"

	"github.com/otelposthog/otelposthog-go/internal/settings"
)

// parser reads a posthog node and collects everything that is wrong with it.
type parser struct {
	getenv func(string) string
	errs   []error
}

func (p *parser) errorf(at *yaml.Node, path, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("otelposthog: line %d: %s: %w", at.Line, path, fmt.Errorf(format, args...)))
}

// posthog reads the node below the key posthog.
func (p *parser) posthog(n *yaml.Node, path string) config {
	var c config
	key := n
	p.each(n, path, sections(), func(section string, n *yaml.Node, at string) {
		p.each(n, at, names(section), func(name string, n *yaml.Node, at string) {
			if name == "api_key" {
				key = n
			}
			i := slices.IndexFunc(fields, func(f field) bool { return f.section == section && f.name == name })
			p.field(&c, fields[i], n, at)
		})
	})
	if c.apiKey == "" {
		p.errorf(key, path+".exporter.api_key", "it is missing or empty: set it to the project API key (phc_...); if it is ${POSTHOG_API_KEY}, that variable is not set")
	}
	return c
}

func sections() []string {
	var list []string
	for _, f := range fields {
		list = append(list, f.section)
	}
	return slices.Compact(list)
}

func names(section string) []string {
	var list []string
	for _, f := range fields {
		if f.section == section {
			list = append(list, f.name)
		}
	}
	return list
}

// each calls do with every known entry of a mapping that has a value.
func (p *parser) each(n *yaml.Node, path string, known []string, do func(name string, n *yaml.Node, path string)) {
	n = resolve(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.errorf(n, path, "%s is here, want a mapping with %s", kindOf(n), strings.Join(known, ", "))
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], resolve(n.Content[i+1])
		at := path + "." + key.Value
		switch {
		case seen[key.Value]:
			p.errorf(key, at, "this key is there twice")
		case !slices.Contains(known, key.Value):
			p.errorf(key, path, "unknown key %s%s", settings.Show(key.Value), suggest(key.Value, known))
		case !isNull(v):
			do(key.Value, v, at)
		}
		seen[key.Value] = true
	}
}

func (p *parser) field(c *config, f field, n *yaml.Node, path string) {
	before := len(p.errs)
	v := p.value(f, n, path)
	if len(p.errs) > before {
		return
	}
	if f.section == "privacy" && isEmptied(n, v) {
		p.errorf(n, path, "it is empty, and without it more is sent: if it is ${NAME}, that variable is not set")
		return
	}
	if v.text == "" && v.list == nil && v.pairs == nil {
		return // an empty value counts as none
	}
	if f.kind == word {
		word, err := settings.OneOf(v.text, f.values...)
		if err != nil {
			p.errorf(n, path, "%w", err)
			return
		}
		v.text = word
	}
	if err := f.set(c, v); err != nil {
		p.errorf(n, path, "%w", err)
	}
}

// isEmptied reports whether a value, or an item of a list, is empty.
func isEmptied(n *yaml.Node, v value) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		return v.text == ""
	case yaml.SequenceNode:
		return len(v.list) < len(n.Content)
	}
	return false
}

func (p *parser) value(f field, n *yaml.Node, path string) (v value) {
	want := map[kind]yaml.Kind{list: yaml.SequenceNode, mapping: yaml.MappingNode}[f.kind]
	if want == 0 {
		want = yaml.ScalarNode
	}
	if n.Kind != want {
		p.errorf(n, path, "%s is here, want %s", kindOf(n), wants[f.kind])
		return v
	}
	switch f.kind {
	case list:
		for i, item := range n.Content {
			if text := p.scalar(resolve(item), fmt.Sprintf("%s[%d]", path, i)); text != "" {
				v.list = append(v.list, text)
			}
		}
	case mapping:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			v.pairs = append(v.pairs, attribute.String(key, p.scalar(resolve(n.Content[i+1]), path+"."+key)))
		}
	default:
		v.text = strings.TrimSpace(p.scalar(n, path))
	}
	return v
}

// scalar substitutes variables in the value alone, so that a variable can add
// neither keys nor lines to the file.
func (p *parser) scalar(n *yaml.Node, path string) string {
	if n.Kind != yaml.ScalarNode {
		p.errorf(n, path, "%s is here, want a text", kindOf(n))
		return ""
	}
	text, err := substitute(n.Value, p.getenv)
	if err != nil {
		p.errorf(n, path, "%w", err)
	}
	return text
}

var wants = map[kind]string{
	text: "a text", word: "a word", flag: "true or false", duration: "a duration such as 30s", integer: "a number",
	list: "a list such as [a, b]", mapping: "a mapping such as {team: search}",
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
