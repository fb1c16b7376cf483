package processor

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// reader reads what AI spans say, in the dialects of all libraries. A second
// conversion reads the other one of two spans.
type reader struct{ one, other dialect.Conversion }

// facts says what tells the call of a span from others.
func (r *reader) facts(s sdktrace.ReadOnlySpan) (f tracetree.Facts) {
	f.Kind = tracetree.Step
	defer survive()
	k := r.one.Describe(s)
	return k.Facts()
}

// input returns a hash of the input messages.
func (r *reader) input(s sdktrace.ReadOnlySpan) uint64 {
	defer survive()
	k := r.one.Describe(s)
	return k.InputHash()
}

// content returns the value of a property, which is messages.
func (r *reader) content(s sdktrace.ReadOnlySpan, property string) (v attribute.Value) {
	defer survive()
	for _, p := range r.one.Describe(s).Properties {
		if p.Key == property {
			v = p.Value
		}
	}
	return v
}

// handOver gives a span what only another span of the same call knows.
func (r *reader) handOver(to *span, from sdktrace.ReadOnlySpan) {
	defer survive()
	a, b := r.one.Describe(to), r.other.Describe(from)
	for _, p := range dialect.Handover(&a, &b) {
		to.set(attribute.KeyValue{Key: attribute.Key(p.Key), Value: p.Value})
	}
	if to.status.Code == codes.Error || from.Status().Code != codes.Error {
		return
	}
	to.status = from.Status()
	for _, kv := range from.Attributes() {
		if (kv.Key == "error.type" || kv.Key == "http.response.status_code") && !has(to.attrs, kv.Key) {
			to.add(kv)
		}
	}
}

// survive ends a panic over the attributes of one span: the process of the user
// is worth more than what they say.
func survive() { _ = recover() }
