package processor

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Processor stamps the browser session on every span at its start. It holds
// ended AI spans until the part of their trace in this process is complete, and
// then forwards them to the next processor with the right parents. The package
// documentation is its contract. It is safe for concurrent use. Make one with
// [New]; the zero Processor only stamps.
type Processor struct {
	next     sdktrace.SpanProcessor
	cfg      config
	memory   memory
	pacer    pacer
	stopped  atomic.Bool
	sweeping atomic.Bool // somebody looks for holds that are over
	stamps   sync.Pool   // of *stamp
	jobs     sync.Pool   // of *job

	filterTold atomic.Int64 // when a panic of the filter was told, in Unix nanoseconds
}

var _ sdktrace.SpanProcessor = (*Processor)(nil)

// New returns a processor in front of next, which is usually a
// [sdktrace.NewBatchSpanProcessor] with the exporter of this module or another
// one. next gets OnStart for every span and OnEnd only for AI spans: register
// an exporter of all spans beside the processor, not behind it.
//
// With a nil next the processor only stamps. Then register it before the
// processors that read the stamps in OnStart; in OnEnd all processors see them.
//
// New returns no error: each option documents what an invalid value does, and
// unusable values are reported once to the OpenTelemetry error handler.
func New(next sdktrace.SpanProcessor, opts ...Option) *Processor {
	cfg, err := newConfig(opts)
	if err != nil {
		otel.Handle(err)
	}
	if nilcheck.IsNil(next) {
		next = nil // a nil that the interface hid
	}
	p := &Processor{next: next, cfg: cfg}
	p.memory.limit, p.memory.started = int64(cfg.maxSpans), time.Now()
	p.pacer.token = make(chan struct{}, 1)
	if err := p.memory.observe(cfg.meterProvider); err != nil {
		otel.Handle(err)
	}
	return p
}

// OnStart stamps s with the session in the baggage of parent, or else with the
// session of its parent span, and forwards s to the next processor. After
// Shutdown it does nothing.
func (p *Processor) OnStart(parent context.Context, s sdktrace.ReadWriteSpan) {
	if p == nil || s == nil || p.stopped.Load() {
		return
	}
	own, _ := session.FromContext(parent)
	lacks := own.ID == ""
	if lacks {
		own = inherited(parent, s, own)
	}
	if p.next != nil {
		own = p.note(parent, s, own)
	}
	if !own.IsZero() {
		p.stamp(s, own)
	}
	if lacks && own.ID != "" {
		p.memory.inherited.Add(1)
	}
	if !s.Parent().IsValid() {
		linkToCaller(parent, s)
	}
	if p.next != nil {
		p.next.OnStart(parent, s)
	}
}

// linkToCaller links the span of a request to the caller's span if
// baggage.WithNewTrace started a new trace.
func linkToCaller(ctx context.Context, s sdktrace.ReadWriteSpan) {
	if entry, ok := session.EntryFromContext(ctx); ok && entry.Link.IsValid() {
		s.AddLink(trace.Link{SpanContext: entry.Link})
	}
}

// note records the start of a span in its local trace. It returns the span's
// session, inherited from the parent if the span has none.
func (p *Processor) note(ctx context.Context, s sdktrace.ReadWriteSpan, own session.Session) session.Session {
	sc, parent := s.SpanContext(), s.Parent()
	n := node{id: sc.SpanID(), parent: parent.SpanID(), up: -1, open: true, remote: parent.IsRemote(), sampled: sc.IsSampled(), span: s}

	sh := p.memory.shard(sc.TraceID())
	sh.mu.Lock()
	t, evicted := p.memory.trace(sh, sc.TraceID())
	if t.find(n.id) >= 0 { // a broken id generator: the first span keeps its place
		sh.mu.Unlock()
		return own
	}
	if parent.IsValid() {
		n.up = t.find(n.parent)
	}
	if n.up >= 0 && !n.remote {
		above := t.nodes[n.up].session
		if own.ID == "" && above != nil {
			own = inherit(own, *above)
		} else if above != nil {
			own.Consent = own.Inherit(above.Consent, own.ID == above.ID)
		}
		if above != nil && *above == own {
			n.session = above // most spans of a trace share one
		}
	} else {
		n.root = newRoot(ctx, s)
		t.roots++
	}
	if n.session == nil && !own.IsZero() {
		n.session = share(own)
	}
	p.memory.add(sh, t, n)
	sh.mu.Unlock()

	for _, t := range evicted {
		p.release(t, handAll)
	}
	return own
}

