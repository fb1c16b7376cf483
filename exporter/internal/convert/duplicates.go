package convert

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/genai"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// node is an AI span among the spans of a batch.
type node struct {
	event    *event.Event
	children []*node // tellings of the same call, right below this one
	below    bool    // it is among the children of another
}

// spanKey tells a span from all others. Its id alone does so in its trace only.
type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

func keyOf(sc trace.SpanContext) spanKey { return spanKey{sc.TraceID(), sc.SpanID()} }

// doubles is memory for [doubles.demote].
type doubles struct {
	index   map[spanKey]int
	nearest []int
	path    []int
}

// demote finds LLM calls that two libraries, one on top of the other,
// each told of by a generation, and leaves one of them: the one with messages,
// else the inner one. The other becomes a span, so that PostHog counts the
// tokens once. The same goes for embeddings, which Vercel's SDK tells of twice.
// events[i] is the event of spans[i], or nil.
func (d *doubles) demote(spans []sdktrace.ReadOnlySpan, events []*event.Event) {
	calls := 0
	for _, e := range events {
		if isCall(e) {
			calls++
		}
	}
	if calls < 2 {
		return
	}
	if d.index == nil {
		d.index = make(map[spanKey]int, len(spans))
	}
	clear(d.index)
	for i, span := range spans {
		if span == nil {
			continue
		}
		d.index[keyOf(span.SpanContext())] = i
	}
	ancestor := d.nearestAI(spans, events)
	var nodes []node
	for i := range events {
		above := callAbove(events, ancestor, i)
		if above < 0 {
			continue
		}
		if nodes == nil {
			nodes = make([]node, len(events))
			for j := range nodes {
				nodes[j].event = events[j]
			}
		}
		nodes[above].children = append(nodes[above].children, &nodes[i])
		nodes[i].below = true
	}
	for i := range nodes {
		if len(nodes[i].children) > 0 && !nodes[i].below {
			nodes[i].settle()
		}
	}
}

// maxWrappers is how many spans between two that tell of one call are looked
// through.
const maxWrappers = 8

// callAbove returns the index of the event above events[i] that tells of the same
// call, or -1. Other spans may lie between the two if both have the provider's id
// of the answer.
func callAbove(events []*event.Event, ancestor []int, i int) int {
	e := events[i]
	if !isCall(e) {
		return -1
	}
	at := ancestor[i]
	for range maxWrappers {
		if at < 0 {
			break
		}
		above := events[at]
		if isCall(above) {
			if above.Name == e.Name && sameCall(above, e) && (at == ancestor[i] || answerID(above) != "" && answerID(e) != "") {
				return at
			}
			break
		}
		at = ancestor[at]
	}
	return -1
}

// isCall reports whether PostHog sums the tokens of an event.
func isCall(e *event.Event) bool {
	return e != nil && (e.Name == names.EventGeneration || e.Name == names.EventEmbedding)
}

// nearestAI returns, for each span, the index of its nearest ancestor in the
// batch that has an event, or -1.
func (d *doubles) nearestAI(spans []sdktrace.ReadOnlySpan, events []*event.Event) []int {
	const unknown = -2
	d.nearest = append(d.nearest[:0], make([]int, len(spans))...)
	nearest, path := d.nearest, d.path
	for i := range nearest {
		nearest[i] = unknown
	}
	for i := range spans {
		found := -1
		path = path[:0]
		for at := i; len(path) <= len(spans) && spans[i] != nil; {
			if nearest[at] != unknown {
				found = nearest[at]
				break
			}
			path = append(path, at)
			parent, ok := d.index[spanKey{spans[at].SpanContext().TraceID(), spans[at].Parent().SpanID()}]
			if !ok {
				break
			}
			if events[parent] != nil {
				found = parent
				break
			}
			at = parent
		}
		for _, at := range path {
			nearest[at] = found
		}
	}
	d.path = path
	return nearest
}

// settle decides between a generation and those of the same call below it, from
// the bottom up, and returns those that stay.
func (n *node) settle() []*node {
	var inner []*node
	for _, child := range n.children {
		stay := child.settle()
		if len(stay) > len(inner) {
			stay, inner = inner, stay
		}
		inner = append(inner, stay...)
	}
	if len(inner) == 0 {
		return []*node{n}
	}
	if hasContent(n.event) && !anyContent(inner) {
		for _, other := range inner {
			demote(other.event)
		}
		return []*node{n}
	}
	demote(n.event)
	return inner
}

func demote(e *event.Event) {
	e.Name = names.EventSpan
	if e.Get(names.PropertyParentID) == nil {
		e.Name = names.EventTrace
	}
}

func anyContent(nodes []*node) bool {
	for _, n := range nodes {
		if hasContent(n.event) {
			return true
		}
	}
	return false
}

// hasContent reports whether an event has messages, or had them, until they
// were nulled for privacy.
func hasContent(e *event.Event) bool {
	for _, key := range []string{names.PropertyInput, names.PropertyOutputChoices} {
		if p := e.Get(key); p != nil && (p.JSON && p.Value.AsString() == "null" || !attr.IsNothing(p.Value)) {
			return true
		}
	}
	return false
}

// sameCall goes by the provider's id of the answer; where one of the two does
// not know it, by the model.
func sameCall(outer, inner *event.Event) bool {
	if a, b := answerID(outer), answerID(inner); a != "" && b != "" {
		return a == b
	}
	return genai.SameModel(outer.Text(names.PropertyModel), inner.Text(names.PropertyModel))
}

func answerID(e *event.Event) string { return e.Text(names.PropertyCompletionID) }
