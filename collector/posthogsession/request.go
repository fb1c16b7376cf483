package posthogsession

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/retrybuffer"
	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
)

// request is one call of ConsumeTraces.
type request struct {
	p      *sessionProcessor
	td     ptrace.Traces // what goes on at once
	info   client.Info
	sender string
	now    time.Time

	touched []pcommon.TraceID // in which something may be complete now
	groups  map[pcommon.TraceID]*group

	open sync.WaitGroup // groups that the caller waits for
	mu   sync.Mutex
	err  error
}

// group is the AI spans of one trace in the request.
type group struct {
	traces ptrace.Traces
	last   origin // where the last span came from
}

type origin struct{ resource, scope int }

func (r *request) hasAISpan() bool {
	for _, rs := range r.td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				if spans.IsAIData(s) {
					return true
				}
			}
		}
	}
	return false
}

// learn notes all spans in their traces.
func (r *request) learn() {
	var last pcommon.TraceID
	for _, rs := range r.td.ResourceSpans().All() {
		ofResource, _ := r.p.reader.read(rs.Resource().Attributes(), r.now)
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				id := s.TraceID()
				if id.IsEmpty() {
					continue // It belongs to no trace.
				}
				f := facts{id: s.SpanID(), parent: s.ParentSpanID(), ai: spans.IsAIData(s)}
				f.session, f.edge = r.p.reader.read(s.Attributes(), s.EndTimestamp().AsTime())
				f.edge = f.edge && s.Kind() != ptrace.SpanKindClient
				if f.session.ID == "" {
					f.session.ID, f.session.WindowID = ofResource.ID, ofResource.WindowID
				}
				if f.session.DistinctID == "" {
					f.session.DistinctID = ofResource.DistinctID
				}
				sh := r.p.store.of(id)
				sh.mu.Lock()
				sh.learn(sh.trace(id, r.now), f)
				sh.mu.Unlock()
				if id != last {
					r.touched = append(r.touched, id)
					last = id
				}
			}
		}
	}
}

// takeAISpans moves the AI spans out of what goes on at once.
func (r *request) takeAISpans() {
	at := origin{-1, -1}
	r.td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		at.resource++
		at.scope = -1
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			at.scope++
			ss.Spans().RemoveIf(func(s ptrace.Span) bool {
				if s.TraceID().IsEmpty() || !spans.IsAIData(s) {
					return false
				}
				r.take(rs, ss, s, at)
				return true
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
}

// take moves a span into the group of its trace.
func (r *request) take(rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, s ptrace.Span, at origin) {
	g := r.groups[s.TraceID()]
	if g == nil {
		if r.groups == nil {
			r.groups = make(map[pcommon.TraceID]*group)
		}
		g = &group{ptrace.NewTraces(), origin{-1, -1}}
		r.groups[s.TraceID()] = g
	}
	resources := g.traces.ResourceSpans()
	if g.last.resource != at.resource {
		to := resources.AppendEmpty()
		rs.Resource().CopyTo(to.Resource())
		to.SetSchemaUrl(rs.SchemaUrl())
	}
	scopes := resources.At(resources.Len() - 1).ScopeSpans()
	if g.last != at {
		to := scopes.AppendEmpty()
		ss.Scope().CopyTo(to.Scope())
		to.SetSchemaUrl(ss.SchemaUrl())
	}
	s.MoveTo(scopes.At(scopes.Len() - 1).Spans().AppendEmpty())
	g.last = at
}

// hold makes the AI spans wait, or puts them back where nothing more is to come. It
// returns what has waited in traces that are complete now.
func (r *request) hold() (released []*retrybuffer.Group) {
	for _, id := range r.touched {
		sh := r.p.store.of(id)
		sh.mu.Lock()
		t, g := sh.traces[id], r.groups[id]
		if t == nil { // It is forgotten already: there is too much.
			t = sh.trace(id, r.now)
		}
		switch {
		case g == nil:
		case r.p.cfg.Wait == 0, r.p.ended.Load(), t.complete():
			r.p.resolve(t, []*retrybuffer.Group{{Traces: g.traces}})
			g.traces.ResourceSpans().MoveAndAppendTo(r.td.ResourceSpans())
		default:
			r.keep(sh, t, g)
		}
		switch {
		case len(t.waiting) == 0:
		case t.complete():
			released = append(released, r.p.release(sh, t, endComplete)...)
		case t.waitingBytes > r.p.cfg.MaxWaitingBytes/maxShare:
			released = append(released, r.p.release(sh, t, endFull)...)
		}
		delete(r.groups, id)
		sh.mu.Unlock()
	}
	return released
}

// maxShare is the share of the room for what waits that one trace may have.
const maxShare = 4

// keep makes a group wait. A span that waits already was sent again: it is the same,
// unless the sender wants to know what becomes of it.
func (r *request) keep(sh *shard, t *trace, g *group) {
	held := &retrybuffer.Group{Info: r.info, Traces: g.traces}
	if r.p.cfg.KeepOpen {
		r.open.Add(1)
		held.Done = []func(error){func(err error) {
			r.mu.Lock()
			if err != nil {
				r.err = err
			}
			r.mu.Unlock()
			r.open.Done()
		}}
	} else {
		g.traces.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
			rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
				ss.Spans().RemoveIf(func(s ptrace.Span) bool {
					again := t.ids.has(s.SpanID())
					t.ids.add(s.SpanID())
					return again
				})
				return ss.Spans().Len() == 0
			})
			return rs.ScopeSpans().Len() == 0
		})
		if g.traces.ResourceSpans().Len() == 0 {
			return
		}
	}
	held.Size = (&ptrace.ProtoMarshaler{}).TracesSize(held.Traces)
	sh.hold(t, held, r.now)
	r.p.count(r.sender, held.Size)
}

// wait returns when all groups of the request have been taken, or ctx ends.
func (r *request) wait(ctx context.Context) error {
	if !r.p.cfg.KeepOpen {
		return nil
	}
	done := make(chan struct{})
	go func() {
		r.open.Wait()
		close(done)
	}()
	select {
	case <-done:
		return r.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
