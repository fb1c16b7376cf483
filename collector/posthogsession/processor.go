package posthogsession

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"

	"github.com/otelposthog/otelposthog-go/collector/internal/outbox"
	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	"github.com/otelposthog/otelposthog-go/semconv"
)

type sessionProcessor struct {
	cfg    *Config
	tally  *tally
	reader reader
	box    outbox.Box

	mu     sync.Mutex
	memory *memory
	ended  bool // nothing waits any more
}

func newSessionProcessor(set processor.Settings, cfg *Config, next consumer.Traces) (*sessionProcessor, error) {
	counts, err := newTally(set)
	return &sessionProcessor{
		cfg:    cfg,
		tally:  counts,
		reader: reader{cfg.Session},
		box:    outbox.Box{Next: next, Logger: set.Logger, MaxBytes: cfg.MaxWaitingBytes, Lost: counts.lost},
		memory: newMemory(cfg),
	}, err
}

func (p *sessionProcessor) start(context.Context, component.Host) error {
	p.box.Start(p.due)
	return nil
}

// shutdown sends on whatever waits. It is called without a start, too, and may be
// called again.
func (p *sessionProcessor) shutdown(ctx context.Context) error { return p.box.Stop(ctx, p.rest) }

// process returns td without the spans that have to wait.
func (p *sessionProcessor) process(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	now := time.Now()
	p.mu.Lock()
	seen := p.learn(td, now)
	waiting := &gathering{info: client.FromContext(ctx), groups: make(map[*traceState]*outbox.Group), from: make(map[*outbox.Group]origin)}
	p.sort(td, waiting)
	var released []*outbox.Group
	for t := range seen {
		if len(t.waiting) > 0 && t.allSettled() {
			released = append(released, p.release(t, "complete")...)
		}
	}
	for t, g := range waiting.groups {
		g.Size = (&ptrace.ProtoMarshaler{}).TracesSize(g.Traces)
		p.memory.hold(t, g, now)
	}
	p.mu.Unlock()

	p.box.Send(append(released, p.due(now)...))
	if td.ResourceSpans().Len() == 0 {
		return td, processorhelper.ErrSkipProcessingData
	}
	return td, nil
}

// learn notes all spans and returns their traces.
func (p *sessionProcessor) learn(td ptrace.Traces, now time.Time) map[*traceState]bool {
	seen := make(map[*traceState]bool)
	for _, rs := range td.ResourceSpans().All() {
		ofResource := p.reader.read(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				if s.TraceID().IsEmpty() {
					continue // It belongs to no trace.
				}
				t := p.memory.trace(s.TraceID(), now)
				before := len(t.nodes)
				session := p.reader.read(s.Attributes())
				if session.ID == "" {
					session = ofResource
				}
				t.learn(s, spans.IsAIData(s), session)
				p.memory.nodes += len(t.nodes) - before
				seen[t] = true
			}
		}
	}
	return seen
}

// sort finishes the AI spans that are settled and takes the others out.
func (p *sessionProcessor) sort(td ptrace.Traces, waiting *gathering) {
	at := origin{-1, -1}
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		at.resource++
		at.scope = -1
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			at.scope++
			ss.Spans().RemoveIf(func(s ptrace.Span) bool {
				if s.TraceID().IsEmpty() || !spans.IsAIData(s) {
					return false
				}
				t := p.memory.traces[s.TraceID()]
				if p.cfg.Wait == 0 || p.ended || t.settled(s) {
					p.finish(t, rs, s)
					return false
				}
				waiting.take(t, rs, ss, s, at)
				return true
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
}

// finish writes on an AI span what the trace tells about it.
func (p *sessionProcessor) finish(t *traceState, rs ptrace.ResourceSpans, s ptrace.Span) {
	l := t.above(s)
	resource := rs.Resource().Attributes()
	if !p.reader.keeps(s.Attributes(), resource) {
		if session := t.sessionOf(l); session.ID != "" {
			stamp(s.Attributes(), resource, session)
			p.tally.stamped()
		}
	}
	if !p.cfg.MendParents || s.ParentSpanID().IsEmpty() {
		return
	}
	switch {
	case l.ai == s.ParentSpanID():
	case !l.ai.IsEmpty():
		s.SetParentSpanID(l.ai)
	case l.parent:
		// The parent becomes no event, and no AI span is known above it. PostHog
		// takes the trace id for the top of the trace.
		if _, set := s.Attributes().Get(semconv.PropertyParentID); !set {
			s.Attributes().PutStr(semconv.PropertyParentID, t.id.String())
		}
	}
}

// release finishes the spans of a trace that wait and returns them.
func (p *sessionProcessor) release(t *traceState, reason string) []*outbox.Group {
	groups := p.memory.release(t)
	for _, g := range groups {
		p.tally.waited(g.Traces.SpanCount(), reason)
		for _, rs := range g.Traces.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					p.finish(t, rs, s)
				}
			}
		}
	}
	return groups
}

// due releases what has waited long enough or is too much, and forgets traces whose
// time is over.
func (p *sessionProcessor) due(now time.Time) []*outbox.Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	var groups []*outbox.Group
	for t, reason := p.memory.oldest(now); t != nil; t, reason = p.memory.oldest(now) {
		groups = append(groups, p.release(t, reason)...)
	}
	for t := p.memory.leastUsed(now); t != nil; t = p.memory.leastUsed(now) {
		groups = append(groups, p.release(t, "full")...)
		p.memory.forget(t)
	}
	return groups
}

// rest releases all that waits. Nothing waits afterwards.
func (p *sessionProcessor) rest() []*outbox.Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	var groups []*outbox.Group
	for p.memory.queue.Len() > 0 {
		groups = append(groups, p.release(p.memory.queue.Front().Value.(*traceState), "shutdown")...)
	}
	return groups
}
