// Package tracetree derives facts from the tree of a trace: the AI parent of
// each span, its browser session, and which spans report the same LLM call, so
// that tokens count once. The processor uses it for a local trace, the exporter
// for a batch, and the Collector for the spans that arrived during its wait.
//
// It is a pure function of the given spans. The result does not depend on their
// order. It takes linear time, except for sorting the calls.
//
// # Parents
//
// The parent of a span is its nearest ancestor that is an AI span. Other spans
// are skipped, and so are spans that are not sampled, because they are never
// exported.
//
// # Sessions
//
// A span without a session inherits session, person and window from its nearest
// ancestor with a session. Trace ids prove nothing: a session is inherited from
// ancestors only, and by default never across a remote parent, because anybody
// can send its id.
//
// # One call, several spans
//
// An SDK, the framework above it and a gateway below it may each report one call.
// Two calls, both generations or both embeddings, are the same
//
//   - if they have the same response id, anywhere in the trace;
//   - if not both have an id, one is an ancestor of the other without another
//     AI span between them, encloses it in time and names the same model;
//   - if not both have an id, and they are siblings of different scopes that
//     overlap in time and agree in model and token counts; and
//   - unless response ids, input messages or token counts differ.
//
// The relation is transitive. A call with several different calls inside is a
// wrapper and becomes a span. Of the spans of one call, the one with the most
// usage, output and input stays; then the innermost; then the one with a
// response id; then the earliest. The others become spans, and what only they
// know is copied to the one that stays.
//
// A span with a model and usage but without an operation is a candidate. It is
// a generation unless an AI span above or below it has usage; of nested
// candidates, the innermost is the generation.
package tracetree

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Kind is the kind of a span.
type Kind uint8

// The kinds of spans.
const (
	NotAI      Kind = iota // no event of its own
	Step                   // an agent, a tool, or another AI span that is no call
	Generation             // a call of a language model
	Embedding              // a call of an embedding model
)

// IsCall reports whether PostHog counts the tokens of a span of this kind.
func (k Kind) IsCall() bool { return k >= Generation }

// Facts is what a span says about itself.
type Facts struct {
	Kind Kind
	// Candidate is set on a Step that has a model and usage, but no operation.
	Candidate  bool
	ResponseID string
	Models     [2]string // of the response and of the request
	Usage      Usage
	Input      uint64 // a hash of the input messages; 0: unknown
	HasInput   bool
	HasOutput  bool
}

// Usage is the token counts of a call; 0 is unknown, because libraries write
// zero for an unknown count.
type Usage struct{ Input, Output, CacheRead, CacheCreation, Reasoning int64 }

// Known reports whether there is any usage.
func (u Usage) Known() bool { return u.Input > 0 || u.Output > 0 }

// Sent says how a span has already been forwarded, which cannot be changed.
type Sent uint8

// The ways in which a span can have been forwarded.
const (
	Pending    Sent = iota // it has not
	SentAsCall             // as a generation or embedding
	SentAsStep             // as any other AI span
)

// Span is one span of a trace.
type Span struct {
	Trace      trace.TraceID
	ID, Parent trace.SpanID
	// Remote is set if the parent is in another process.
	Remote bool
	// Edge is set on the span of a request from outside. PostHog shows the span
	// as a root, even if the request names a parent.
	Edge bool
	// Caller is the nearest AI span above in the calling process; zero is
	// unknown. It counts if the parent is not among the spans.
	Caller     trace.SpanID
	Scope      string // the name of the instrumentation scope
	Start, End int64  // in nanoseconds since any moment
	Open       bool   // not ended: End is unknown, and the rest is of this moment
	Unsampled  bool   // nobody exports it
	Session    session.Session
	Sent       Sent
	Facts      Facts
}

// Options configures [Resolve].
type Options struct {
	// Remote allows sessions to be inherited and calls to be matched across a
	// remote parent. Anybody who knows a span id can name it as a parent, so
	// set it only where all spans come from services that trust each other.
	Remote bool
}

// Place says where PostHog shows a span.
type Place uint8

// The places of a span.
const (
	Unknown Place = iota // not all ancestors are known, and none of the known ones is an AI span
	Root                 // it has no parent
	Top                  // it has a parent, but is below no AI span
	Below                // it is below Result.Parent
)

// Result is the result for one span. Indices refer to the input; -1 is none.
type Result struct {
	Place  Place
	Parent trace.SpanID // if Place is Below
	Root   int          // the topmost known span above, or the span itself
	Kind   Kind         // as it is to be shown
	// Session and Person are the spans that provide the session and the person.
	// The window comes from Session.
	Session, Person int
	// Consent is that of the span or of a span above. An opt-out above counts
	// for every span below, a consent only for the same session. That of a merged
	// span counts, too.
	Consent session.Consent
	// Stays is the span that stays for the call that this span also reports.
	Stays int
	// Merged lists the spans for which this one stays, in the order in which
	// their data is to be copied.
	Merged []int
}

// Resolve returns the result for each span. The spans may be of many traces.
func Resolve(spans []Span, opts Options) []Result {
	return new(Resolver).Resolve(spans, opts)
}

// Resolver reuses memory for [Resolve]. It is not safe for concurrent use.
type Resolver struct {
	tree  tree
	calls calls
	out   []Result
}

// Resolve is the function [Resolve]. The result is valid until the next call.
func (r *Resolver) Resolve(spans []Span, opts Options) []Result {
	r.out = resize(r.out, len(spans))
	r.tree.build(spans, opts)
	r.tree.candidates()
	for i := range spans {
		n := &r.tree.nodes[i]
		r.out[i] = Result{
			Place: n.place, Parent: n.above, Root: n.root, Kind: n.kind,
			Session: n.session, Person: n.person, Consent: n.consent, Stays: -1,
		}
	}
	r.calls.merge(&r.tree, r.out)
	for i := range spans {
		for _, m := range r.out[i].Merged { // whose content is taken over
			s := session.Session{Consent: r.out[i].Consent}
			r.out[i].Consent = s.Inherit(r.tree.nodes[m].consent, false)
		}
	}
	for i := range spans {
		if first := r.tree.nodes[i].first; first != i {
			r.out[i] = r.out[first] // another copy of the same span
		}
	}
	return r.out
}

// resize returns a slice of n zero values, in the old memory if it is large
// enough.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
