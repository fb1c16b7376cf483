package posthogsession

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// resolver asks the trace tree what follows for AI spans of one trace. It works on
// these spans and those above them, not on the whole trace.
type resolver struct {
	tree  tracetree.Resolver
	spans []tracetree.Span
	at    map[pcommon.SpanID]int
	ids   []pcommon.SpanID // of the spans in question
}

// verdict is what follows for one span.
type verdict struct {
	session session.Session // without an ID when none is known
	parent  pcommon.SpanID  // the nearest AI span above; empty when there is none
	top     bool            // no AI span is above
}

// resolve returns the verdicts for spans of a trace, which are among its nodes.
func (r *resolver) resolve(t *trace, ids []pcommon.SpanID) []verdict {
	r.spans = r.spans[:0]
	if r.at == nil {
		r.at = make(map[pcommon.SpanID]int)
	}
	clear(r.at)
	for _, id := range ids {
		for i := t.find(id); i >= 0 && r.add(t, i); i = t.find(t.nodes[i].parent) {
			if t.nodes[i].edge {
				break
			}
		}
	}
	// All spans come from services whose owner runs this Collector.
	results := r.tree.Resolve(r.spans, tracetree.Options{Remote: true})
	out := make([]verdict, len(ids))
	for i, id := range ids {
		out[i] = r.verdict(t, r.at[id], &results[r.at[id]])
	}
	return out
}

// add puts a node among the spans, unless it is there.
func (r *resolver) add(t *trace, i int32) bool {
	n := &t.nodes[i]
	if _, ok := r.at[n.id]; ok {
		return false
	}
	r.at[n.id] = len(r.spans)
	s := tracetree.Span{Trace: oteltrace.TraceID(t.id), ID: oteltrace.SpanID(n.id), Parent: oteltrace.SpanID(n.parent), Edge: n.edge}
	if n.session != nil {
		s.Session = *n.session
	}
	if n.ai {
		s.Facts.Kind = tracetree.Step
	}
	r.spans = append(r.spans, s)
	return true
}

func (r *resolver) verdict(t *trace, i int, result *tracetree.Result) (v verdict) {
	if result.Session >= 0 {
		from := &r.spans[result.Session].Session
		v.session.ID, v.session.WindowID = from.ID, from.WindowID
	}
	if result.Person >= 0 {
		v.session.DistinctID = r.spans[result.Person].Session.DistinctID
	}
	parent := pcommon.SpanID(r.spans[i].Parent)
	switch result.Place {
	case tracetree.Below:
		v.parent = pcommon.SpanID(result.Parent)
	case tracetree.Root, tracetree.Top:
		v.top = !parent.IsEmpty()
	case tracetree.Unknown:
		// The parent is known, and becomes no event; what is above it is not.
		v.top = t.find(parent) >= 0
	}
	return v
}

// finish writes on an AI span what follows for it.
func (p *sessionProcessor) finish(id pcommon.TraceID, v verdict, rs ptrace.ResourceSpans, s ptrace.Span) {
	resource := rs.Resource().Attributes()
	if v.session.ID != "" && !p.reader.keeps(s, resource) {
		stamp(s.Attributes(), resource, v.session)
		p.metrics.stamped()
	}
	switch {
	case !p.cfg.MendParents:
	case !v.parent.IsEmpty():
		s.SetParentSpanID(v.parent)
	case v.top:
		// PostHog takes the trace id for the top of the trace.
		if _, set := s.Attributes().Get(semconv.PropertyParentID); !set {
			s.Attributes().PutStr(semconv.PropertyParentID, id.String())
		}
	}
}
