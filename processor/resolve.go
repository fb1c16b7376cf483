package processor

import (
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// job forwards spans of one trace: collect and record run under the lock,
// resolve runs without it.
type job struct {
	nodes  []node  // copies: what is due, what may be the same call, and all above them
	at     []int32 // where they are in the trace
	due    int     // how many are due
	lives  bool    // the trace goes on
	states int64   // bytes more for trace events

	tree  tracetree.Resolver
	read  reader
	spans []tracetree.Span
	sent  []tracetree.Sent
	out   []sdktrace.ReadOnlySpan
}

// collect copies what resolve needs of a trace.
func (j *job) collect(t *localTrace, due []heldSpan) {
	t.pass++
	j.due, j.lives = len(due), t.open > 0 || len(t.held) > 0
	for _, h := range due {
		j.add(t, h.at)
	}
	for _, i := range t.calls {
		j.add(t, i)
	}
	for _, from := range j.at {
		for i := t.nodes[from].up; i >= 0 && j.add(t, i); i = t.nodes[i].up {
		}
	}
}

// add copies a node once.
func (j *job) add(t *localTrace, i int32) bool {
	n := &t.nodes[i]
	if n.pass == t.pass {
		return false
	}
	n.pass = t.pass
	j.nodes = append(j.nodes, *n)
	j.at = append(j.at, i)
	return true
}

// resolve runs the trace tree and makes the spans for the next processor.
func (j *job) resolve(p *Processor) {
	some := 0
	for i := range j.nodes {
		n := &j.nodes[i]
		if n.ai = n.ai || n.open && n.sampled && p.isAI(n.span); n.ai {
			some++
		}
	}
	for i := range j.nodes {
		j.spans = append(j.spans, j.describe(&j.nodes[i], some > 1 || j.lives || p.cfg.traceEvents, p.memory.started))
	}
	results := j.tree.Resolve(j.spans, tracetree.Options{})
	if j.readInputs(results) {
		results = j.tree.Resolve(j.spans, tracetree.Options{})
	}
	for i := range j.due {
		j.sent = append(j.sent, tracetree.SentAsStep)
		if results[i].Kind.IsCall() {
			j.sent[i] = tracetree.SentAsCall
		}
		if j.nodes[i].ai {
			j.out = append(j.out, j.wrap(p, i, &results[i]))
			j.addStates(p, i, &results[i])
		}
	}
	for i := range j.due {
		if n := &j.nodes[i]; !n.ai && n.root.states != nil {
			j.out = append(j.out, j.traceEvent(p, i, &results[i]))
		}
	}
}

// describe returns the tree's view of a span. Facts are read only if they can
// matter. Times are monotonic: if the wall clock is set in between, an inner
// span would otherwise appear outside the outer one.
func (j *job) describe(n *node, facts bool, since time.Time) tracetree.Span {
	if n.past != nil {
		return *n.past
	}
	s := tracetree.Span{ID: n.id, Parent: n.parent, Remote: n.remote, Open: n.open, Unsampled: !n.sampled, Sent: n.sent}
	if n.root != nil {
		s.Edge, s.Caller = n.root.edge, n.root.caller
	}
	if n.session != nil {
		s.Session = *n.session
	}
	if n.ai {
		s.Facts.Kind = tracetree.Step
	}
	if n.span == nil {
		return s
	}
	if n.open {
		s.Session = n.says(n.span, n.span.StartTime())
	}
	if n.ai && facts {
		s.Facts = j.read.facts(n.span)
		s.Scope = n.span.InstrumentationScope().Name
		s.Start = int64(n.span.StartTime().Sub(since))
		if !n.open {
			s.End = int64(n.span.EndTime().Sub(since))
		}
	}
	return s
}

// readInputs reads the input messages of calls that seem to be the same:
// different messages show that they are not. It is slow, and most traces have
// no such calls.
func (j *job) readInputs(results []tracetree.Result) (some bool) {
	for i := range results {
		some = some || results[i].Stays >= 0
	}
	for i := range j.spans {
		if f := &j.spans[i].Facts; some && f.HasInput && f.Input == 0 && j.nodes[i].span != nil {
			f.Input = j.read.input(j.nodes[i].span)
		}
	}
	return some
}

// wrap returns an AI span as the next processor gets it.
func (j *job) wrap(p *Processor, i int, r *tracetree.Result) sdktrace.ReadOnlySpan {
	n := &j.nodes[i]
	w, top := wrap(n.span), j.nodes[r.Root].root
	w.dropStaleStamp(n, p.cfg.replay)
	switch r.Place {
	case tracetree.Below:
		w.below(r.Parent, top != nil && r.Parent == top.caller)
	case tracetree.Top, tracetree.Unknown:
		w.top()
	case tracetree.Root:
	}
	own := j.sessionOf(r)
	if r.Session == i {
		w.stamp(session.Session{DistinctID: own.DistinctID}, "")
	} else {
		w.stamp(own, p.cfg.replay)
		p.memory.inherited.Add(int64(min(1, len(own.ID))))
	}
	for _, m := range r.Merged {
		j.read.handOver(w, j.nodes[m].span)
	}
	w.consent(r.Consent)
	p.memory.merged.Add(int64(len(r.Merged)))
	if said := &j.spans[i].Facts; !r.Kind.IsCall() && (said.Kind.IsCall() || said.Candidate) {
		w.add(names.SameCallKey.Bool(true))
	}
	w.link(own, top)
	return w
}

// sessionOf returns the session of a span according to the tree.
func (j *job) sessionOf(r *tracetree.Result) (s session.Session) {
	if r.Session >= 0 {
		from := &j.spans[r.Session].Session
		s.ID, s.WindowID = from.ID, from.WindowID
	}
	if r.Person >= 0 {
		s.DistinctID = j.spans[r.Person].Session.DistinctID
	}
	return s
}

// record marks the forwarded spans in the trace.
func (j *job) record(t *localTrace) {
	t.states += j.states
	for i := range j.due {
		n, s := &t.nodes[j.at[i]], &j.spans[i]
		n.span, n.sent = nil, j.sent[i]
		if j.lives && (s.Facts.Kind.IsCall() || s.Facts.Usage.Known()) {
			past := *s
			past.Sent = n.sent
			n.past = &past
			t.remember(j.at[i])
		}
	}
}

// remember keeps the latest forwarded calls.
func (t *localTrace) remember(i int32) {
	if len(t.calls) == maxCalls {
		t.nodes[t.calls[0]].past = nil
		t.calls = slices.Delete(t.calls, 0, 1)
	}
	t.calls = append(t.calls, i)
}

// reset releases the spans and keeps the memory for the next job.
func (j *job) reset() {
	j.states = 0
	clear(j.nodes)
	clear(j.spans)
	clear(j.out)
	j.nodes, j.at, j.spans, j.sent, j.out = j.nodes[:0], j.at[:0], j.spans[:0], j.sent[:0], j.out[:0]
}

// handAlone forwards an AI span whose trace is not in memory.
func (p *Processor) handAlone(s sdktrace.ReadOnlySpan) {
	w := wrap(s)
	w.top()
	own := session.FromSpan(s.Name(), s.Attributes(), s.EndTime())
	w.link(own, &root{status: semconv.LinkNoParent})
	p.next.OnEnd(w)
}
