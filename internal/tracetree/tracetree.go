// Package tracetree says what follows from the tree of a trace: which AI span a
// span is below, whose browser session it has, and which spans report the same
// call of a model, so that its tokens count once. The processor asks it for the
// spans of a local trace, the exporter for a batch, the Collector for what has
// arrived after its wait.
//
// It is a pure function of the spans that are given. The result does not depend
// on their order, and takes linear time, apart from sorting the calls.
//
// # Parents
//
// The parent of a span is its nearest ancestor that is an AI span. Spans of other
// kinds are skipped, and so are spans that are not sampled, because nobody
// exports them.
//
// # Sessions
//
// A span without a session has that of its nearest ancestor with one, and from
// there the person and the window. Trace ids are no proof of anything: a session
// never comes from a span that is not an ancestor, and by default no step leads
// over a remote parent, whose id anybody can send.
//
// # One call, several spans
//
// An SDK, the framework above it and a gateway below it may each report one call.
// Two calls, both generations or both embeddings, are the same
//
//   - if they have the same response id, wherever they stand in the trace;
//   - without two ids, if one is an ancestor of the other with no other AI span
//     between them, encloses it in time and names the same model;
//   - without two ids, if they are siblings of different scopes that overlap in
//     time and agree in model and token counts; and
//   - unless response ids, input messages or token counts differ.
//
// That is transitive. A call with several different calls inside is a wrapper: a
// span. Of the spans of one call the one with most of usage, output and input
// stays; then the innermost; then the one with a response id; then the earliest.
// The others become spans, and what only they know goes to the one that stays.
//
// A span with model and usage but without an operation, a candidate, is a
// generation unless an AI span above or below it has usage; of candidates above
// each other it is the innermost.
package tracetree

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Kind is what a span stands for.
type Kind uint8

// The kinds of spans.
const (
	NotAI      Kind = iota // no event of its own
	Step                   // an agent, a tool, or another AI span that is no call
	Generation             // a call of a language model
	Embedding              // a call of an embedding model
)

// IsCall reports whether PostHog counts the tokens of such a span.
func (k Kind) IsCall() bool { return k >= Generation }

// Facts is what a span says about itself.
type Facts struct {
	Kind Kind
	// Candidate is set on a Step that has a model and usage, but does not say
	// what it is.
	Candidate  bool
	ResponseID string
	Models     [2]string // of the response and of the request
	Usage      Usage
	Input      uint64 // a hash of the input messages; 0: unknown
	HasInput   bool
	HasOutput  bool
}

// Usage is the token counts of a call; 0 is unknown. Libraries write a count of
// zero where they know none.
type Usage struct{ Input, Output, CacheRead, CacheCreation, Reasoning int64 }

// Known reports whether there is any usage.
func (u Usage) Known() bool { return u.Input > 0 || u.Output > 0 }

// Sent says how a span has been handed on already. That cannot be changed.
type Sent uint8

// The ways a span can have been handed on.
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
	// Edge is set on the span of a request from outside. The span is the root of
	// what PostHog shows, whatever parent the request names.
	Edge bool
	// Caller is the nearest AI span above in the process that sent the request;
	// zero is unknown. It counts where the parent is not among the spans.
	Caller     trace.SpanID
	Scope      string // the name of the instrumentation scope
	Start, End int64  // in nanoseconds since any moment
	Open       bool   // not ended: End is unknown, and the rest is of this moment
	Unsampled  bool   // nobody exports it
	Session    session.Session
	Sent       Sent
	Facts      Facts
}

// Options changes what is allowed.
type Options struct {
	// Remote allows sessions and calls to be found over a remote parent. Anybody
	// who knows the id of a span can name it as a parent, so that is only for a
	// place where all spans come from services that trust each other.
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

// Result is what follows for one span. Indices are those of the input; -1 is
// none.
type Result struct {
	Place  Place
	Parent trace.SpanID // if Place is Below
	Root   int          // the topmost known span above, or the span itself
	Kind   Kind         // as it is to be shown
	// Session and Person are the spans that the session and the person come
	// from. The window comes from where the session does.
	Session, Person int
	// Consent is that of the span or of a span above. An opt-out above counts
	// for every span below, a consent only for the same session. That of a merged
	// span counts, too.
	Consent session.Consent
	// Stays is the span that stays for the call that this one reports, too.
	Stays int
	// Merged is the spans for which this one stays, in the order in which
	// their knowledge is to be taken.
	Merged []int
}

// Resolve says what follows for each of the spans, which may be of many traces.
func Resolve(spans []Span, opts Options) []Result {
	return new(Resolver).Resolve(spans, opts)
}

// Resolver is memory for [Resolve]. It is not safe for concurrent use.
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

// resize returns a slice of n zero values, in the old memory where it fits.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
