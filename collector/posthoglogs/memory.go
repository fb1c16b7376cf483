package posthoglogs

import (
	"cmp"
	"container/list"
	"hash/maphash"
	"slices"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

type key struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

// entry is a call of which one half has come: the span, or its content.
type entry struct {
	key     key
	hasSpan bool
	info    client.Info
	td      ptrace.Traces // of the one span
	content []ptrace.SpanEvent
	seen    map[uint64]bool // hashes of the content: a sender may send records again
	answers int
	asked   bool // a message of the input has come
	whole   bool // all answers have come at once
	size    int
	due     time.Time
	waiting *list.Element
}

func (e *entry) span() ptrace.Span {
	return e.td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
}

// complete reports whether all choices have come: as many as were asked for, or
// as many as have a finish reason.
func (e *entry) complete() bool {
	if e.whole {
		return true
	}
	want := 1
	if v, ok := e.span().Attributes().Get(string(semconv.GenAIRequestChoiceCountKey)); ok && v.Type() == pcommon.ValueTypeInt {
		want = max(want, int(v.Int()))
	}
	if v, ok := e.span().Attributes().Get(string(semconv.GenAIResponseFinishReasonsKey)); ok && v.Type() == pcommon.ValueTypeSlice {
		want = max(want, v.Slice().Len())
	}
	return e.answers >= want
}

// memory has the halves. The caller keeps it from being used twice at a time.
type memory struct {
	cfg     *Config
	metrics *metrics
	entries map[key]*entry
	spans   *list.List // of *entry, oldest in front
	content *list.List
	bytes   int
	ended   bool // no span waits any more
}

func newMemory(cfg *Config, m *metrics) *memory {
	return &memory{cfg: cfg, metrics: m, entries: make(map[key]*entry), spans: list.New(), content: list.New()}
}

// join puts the content that has come on a span. If there may be more to come it
// moves the span into the memory, where it waits.
func (m *memory) join(info client.Info, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, s ptrace.Span, now time.Time) (e *entry, waits bool) {
	k := key{s.TraceID(), s.SpanID()}
	e = m.entries[k]
	if e != nil && e.hasSpan {
		return e, true // It was sent again, and waits already.
	}
	if e == nil {
		e = &entry{key: k}
	} else {
		m.remove(e)
	}
	e.hasSpan, e.info, e.td = true, info, ptrace.NewTraces()
	to := e.td.ResourceSpans().AppendEmpty()
	rs.Resource().CopyTo(to.Resource())
	to.SetSchemaUrl(rs.SchemaUrl())
	toScope := to.ScopeSpans().AppendEmpty()
	ss.Scope().CopyTo(toScope.Scope())
	toScope.SetSchemaUrl(ss.SchemaUrl())
	s.CopyTo(toScope.Spans().AppendEmpty())
	if e.complete() && (e.asked || e.whole) || m.ended {
		e.finish()
		e.span().MoveTo(s)
		return e, false
	}
	e.size += (&ptrace.ProtoMarshaler{}).TracesSize(e.td)
	e.due = now.Add(m.cfg.Wait)
	m.put(e, m.spans)
	if e.complete() {
		m.hurry(e, now)
	}
	return e, true
}

// grace is how long an answer waits for the question, which may come after it.
const grace = time.Second

// hurry makes a call that has its answers wait for its question only.
func (m *memory) hurry(e *entry, now time.Time) {
	due := now.Add(min(grace, m.cfg.Wait))
	if !due.Before(e.due) {
		return
	}
	e.due = due
	m.spans.Remove(e.waiting)
	at := m.spans.Front()
	for at != nil && at.Value.(*entry).due.Before(due) {
		at = at.Next()
	}
	if at == nil {
		e.waiting = m.spans.PushBack(e)
	} else {
		e.waiting = m.spans.InsertBefore(e, at)
	}
}

// restore takes back the content of what was joined and not handed on.
func (m *memory) restore(joined []*entry, now time.Time) {
	for _, e := range joined {
		if len(e.content) > 0 {
			m.keep(m.entryOf(e.key, now), e.content, e.size)
		}
	}
}

// add notes content and returns the call that it belongs to, nil when there is
// no content or no call.
func (m *memory) add(r plog.LogRecord, name string, now time.Time) *entry {
	events := contentOf(r, name)
	if len(events) == 0 {
		if r.TraceID().IsEmpty() || r.SpanID().IsEmpty() {
			return nil
		}
		e := m.entryOf(key{r.TraceID(), r.SpanID()}, now)
		e.asked = true // Its question was left out at the source.
		return e
	}
	if r.TraceID().IsEmpty() || r.SpanID().IsEmpty() {
		m.metrics.dropped(len(events))
		return nil
	}
	e := m.entryOf(key{r.TraceID(), r.SpanID()}, now)
	m.keep(e, events, (&plog.ProtoMarshaler{}).LogRecordSize(r))
	return e
}

// entryOf returns the entry of a call, which is new when neither half has come.
func (m *memory) entryOf(k key, now time.Time) *entry {
	e := m.entries[k]
	if e == nil {
		e = &entry{key: k, due: now.Add(m.cfg.Remember)}
		m.put(e, m.content)
	}
	return e
}

// keep adds content to an entry.
func (m *memory) keep(e *entry, content []ptrace.SpanEvent, size int) {
	for _, event := range content {
		hash := hashOf(event)
		if e.seen[hash] {
			continue
		}
		if e.seen == nil {
			e.seen = make(map[uint64]bool)
		}
		e.seen[hash] = true
		e.content = append(e.content, event)
		e.see(event)
	}
	e.size += size
	m.bytes += size
}

// completed ends the waiting of those calls that are complete now.
func (m *memory) completed(touched map[*entry]bool, now time.Time) []*entry {
	var out []*entry
	for e := range touched {
		switch {
		case !e.hasSpan || !e.complete():
		case e.asked || e.whole:
			m.remove(e)
			e.finish()
			out = append(out, e)
		default:
			m.hurry(e, now)
		}
	}
	m.count(out, "complete")
	return out
}

var hashSeed = maphash.MakeSeed()

// hashOf is the same for records that are.
func hashOf(event ptrace.SpanEvent) uint64 {
	td := ptrace.NewTraces()
	event.CopyTo(td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().Events().AppendEmpty())
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return maphash.String(hashSeed, event.Name())
	}
	return maphash.Bytes(hashSeed, data)
}

