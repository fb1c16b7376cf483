package processor

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/genai"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Some libraries emit two spans for one call of a model, one below the other,
// and both say "generation". Tokens must count once, so one of the two is marked
// with demote: see mapping.md, "One call, two spans". The inner span ends first,
// and is handed on before the outer one is complete.

// demote tells the exporter to make a $ai_span of what would be a
// $ai_generation.
var demote = semconv.SameCallKey.Bool(true)

// modelKeys hold the name of the model, the one that answered or the one that
// was asked for.
var modelKeys = map[attribute.Key]bool{
	semconv.GenAIResponseModelKey:     true,
	semconv.GenAIRequestModelKey:      true,
	"llm.response.model":              true,
	"llm.request.model":               true,
	"llm.model_name":                  true,
	"ai.model.id":                     true,
	"ai.response.model":               true,
	"langfuse.observation.model.name": true,
	"genkit:name":                     true,
}

// inputKeys and outputKeys begin the attributes that hold messages.
var (
	inputKeys = []string{
		"gen_ai.input.messages", "gen_ai.prompt", "llm.prompts.", "llm.input_messages.", "ai.prompt",
		"langfuse.observation.input", "langwatch.input", "genkit:input", "lmnr.span.input", "input.value",
	}
	outputKeys = []string{
		"gen_ai.output.messages", "gen_ai.completion", "llm.completions.", "llm.output_messages.", "ai.response.text",
		"ai.response.object", "ai.response.toolCalls", "langfuse.observation.output", "langwatch.output",
		"genkit:output", "lmnr.span.output", "output.value",
	}
)

// description is what tells one call of a model from another.
type description struct {
	generation bool
	responseID string
	models     [2]string // at most two different ones
	messages   bool
}

func describe(s sdktrace.ReadOnlySpan, attrs []attribute.KeyValue) (d description) {
	if d.generation = isGeneration(attrs); !d.generation {
		return braintrust(attrs)
	}
	for i := range attrs {
		kv := &attrs[i]
		switch {
		case kv.Key == semconv.GenAIResponseIDKey || kv.Key == "ai.response.id":
			d.responseID = kv.Value.AsString()
		case modelKeys[kv.Key]:
			d.addModel(kv.Value.AsString())
		case !d.messages:
			d.messages = kv.Key == semconv.EventsKey || beginsWith(kv.Key, inputKeys) || beginsWith(kv.Key, outputKeys)
		}
	}
	if !d.messages {
		for _, ev := range s.Events() {
			if isMessageEvent(ev.Name) {
				d.messages = true
				break
			}
		}
	}
	return d
}

// detach copies what is kept: it may be cut from a whole response body.
func (d *description) detach() {
	d.responseID = strings.Clone(d.responseID)
	d.models[0], d.models[1] = strings.Clone(d.models[0]), strings.Clone(d.models[1])
}

func (d *description) addModel(m string) {
	switch {
	case m == "" || m == d.models[0]:
	case d.models[0] == "":
		d.models[0] = m
	default:
		d.models[1] = m
	}
}

// sameCall reports whether two spans, one below the other, describe one call.
// Two response ids decide; without them, a common model does.
func (d *description) sameCall(o *description) bool {
	if d.responseID != "" && o.responseID != "" {
		return d.responseID == o.responseID
	}
	for _, m := range d.models {
		if genai.SameModel(m, o.models[0]) || genai.SameModel(m, o.models[1]) {
			return true
		}
	}
	return false
}

// isGeneration tells generations as the exporter does.
func isGeneration(attrs []attribute.KeyValue) bool {
	return genai.Event(func(key attribute.Key) string {
		for i := range attrs {
			if attrs[i].Key == key {
				return attrs[i].Value.AsString()
			}
		}
		return ""
	}) == semconv.EventGeneration
}

func beginsWith(k attribute.Key, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(string(k), p) {
			return true
		}
	}
	return false
}

func isMessageEvent(name string) bool {
	switch name {
	case semconv.EventUserMessage, semconv.EventAssistantMessage, semconv.EventToolMessage,
		semconv.EventChoice, semconv.EventInferenceDetails:
		return true
	}
	return false
}

// generation is what an entry remembers about calls: its own once it has ended,
// and while it is open those of the spans right below it.
type generation struct {
	self    description
	demoted bool          // it was handed on with demote
	keeps   bool          // it stays, because a span below was demoted for it
	inner   []description // generations right below, which stay if they are the same call
}

// maxInner bounds generation.inner. The last one is replaced when there are
// more: a wrapper names the response of its first call or of its last.
const maxInner = 8

func (g *generation) addInner(d description) {
	if len(g.inner) == maxInner {
		g.inner[maxInner-1] = d
		return
	}
	g.inner = append(g.inner, d)
}

// settle decides whether a span that has just ended is to be demoted, and notes
// what that means for the span above it, its nearest AI ancestor in this
// process: line[i], if i is not negative.
func (p *Processor) settle(sh *shard, k key, self description, line []relative, i int) bool {
	if !self.generation && (i < 0 || line[i].ai) {
		return false
	}
	var outer description
	if self.generation {
		self.detach()
		if i >= 0 && line[i].span != nil {
			outer = describe(line[i].span, line[i].span.Attributes())
		}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	var above *entry
	if i >= 0 {
		if above = sh.entries[line[i].key]; above != nil {
			above.ai = true
		}
	}
	if !self.generation {
		return false
	}
	e := sh.entries[k]
	demoted := false
	if e != nil && e.gen != nil {
		for j := range e.gen.inner {
			demoted = demoted || self.sameCall(&e.gen.inner[j])
		}
	}
	if above != nil {
		demoted = yield(above, self, outer, demoted)
	}
	if e != nil {
		e.gen = &generation{self: self, demoted: demoted}
	}
	return demoted
}

// yield reports whether self gives way to the generation above it, or already
// did to one below. Otherwise the one above will have to.
func yield(a *entry, self, outer description, demoted bool) bool {
	if a.ended {
		// It was handed on, as a generation unless it was demoted.
		return demoted || a.gen != nil && !a.gen.demoted && a.gen.self.sameCall(&self)
	}
	if !outer.generation || !outer.sameCall(&self) {
		return demoted
	}
	if a.gen == nil {
		a.gen = &generation{}
	}
	switch g := a.gen; {
	case demoted && !g.keeps:
		g.addInner(self) // The one below self counts for the one above, too.
	case demoted:
	case g.keeps || outer.messages && !self.messages && len(g.inner) == 0:
		g.keeps = true
		return true
	default:
		g.addInner(self)
	}
	return demoted
}
