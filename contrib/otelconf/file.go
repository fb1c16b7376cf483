package otelconf

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"go.opentelemetry.io/contrib/otelconf"
	yaml "go.yaml.in/yaml/v3"

	"github.com/otelposthog/otelposthog-go/internal/settings"
)

// file is a configuration file, taken apart.
type file struct {
	rest    otelconf.OpenTelemetryConfiguration // without the posthog nodes
	posthog *config                             // nil: there is none
	path    string                              // of the posthog node
}

// formats are the file formats that OpenTelemetry's otelconf reads without
// checking them itself.
var formats = regexp.MustCompile(`^1\.[0-9]+(-rc\.[0-9]+)?$`)

// parse reads a configuration file.
func parse(text []byte) (file, error) {
	var f file
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return f, fmt.Errorf("otelposthog: not YAML: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return f, errors.New(`otelposthog: the file holds no configuration: it begins with file_format: "1.0"`)
	}
	root := doc.Content[0]
	p := parser{getenv: os.Getenv}
	if format := get(root, "file_format"); format == nil || !formats.MatchString(format.Value) {
		at := root
		if format != nil {
			at = format
		}
		p.errorf(at, "file_format", `want "1.0"`)
	}
	f.posthog, f.path = p.takeProcessor(root)
	p.takePropagator(root)
	if err := errors.Join(p.errs...); err != nil {
		return f, err
	}
	rest, err := yaml.Marshal(&doc)
	if err != nil {
		return f, fmt.Errorf("otelposthog: %w", err)
	}
	parsed, err := otelconf.ParseYAML(rest)
	if err != nil {
		return f, fmt.Errorf("otelposthog: OpenTelemetry's part of the file: %w", err)
	}
	f.rest = *parsed
	return f, nil
}

// takeProcessor removes the posthog entry from the processors and reads it.
func (p *parser) takeProcessor(root *yaml.Node) (*config, string) {
	processors := get(get(root, "tracer_provider"), "processors")
	if processors == nil || processors.Kind != yaml.SequenceNode {
		return nil, ""
	}
	var found *config
	var foundAt string
	var others []*yaml.Node
	for i, entry := range processors.Content {
		path := fmt.Sprintf("tracer_provider.processors[%d].posthog", i)
		node := get(entry, "posthog")
		switch {
		case node == nil:
			others = append(others, entry)
		case len(resolve(entry).Content) != 2:
			p.errorf(entry, path, "it stands beside another key: each processor is an entry of its own, with a dash")
		case found != nil:
			p.errorf(entry, path, "a second posthog: each AI span would be stored twice")
		default:
			c := p.posthog(node, path)
			found, foundAt = &c, path
		}
	}
	processors.Content = others
	return found, foundAt
}

// takePropagator removes posthog from the propagators. It is always there: without
// it the session would leave with every call.
func (p *parser) takePropagator(root *yaml.Node) {
	propagator := get(root, "propagator")
	if composite := get(propagator, "composite"); composite != nil && composite.Kind == yaml.SequenceNode {
		var others []*yaml.Node
		for i, entry := range composite.Content {
			node := get(entry, "posthog")
			if node == nil {
				others = append(others, entry)
				continue
			}
			if !isNull(node) && len(node.Content) > 0 {
				p.errorf(node, fmt.Sprintf("propagator.composite[%d].posthog", i), "it has no settings: trusted hosts stand in the processor, below session")
			}
		}
		composite.Content = others
		if len(others) == 0 { // W3C, which is what the names of OpenTelemetry's default say
			*composite = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{w3c("tracecontext"), w3c("baggage")}}
		}
	}
	if names := get(propagator, "composite_list"); names != nil && regexp.MustCompile(`(^|,)\s*posthog\s*(,|$)`).MatchString(names.Value) {
		p.errorf(names, "propagator.composite_list", "leave posthog out: it is always there (%s)", settings.Show(names.Value))
	}
}

func w3c(name string) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, {Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"},
	}}
}

// get returns the value of a key, nil when n is no mapping or does not have it.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolve(n.Content[i+1])
		}
	}
	return nil
}
