package processor

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// states holds the states of a trace event: the input of the generation that
// started first, and the output of the one that ended last.
type states struct {
	first, last   int64
	input, output attribute.Value
}

// maxStates limits the states held for trace events, in bytes, because a root
// may never end. States beyond it are left out.
const maxStates = 64 << 20

// addStates records a forwarded AI span and its states.
func (j *job) addStates(p *Processor, i int, r *tracetree.Result) {
	top := &j.nodes[r.Root]
	if !p.cfg.traceEvents || top.ai || !top.isTop() {
		return // an AI span at the top speaks for itself
	}
	if top.root.states == nil {
		top.root.states = &states{}
	}
	if r.Kind != tracetree.Generation || !mayTell(r.Consent, j.spans[r.Root].Session.Consent) {
		return
	}
	st, s := top.root.states, &j.spans[i]
	if v := j.read.content(j.nodes[i].span, semconv.PropertyInput); v.Type() != attribute.EMPTY && (st.input.Type() == attribute.EMPTY || s.Start < st.first) {
		st.first = s.Start
		j.keep(p, &st.input, v)
	}
	if v := j.read.content(j.nodes[i].span, semconv.PropertyOutputChoices); v.Type() != attribute.EMPTY && (st.output.Type() == attribute.EMPTY || s.End >= st.last) {
		st.last = s.End
		j.keep(p, &st.output, v)
	}
}

// mayTell reports whether a trace event may hold the content of a span: the
// exporter knows only the consent of the trace event.
func mayTell(span, top session.Consent) bool {
	return span == session.ConsentGiven || span == session.ConsentUnknown && top != session.ConsentGiven
}

// keep replaces a value.
func (j *job) keep(p *Processor, place *attribute.Value, v attribute.Value) {
	more := int64(sizeOf(v) - sizeOf(*place))
	if p.memory.states.Add(more) > maxStates && more > 0 {
		p.memory.states.Add(-more)
		return
	}
	*place = v
	j.states += more
}

// traceEvent returns the span that becomes the $ai_trace event: the root with
// its route as name, with the states, and without a latency, because PostHog
// sums the spans below.
func (j *job) traceEvent(p *Processor, i int, r *tracetree.Result) sdktrace.ReadOnlySpan {
	n := &j.nodes[i]
	w := &traceSpan{span: wrap(n.span)}
	w.name = routeName(n.span.Name(), w.attrs)
	w.parent = trace.SpanContext{} // a browser's span is never seen
	// The operation makes it an AI span and does not become a property.
	w.set(semconv.GenAIOperationNameKey.String(semconv.OperationInvokeWorkflow))
	w.set(attribute.Float64(semconv.PropertyLatency, 0))
	if st := n.root.states; st.input.Type() != attribute.EMPTY {
		w.set(attribute.KeyValue{Key: semconv.PropertyInputState, Value: st.input})
	}
	if st := n.root.states; st.output.Type() != attribute.EMPTY {
		w.set(attribute.KeyValue{Key: semconv.PropertyOutputState, Value: st.output})
	}
	w.dropStaleStamp(n, p.cfg.replay)
	own := j.sessionOf(r)
	if r.Session != i {
		w.stamp(own, p.cfg.replay)
	}
	w.consent(r.Consent)
	w.link(own, n.root)
	n.root.states = nil
	return w
}

// traceSpan wraps the root of a trace for the $ai_trace event.
type traceSpan struct {
	*span
	name string
}

// Name returns the route.
func (s *traceSpan) Name() string { return s.name }

// routeName returns the method and route of an HTTP request, and the name of the
// span for anything else.
func routeName(name string, attrs []attribute.KeyValue) string {
	var method, route string
	for i := range attrs {
		switch attrs[i].Key {
		case "http.request.method", "http.method":
			method = attrs[i].Value.AsString()
		case "http.route":
			route = attrs[i].Value.AsString()
		}
	}
	if route == "" {
		return name
	}
	if strings.HasPrefix(route, method+" ") {
		return route // A pattern of net/http holds the method.
	}
	return strings.TrimSpace(method + " " + route)
}

// sizeOfSpan returns about how many bytes a span takes.
func sizeOfSpan(s sdktrace.ReadOnlySpan) int {
	n := 1024
	for _, kv := range s.Attributes() {
		n += 64 + len(kv.Key) + sizeOf(kv.Value)
	}
	for _, e := range s.Events() {
		for _, kv := range e.Attributes {
			n += 64 + len(kv.Key) + sizeOf(kv.Value)
		}
	}
	return n
}

// sizeOf returns about how many bytes a value holds.
func sizeOf(v attribute.Value) int {
	n := 0
	switch v.Type() {
	case attribute.STRING:
		return len(v.AsString())
	case attribute.SLICE:
		for _, item := range v.AsSlice() {
			n += sizeOf(item)
		}
	case attribute.MAP:
		for _, kv := range v.AsMap() {
			n += len(kv.Key) + sizeOf(kv.Value)
		}
	}
	return n
}
