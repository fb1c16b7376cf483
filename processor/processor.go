package processor

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// Processor stamps the browser session on every span that starts and hands AI
// spans that end to the next processor, their parents mended. The package
// documentation is its contract. It is safe for concurrent use. Make one with
// [New]; the zero Processor stamps what the baggage says and remembers nothing.
type Processor struct {
	next        sdktrace.SpanProcessor
	cfg         config
	memory      *memory // nil when nothing is to be remembered
	tracks      bool    // ancestry
	remembers   bool    // sessions of traces
	traceEvents bool
	stopped     atomic.Bool
	stamps      sync.Pool // of *stamp
}

var _ sdktrace.SpanProcessor = (*Processor)(nil)

// New returns a processor in front of next, which is usually a
// [sdktrace.NewBatchSpanProcessor] with the exporter of this module or another
// one. next sees the start of every span and the end of AI spans only.
//
// With a nil next the processor only stamps. Then register it before the
// processors that are to see the stamps at the start of a span; at the end all
// of them do.
//
// There is no error: each option says what an invalid value does, and what
// cannot be used is reported to the error handler of OpenTelemetry, once.
func New(next sdktrace.SpanProcessor, opts ...Option) *Processor {
	cfg, err := newConfig(opts)
	if err != nil {
		otel.Handle(err)
	}
	if nilcheck.IsNil(next) {
		next = nil // a nil that the interface hid
	}
	p := &Processor{next: next, cfg: cfg}
	p.tracks = next != nil && cfg.maxSpans > 0
	p.remembers = !cfg.forgetTraces && cfg.maxTraces > 0
	p.traceEvents = cfg.traceEvents && p.tracks && cfg.maxTraces > 0
	if p.tracks || p.remembers {
		p.memory = newMemory(cfg.maxSpans, cfg.maxTraces, cfg.retention)
	}
	return p
}

// OnStart stamps the session that the baggage of parent carries on s, or the one
// that the trace is known to have, and hands s to the next processor. After
// Shutdown it does nothing.
func (p *Processor) OnStart(parent context.Context, s sdktrace.ReadWriteSpan) {
	if p == nil || p.stopped.Load() {
		return
	}
	session, ok := baggage.SessionFromContext(parent)
	if p.memory != nil {
		session, ok = p.begin(parent, s, session, ok)
	}
	if ok {
		p.stamp(s, session)
	}
	if p.next != nil {
		p.next.OnStart(parent, s)
	}
}

// begin notes that a span starts. It returns the session for the span, which is
// the given one if there is one.
func (p *Processor) begin(ctx context.Context, s sdktrace.ReadWriteSpan, session baggage.Session, ok bool) (baggage.Session, bool) {
	recall := !ok && p.remembers && p.memory.known.Load()
	note := ok && p.remembers
	if !p.tracks && !note && !recall {
		return session, ok
	}
	sc, parent := s.SpanContext(), s.Parent()
	if recall {
		session, ok = p.recall(ctx, sc.TraceID(), parent)
	}
	sh := p.memory.shard(sc.TraceID())
	connected := true

	sh.mu.Lock()
	if note {
		p.memory.trace(sh, sc.TraceID()).see(session)
	}
	if p.tracks {
		connected = p.memory.born(sh, s, sc, parent, session, ok)
	}
	if p.traceEvents && !parent.IsValid() {
		t := p.memory.trace(sh, sc.TraceID())
		sh.traces.letGo(t)
		t.extend().root = &rootState{span: sc.SpanID()}
	}
	sh.mu.Unlock()

	if !connected {
		p.connect(ctx, sh, sc)
	}
	return session, ok
}

// connect looks for the AI span of another service above a span that starts.
func (p *Processor) connect(ctx context.Context, sh *shard, sc trace.SpanContext) {
	id := parentFromBaggage(ctx, sc.TraceID())
	if !id.IsValid() {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if e := sh.entries[keyOf(sc)]; e != nil {
		e.remote = id
	}
}

// OnEnd hands s to the next processor if it is an AI span, wrapped where the
// processor knows better than the span. After Shutdown it does nothing.
func (p *Processor) OnEnd(s sdktrace.ReadOnlySpan) {
	if p == nil || p.next == nil || p.stopped.Load() {
		return
	}
	attrs := s.Attributes()
	if p.cfg.isAI(s.Name(), attrs) {
		p.next.OnEnd(p.finish(s, attrs))
	} else if ev := p.pass(s, attrs); ev != nil {
		p.next.OnEnd(ev)
	}
}

// ForceFlush flushes the next processor and returns its error. It returns nil
// without one, and after Shutdown.
func (p *Processor) ForceFlush(ctx context.Context) error {
	if p == nil || p.next == nil || p.stopped.Load() {
		return nil
	}
	return p.next.ForceFlush(ctx)
}

// Shutdown forgets everything, shuts the next processor down within ctx and
// returns its error. Every call after the first does nothing and returns nil.
// Spans that start or end afterwards are neither stamped nor handed on.
func (p *Processor) Shutdown(ctx context.Context) error {
	if p == nil || p.stopped.Swap(true) {
		return nil
	}
	if p.memory != nil {
		p.memory.clear()
	}
	if p.next == nil {
		return nil
	}
	return p.next.Shutdown(ctx)
}