// OnEnd holds s if it is an AI span, and forwards complete traces. After
// Shutdown it does nothing.
func (p *Processor) OnEnd(s sdktrace.ReadOnlySpan) {
	if p == nil || p.next == nil || s == nil || p.stopped.Load() {
		return
	}
	ai := p.isAI(s)
	sc := s.SpanContext()
	sh := p.memory.shard(sc.TraceID())

	sh.mu.Lock()
	t := sh.find(sc.TraceID())
	i := int32(-1)
	if t != nil {
		i = t.find(sc.SpanID())
	}
	switch {
	case sh.closed:
		sh.mu.Unlock()
		return
	case i < 0 || !t.nodes[i].open: // it started before the processor was there, or was forgotten
		sh.mu.Unlock()
		if ai {
			p.handAlone(s)
		}
		return
	}
	t.ended(i, s, ai, p.cfg.traceEvents)
	how := keep
	if t.nodes[i].span != nil {
		how = p.hold(t, i, s)
	}
	switch {
	case t.roots > 0 || t.busy:
	case len(t.held) > 0:
		how = handAll // the local part of the trace is complete, or was before
	case t.open == 0:
		p.memory.free(sh, t)
	}
	sh.mu.Unlock()

	if ai && !sc.IsSampled() {
		p.next.OnEnd(s) // nobody exports it, and so it has no part in the tree
	}
	if how != keep {
		p.release(t, how)
	}
}

// ForceFlush forwards all held spans, flushes the next processor and returns
// its error. It returns nil without a next processor, and after Shutdown.
func (p *Processor) ForceFlush(ctx context.Context) error {
	if p == nil || p.next == nil || p.stopped.Load() {
		return nil
	}
	return errors.Join(p.drain(ctx), p.next.ForceFlush(ctx))
}

// Shutdown forwards all held spans, shuts the next processor down within ctx
// and returns its error. Later calls do nothing and return nil. Spans that
// start or end afterwards are neither stamped nor forwarded.
func (p *Processor) Shutdown(ctx context.Context) error {
	if p == nil || p.stopped.Swap(true) {
		return nil
	}
	if p.next == nil {
		return nil
	}
	p.memory.close()
	err := p.drain(ctx)
	p.memory.clear()
	return errors.Join(err, p.next.Shutdown(ctx))
}

// AIParent returns the nearest AI span at or above the span of ctx, in this
// process or in the calling one. Pass it to the propagator, so that the agent
// of one service and the LLM calls of the next form one tree:
//
//	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(p.AIParent)))
func (p *Processor) AIParent(ctx context.Context) (trace.SpanID, bool) {
	sc := trace.SpanContextFromContext(ctx)
	if p == nil || p.next == nil || !sc.IsValid() {
		return trace.SpanID{}, false
	}
	sh := p.memory.shard(sc.TraceID())
	sh.mu.Lock()
	line := sh.find(sc.TraceID()).line(sc.SpanID())
	sh.mu.Unlock()
	for i := range line {
		n := &line[i]
		if n.sampled && (n.ai || n.open && p.isAI(n.span)) {
			return n.id, true
		}
		if n.root != nil && n.root.caller.IsValid() {
			return n.root.caller, true
		}
	}
	return trace.SpanID{}, false
}
