package dialect

import (
	"hash/fnv"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// Knowledge describes a call: the properties of its event.
type Knowledge struct {
	Kind string // the name of the event
	// Unnamed says that no attribute names the kind of the span. If it has a
	// model and usage, it is a candidate for a generation.
	Unnamed bool
	// Answered is set if the model is the response model, not only the
	// requested one.
	Answered   bool
	Properties []prop.Property
}

// Describe returns the knowledge about the call of a span. It is valid until
// the next call of Begin or Describe.
func (c *Conversion) Describe(span sdktrace.ReadOnlySpan) Knowledge {
	c.Begin(span, false)
	c.Explicit()
	c.Apply()
	c.MessageEvents()
	c.Finish()
	c.FinishConventions()
	return c.Knowledge()
}

// Knowledge returns the current state of the conversion.
func (c *Conversion) Knowledge() Knowledge {
	return Knowledge{
		Kind: c.Kind, Unnamed: c.unnamed, Answered: c.Own.Text(answeredKeys...) != "", Properties: c.props,
	}
}

// answeredKeys hold the response model.
var answeredKeys = []attribute.Key{names.GenAIResponseModelKey, "llm.response.model", "llm.response.model_name", "ai.response.model"}

// Facts returns the facts that identify the call.
func (k *Knowledge) Facts() tracetree.Facts {
	f := tracetree.Facts{Kind: tracetree.Step, ResponseID: k.text(names.PropertyCompletionID)}
	switch {
	case k.Kind == names.EventEmbedding:
		f.Kind = tracetree.Embedding
	case k.Kind == names.EventGeneration && k.Unnamed:
		f.Candidate = true
	case k.Kind == names.EventGeneration:
		f.Kind = tracetree.Generation
	}
	if model := k.text(names.PropertyModel); k.Answered {
		f.Models[0] = model
	} else {
		f.Models[1] = model
	}
	f.Usage = tracetree.Usage{
		Input: k.tokens(names.PropertyInputTokens), Output: k.tokens(names.PropertyOutputTokens),
		CacheRead: k.tokens(names.PropertyCacheReadTokens), CacheCreation: k.tokens(names.PropertyCacheCreationTokens),
		Reasoning: k.tokens(names.PropertyReasoningTokens),
	}
	f.HasInput = holds(k.get(names.PropertyInput))
	f.HasOutput = holds(k.get(names.PropertyOutputChoices))
	return f
}

func (k *Knowledge) get(key string) *prop.Property {
	for i := range k.Properties {
		if k.Properties[i].Key == key {
			return &k.Properties[i]
		}
	}
	return nil
}

func (k *Knowledge) text(key string) string {
	if p := k.get(key); p != nil && p.Value.Type() == attribute.STRING {
		return p.Value.AsString()
	}
	return ""
}

func (k *Knowledge) tokens(key string) int64 {
	if p := k.get(key); p != nil && p.Value.Type() == attribute.INT64 {
		return p.Value.AsInt64()
	}
	return 0
}

// holds reports whether a property has messages.
func holds(p *prop.Property) bool { return p != nil && !attr.IsNothing(p.Value) }

// InputHash is a hash of the last user message, or 0 if unknown. All libraries
// record that message unchanged, but write the others differently. It is not
// part of Facts, because it has to read the messages.
func (k *Knowledge) InputHash() uint64 {
	p := k.get(names.PropertyInput)
	if !holds(p) {
		return 0
	}
	text := ""
	if p.Value.Type() == attribute.STRING && !p.JSON {
		text = p.Value.AsString()
	}
	if n, ok := attr.Tree(p.Value); ok {
		text = said(chat.Last(&n, "user"))
	}
	if text == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64() | 1
}

// said returns the text of a message.
func said(m *jsontree.Node) string {
	if m == nil {
		return ""
	}
	for _, name := range []string{"content", "parts"} {
		if s := chat.PromptText(m.Get(name)); s != "" {
			return s
		}
	}
	return ""
}
