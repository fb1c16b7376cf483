package posthogsession

import (
	"container/list"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/outbox"
)

// memory has the traces that are remembered. The caller keeps it from being used
// twice at a time.
type memory struct {
	cfg    *Config
	traces map[pcommon.TraceID]*traceState
	used   *list.List // of *traceState, the last used in front
	queue  *list.List // of *traceState with waiting spans, the oldest in front
	nodes  int
	bytes  int // that wait
}

func newMemory(cfg *Config) *memory {
	return &memory{cfg: cfg, traces: make(map[pcommon.TraceID]*traceState), used: list.New(), queue: list.New()}
}

// trace returns what is known of a trace, and notes that it was used.
func (m *memory) trace(id pcommon.TraceID, now time.Time) *traceState {
	t := m.traces[id]
	if t == nil {
		t = &traceState{id: id, nodes: make(map[pcommon.SpanID]node)}
		t.used = m.used.PushFront(t)
		m.traces[id] = t
	}
	m.used.MoveToFront(t.used)
	t.touched = now
	return t
}

// hold makes a group wait.
func (m *memory) hold(t *traceState, g *outbox.Group, now time.Time) {
	if t.queued == nil {
		t.deadline = now.Add(m.cfg.Wait)
		t.queued = m.queue.PushBack(t)
	}
	t.waiting = append(t.waiting, g)
	m.bytes += g.Size
}

// release ends the waiting of a trace.
func (m *memory) release(t *traceState) []*outbox.Group {
	groups := t.waiting
	for _, g := range groups {
		m.bytes -= g.Size
	}
	t.waiting, t.ids = nil, nil
	if t.queued != nil {
		m.queue.Remove(t.queued)
		t.queued = nil
	}
	return groups
}

// forget removes a trace.
func (m *memory) forget(t *traceState) {
	m.nodes -= len(t.nodes)
	m.used.Remove(t.used)
	delete(m.traces, t.id)
}

// oldest returns the trace that waits longest, if the time of it is over or
// there is too much that waits.
func (m *memory) oldest(now time.Time) (*traceState, string) {
	front := m.queue.Front()
	if front == nil {
		return nil, ""
	}
	t := front.Value.(*traceState)
	switch {
	case m.bytes > m.cfg.MaxWaitingBytes:
		return t, "full"
	case !t.deadline.After(now):
		return t, "timeout"
	}
	return nil, ""
}

// leastUsed returns the trace to forget next, if its time is over or there are
// too many.
func (m *memory) leastUsed(now time.Time) *traceState {
	back := m.used.Back()
	if back == nil {
		return nil
	}
	t := back.Value.(*traceState)
	if len(m.traces) > m.cfg.MaxTraces || m.nodes > m.cfg.MaxSpans || now.Sub(t.touched) > max(m.cfg.Remember, m.cfg.Wait) {
		return t
	}
	return nil
}

// gathering is the spans of a request that have to wait, by trace.
type gathering struct {
	info   client.Info
	groups map[*traceState]*outbox.Group
	// from is where the last span of each group came from.
	from map[*outbox.Group]origin
}

type origin struct{ resource, scope int }

// take moves a span into the group of its trace. One that waits already was sent
// again: it is the same.
func (c *gathering) take(t *traceState, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, s ptrace.Span, at origin) {
	if t.ids[s.SpanID()] {
		return
	}
	if t.ids == nil {
		t.ids = make(map[pcommon.SpanID]bool)
	}
	t.ids[s.SpanID()] = true
	g := c.groups[t]
	if g == nil {
		g = &outbox.Group{Info: c.info, Traces: ptrace.NewTraces()}
		c.groups[t] = g
		c.from[g] = origin{-1, -1}
	}
	last := c.from[g]
	resources := g.Traces.ResourceSpans()
	if last.resource != at.resource {
		to := resources.AppendEmpty()
		rs.Resource().CopyTo(to.Resource())
		to.SetSchemaUrl(rs.SchemaUrl())
	}
	scopes := resources.At(resources.Len() - 1).ScopeSpans()
	if last != at {
		to := scopes.AppendEmpty()
		ss.Scope().CopyTo(to.Scope())
		to.SetSchemaUrl(ss.SchemaUrl())
	}
	s.MoveTo(scopes.At(scopes.Len() - 1).Spans().AppendEmpty())
	c.from[g] = at
}