// see notes which answers have come.
func (e *entry) see(event ptrace.SpanEvent) {
	if event.Name() == semconv.GenAIEventChoice {
		e.answers++
	} else if event.Name() != semconv.GenAIEventInferenceDetails {
		e.asked = true
	} else if _, ok := event.Attributes().Get(string(semconv.GenAIOutputMessagesKey)); ok {
		e.whole = true
	}
}

// finish puts the content on the span, in the order of time.
func (e *entry) finish() {
	slices.SortStableFunc(e.content, func(a, b ptrace.SpanEvent) int {
		return cmp.Compare(a.Timestamp(), b.Timestamp())
	})
	for _, event := range e.content {
		event.CopyTo(e.span().Events().AppendEmpty())
	}
}

// count notes what ended the waiting of calls.
func (m *memory) count(calls []*entry, reason string) {
	for _, e := range calls {
		if len(e.content) > 0 {
			m.metrics.joined(reason)
		} else {
			m.metrics.without(reason)
		}
	}
}

func (m *memory) put(e *entry, in *list.List) {
	e.waiting = in.PushBack(e)
	m.entries[e.key] = e
	m.bytes += e.size
}

func (m *memory) remove(e *entry) {
	if e.hasSpan {
		m.spans.Remove(e.waiting)
	} else {
		m.content.Remove(e.waiting)
	}
	delete(m.entries, e.key)
	m.bytes -= e.size
}

// due ends the waiting of spans whose time is over, and of the oldest halves when
// there are too many. Content without a span is dropped then.
func (m *memory) due(now time.Time) []*entry {
	var out []*entry
	for {
		span, content := front(m.spans), front(m.content)
		full := m.bytes > m.cfg.MaxWaitingBytes
		switch {
		case content != nil && (full || !content.due.After(now)):
			m.remove(content)
			m.metrics.dropped(len(content.content))
		case span != nil && (full || !span.due.After(now)):
			reason := "timeout"
			switch {
			case span.complete():
				reason = "complete"
			case full:
				reason = "full"
			}
			m.remove(span)
			span.finish()
			m.count([]*entry{span}, reason)
			out = append(out, span)
		default:
			return out
		}
	}
}

// end ends the waiting of all spans, and of those to come.
func (m *memory) end() []*entry {
	m.ended = true
	var out []*entry
	for e := front(m.spans); e != nil; e = front(m.spans) {
		m.remove(e)
		e.finish()
		out = append(out, e)
	}
	m.count(out, "shutdown")
	return out
}

func front(l *list.List) *entry {
	if l.Front() == nil {
		return nil
	}
	return l.Front().Value.(*entry)
}
