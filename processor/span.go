package processor

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// span is a span with another parent and more attributes. The slice of the
// original belongs to every processor and is never changed.
type span struct {
	sdktrace.ReadOnlySpan
	parent trace.SpanContext
	attrs  []attribute.KeyValue
	own    bool // attrs is a copy
	moved  bool // parent is not that of the original
}

func wrap(s sdktrace.ReadOnlySpan, attrs []attribute.KeyValue) *span {
	return &span{ReadOnlySpan: s, parent: s.Parent(), attrs: attrs}
}

// Parent returns the nearest AI ancestor where there is one.
func (s *span) Parent() trace.SpanContext { return s.parent }

// Attributes returns the attributes of the span and those that were added.
func (s *span) Attributes() []attribute.KeyValue { return s.attrs }

func (s *span) add(attrs ...attribute.KeyValue) {
	if len(attrs) == 0 {
		return
	}
	if !s.own {
		s.attrs = slices.Clip(s.attrs)
		s.own = true
	}
	s.attrs = append(s.attrs, attrs...)
}

func (s *span) remove(unwanted func(attribute.KeyValue) bool) {
	s.attrs = slices.DeleteFunc(slices.Clone(s.attrs), unwanted)
	s.own = true
}

// below puts the span below another one of its trace.
func (s *span) below(id trace.SpanID, remote bool) {
	if id == s.parent.SpanID() {
		return
	}
	sc := s.SpanContext()
	s.parent = trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: sc.TraceID(), SpanID: id, TraceFlags: sc.TraceFlags(), TraceState: sc.TraceState(), Remote: remote,
	})
	s.moved = true
}

// stamp adds what the span lacks of a session.
func (s *span) stamp(session baggage.Session, replay string) {
	var buf stamp
	s.add(missing(appendStamp(buf[:0], session, replay), s.attrs, session.ID)...)
}

// disown removes what is left of the session that was stamped at the start, if the
// span has another one by now. What differs from the stamp was set by hand.
func (s *span) disown(e *entry, session, replay string) {
	if e == nil || e.session == "" || e.session == session {
		return
	}
	var buf stamp
	old := appendStamp(buf[:0], baggage.Session{ID: e.session, WindowID: e.window}, replay)
	s.remove(func(kv attribute.KeyValue) bool { return slices.Contains(old, kv) })
}

// orphan says that no AI span is known above the span. PostHog takes the trace
// id for the top of the trace. A span without a parent is a root and needs no
// telling.
func (s *span) orphan() {
	if !s.parent.IsValid() {
		return
	}
	top := attribute.String(semconv.PropertyParentID, s.SpanContext().TraceID().String())
	if has(s.attrs, top.Key) { // Ids come from the span, whatever attributes say.
		s.remove(func(kv attribute.KeyValue) bool { return kv.Key == top.Key })
	}
	s.add(top)
}

// result returns the span itself if there is nothing to say about it.
func (s *span) result() sdktrace.ReadOnlySpan {
	if !s.own && !s.moved {
		return s.ReadOnlySpan
	}
	return s
}

// traceSpan is the root of a trace as the $ai_trace event wants it.
type traceSpan struct {
	span
	name string
}

// Name returns the route.
func (s *traceSpan) Name() string { return s.name }

// StartTime returns the end: the latency of a trace is the sum of its parts, and
// one of its own would be added to them.
func (s *traceSpan) StartTime() time.Time { return s.EndTime() }
