package processor

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// reader reads AI spans in the dialects of all libraries. Two conversions allow
// two spans to be compared.
type reader struct{ one, other dialect.Conversion }

// facts returns what identifies the call of a span.
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

// content returns the value of a property that holds messages.
func (r *reader) content(s sdktrace.ReadOnlySpan, property string) (v attribute.Value) {
	defer survive()
	for _, p := range r.one.Describe(s).Properties {
		if p.Key == property {
			v = p.Value
		}
	}
	return v
}

// handOver adds to a span what only another span of the same call knows.
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

// survive recovers from a panic over the attributes of one span, which must not
// end the user's process.
func survive() { _ = recover() }
