package dialect

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// kindRule says which event a span of a library becomes.
type kindRule struct {
	// key is the attribute with the kind. Values in neither list mean a span.
	key                   attribute.Key
	generation, embedding words
	// of computes a kind that no single attribute has, or "" if it is unknown.
	// It is called only for spans that the library recognises.
	of func(*Conversion) string
	// rank orders rules, lowest first: the attribute of a library that wraps
	// calls is more specific than the conventions' operation name. Rules
	// without a rank come last, in the order of the registry.
	rank int
}

// kinds are the libraries with a kind rule, in the order in which they are
// applied.
var kinds = func() []*library {
	list := slices.DeleteFunc(slices.Clone(registry.list), func(l *library) bool { return l.kind.key == "" && l.kind.of == nil })
	rank := func(l *library) int {
		if l.kind.rank == 0 {
			return len(list) + 1
		}
		return l.kind.rank
	}
	slices.SortStableFunc(list, func(a, b *library) int { return rank(a) - rank(b) })
	return list
}()

// classify returns the event name of the span.
func (c *Conversion) classify() string {
	if c.Span.Name() == names.GenAIEventEvaluationResult {
		return names.EventEvaluation // the Collector makes such spans of log records
	}
	kind, named := c.ownKind()
	c.unnamed = !named
	if v, ok := c.Attr(names.SameCallKey); ok && v.AsBool() { // another span stands for the call
		c.unnamed = false
		if kind == names.EventGeneration || kind == names.EventEmbedding {
			kind = names.EventSpan
		}
	}
	if kind == names.EventSpan && !c.Span.Parent().SpanID().IsValid() {
		return names.EventTrace
	}
	return kind
}

// ownKind is [Conversion.classify] without regard to other spans. named is
// false if no attribute names the kind of the span.
func (c *Conversion) ownKind() (kind string, named bool) {
	for _, lib := range kinds {
		if value := c.Own.Text(lib.kind.key); lib.kind.key != "" && value != "" {
			return lib.kind.event(value), true
		}
		if lib.kind.of == nil || !c.libs.has(lib) {
			continue
		}
		if kind := lib.kind.of(c); kind != "" {
			return kind, true
		}
	}
	return names.EventSpan, false
}

// event returns the event for a value of the attribute.
func (r *kindRule) event(value string) string {
	switch {
	case r.generation.has(value):
		return names.EventGeneration
	case r.embedding.has(value):
		return names.EventEmbedding
	}
	return names.EventSpan
}
