package processor

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// span is a span with another parent and more attributes. Its slice is a copy: that
// of the original belongs to every processor.
type span struct {
	sdktrace.ReadOnlySpan
	parent trace.SpanContext
	attrs  []attribute.KeyValue
	status sdktrace.Status
}

func wrap(s sdktrace.ReadOnlySpan) *span {
	own := s.Attributes()
	attrs := append(make([]attribute.KeyValue, 0, len(own)+4), own...) // mostly two are added
	return &span{ReadOnlySpan: s, parent: s.Parent(), attrs: attrs, status: s.Status()}
}

// Parent returns the nearest AI ancestor where there is one.
func (s *span) Parent() trace.SpanContext { return s.parent }

// Attributes returns the attributes of the span and those that were added.
func (s *span) Attributes() []attribute.KeyValue { return s.attrs }

// Status returns the status of the span, or that of another one of the same call.
func (s *span) Status() sdktrace.Status { return s.status }

func (s *span) add(attrs ...attribute.KeyValue) {
	s.attrs = append(s.attrs, attrs...)
}

// set replaces what the span says.
func (s *span) set(kv attribute.KeyValue) {
	if has(s.attrs, kv.Key) {
		s.remove(func(old attribute.KeyValue) bool { return old.Key == kv.Key })
	}
	s.add(kv)
}

func (s *span) remove(unwanted func(attribute.KeyValue) bool) {
	s.attrs = slices.DeleteFunc(s.attrs, unwanted)
}

// below puts the span below another one of its trace.
func (s *span) below(id trace.SpanID, remote bool) {
	if id != s.parent.SpanID() {
		s.parent = s.SpanContext().WithSpanID(id).WithRemote(remote)
	}
}

// top says that no AI span is known above the span. PostHog takes the trace id
// for the top of the trace. A span without a parent is a root and needs no
// telling.
func (s *span) top() {
	if s.parent.IsValid() { // ids come from the span, whatever attributes say
		s.set(attribute.String(semconv.PropertyParentID, s.SpanContext().TraceID().String()))
	}
}

// stamp adds what the span lacks of a session.
func (s *span) stamp(own session.Session, replay replayURL) {
	var buf [maxStamp]attribute.KeyValue
	attrs := appendLink(appendStamp(buf[:0], own), own.ID, replay, s.StartTime())
	s.add(missing(attrs, s.attrs, own.ID)...)
}

// disown removes what is left of the session that was stamped at the start, if the
// span has another one by now. What differs from the stamp was set by hand.
func (s *span) disown(n *node, replay replayURL) {
	if n.stamped == nil || n.stamped.ID == "" || n.stamped.ID == n.session.ID {
		return
	}
	var buf [maxStamp]attribute.KeyValue
	old := appendStamp(buf[:0], session.Session{ID: n.stamped.ID, WindowID: n.stamped.WindowID})
	old = appendLink(old, n.stamped.ID, replay, s.StartTime())
	s.remove(func(kv attribute.KeyValue) bool { return slices.Contains(old, kv) })
}

// link says whether the span has a session, and if not, why. r is the top of its
// part of the trace, or nil.
func (s *span) link(own session.Session, r *root) {
	switch {
	case own.ID != "":
		s.set(semconv.LinkStatusKey.String(semconv.LinkLinked))
	case r == nil:
		s.set(semconv.LinkStatusKey.String(semconv.LinkNoParent))
	default:
		s.set(semconv.LinkStatusKey.String(r.status))
		if r.refused != session.Valid {
			s.set(semconv.LinkReasonKey.String(string(r.refused)))
		}
	}
}
