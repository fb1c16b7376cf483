package shrink

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// dropBinary removes base64 content, which is there only if the user switched
// its redaction off. It reports whether there was any.
func (s *shrinker) dropBinary() (found bool) {
	for i := range s.parts {
		if p := &s.parts[i]; p.size() > small && p.class != identity && p.dropBinary() {
			found = true
		}
	}
	return found
}

func (p *part) dropBinary() bool {
	switch {
	case p.tree != nil:
		return redact.Tree(p.tree)
	case p.prop.JSON:
		tree := p.prop.Tree()
		changed := redact.Tree(&tree)
		if changed {
			p.prop = prop.Doc(p.key, tree.JSON())
		}
		return changed
	case p.prop.Value.Type() == attribute.STRING:
		text, changed := redact.String(p.prop.Value.AsString())
		if changed {
			p.prop = prop.String(p.key, text)
		}
		return changed
	}
	value, changed := redact.Value(p.prop.Value)
	if changed {
		p.prop = prop.Any(p.key, value)
	}
	return changed
}
