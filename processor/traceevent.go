package processor

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// rootState gathers what the $ai_trace event of a trace says, while its root is
// open in this process.
type rootState struct {
	span   trace.SpanID
	ai     bool      // an AI span was handed on
	first  time.Time // the start of the generation that input is from
	input  attribute.Value
	output attribute.Value
}

// noteContent keeps the input of the first generation and the output of the last
// one.
func (p *Processor) noteContent(sh *shard, s sdktrace.ReadOnlySpan, d description) {
	t := sh.traces.find(s.SpanContext().TraceID(), sh.age)
	r := t.root()
	if r == nil {
		return
	}
	if r.span == s.SpanContext().SpanID() {
		sh.traces.letGo(t) // The root is an AI span and speaks for itself.
		return
	}
	r.ai = true
	if !d.generation {
		return
	}
	attrs := s.Attributes()
	if v, ok := content(attrs, inputKeys); ok && (r.first.IsZero() || s.StartTime().Before(r.first)) {
		r.first = s.StartTime()
		sh.traces.hold(&r.input, v)
	}
	if v, ok := content(attrs, outputKeys); ok {
		sh.traces.hold(&r.output, v)
	}
}

// maxHeld bounds the content that the open roots of a shard hold, in bytes: roots
// may never end. What is beyond is not held.
const maxHeld = 4 << 20

// hold puts a value in the place of another.
func (t *traceTable) hold(place *attribute.Value, v attribute.Value) {
	t.held -= sizeOf(*place)
	*place = attribute.Value{}
	if n := sizeOf(v); t.held+n <= maxHeld {
		*place = v
		t.held += n
	}
}

// letGo forgets what is gathered for the event of a trace.
func (t *traceTable) letGo(ts *traceState) {
	if r := ts.root(); r != nil {
		t.held -= sizeOf(r.input) + sizeOf(r.output)
		ts.more.root = nil
	}
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

// content returns the value of the first of the keys that a span has. Messages
// that are spread over indexed attributes have no such value.
func content(attrs []attribute.KeyValue, keys []string) (v attribute.Value, ok bool) {
	for _, k := range keys {
		for i := range attrs {
			if string(attrs[i].Key) == k {
				return attrs[i].Value, true
			}
		}
	}
	return v, false
}

// traceEvent returns what becomes the $ai_trace event of the trace whose root
// has ended, or nil if there was no AI span in it. e is the entry of the root, if
// it is known.
func (p *Processor) traceEvent(sh *shard, e *entry, s sdktrace.ReadOnlySpan, attrs []attribute.KeyValue) sdktrace.ReadOnlySpan {
	sc := s.SpanContext()
	t := sh.traces.find(sc.TraceID(), sh.age)
	r := t.root()
	if r == nil || r.span != sc.SpanID() {
		return nil
	}
	sh.traces.letGo(t)
	if !r.ai {
		return nil
	}
	w := &traceSpan{span: *wrap(s, attrs), name: routeName(s.Name(), attrs)}
	// The operation makes it an AI span; it does not become a property.
	w.add(semconv.GenAIOperationNameKey.String(semconv.OperationInvokeWorkflow))
	if r.input.Type() != attribute.EMPTY {
		w.add(attribute.KeyValue{Key: semconv.PropertyInputState, Value: r.input})
	}
	if r.output.Type() != attribute.EMPTY {
		w.add(attribute.KeyValue{Key: semconv.PropertyOutputState, Value: r.output})
	}
	own, _ := sessionOf(attrs)
	w.disown(e, own.ID, p.cfg.replay)
	if session, ok := p.fill(sh, sc.TraceID()); ok {
		w.stamp(session, p.cfg.replay)
	}
	return w
}

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
