package processor

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// span wraps a span with another parent and more attributes. Its attribute
// slice is a copy, because every processor shares the original's.
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

// Parent returns the nearest AI ancestor, if there is one.
func (s *span) Parent() trace.SpanContext { return s.parent }

// Attributes returns the attributes of the span and those that were added.
func (s *span) Attributes() []attribute.KeyValue { return s.attrs }

// Status returns the status of the span, or that of another one of the same call.
func (s *span) Status() sdktrace.Status { return s.status }

func (s *span) add(attrs ...attribute.KeyValue) {
	s.attrs = append(s.attrs, attrs...)
}

// set replaces or adds an attribute.
func (s *span) set(kv attribute.KeyValue) {
	if has(s.attrs, kv.Key) {
		s.remove(func(old attribute.KeyValue) bool { return old.Key == kv.Key })
	}
	s.add(kv)
}

func (s *span) remove(unwanted func(attribute.KeyValue) bool) {
	s.attrs = slices.DeleteFunc(s.attrs, unwanted)
}

// below makes another span of the trace the parent.
func (s *span) below(id trace.SpanID, remote bool) {
	if id != s.parent.SpanID() {
		s.parent = s.SpanContext().WithSpanID(id).WithRemote(remote)
	}
}

// top marks that no AI span is above the span: PostHog reads the trace id as
// the top of the trace. A span without a parent is a root and needs no mark.
func (s *span) top() {
	if s.parent.IsValid() { // ids come from the span, whatever attributes say
		s.set(attribute.String(semconv.PropertyParentID, s.SpanContext().TraceID().String()))
	}
}

// stamp adds the session attributes that the span lacks.
func (s *span) stamp(own session.Session, replay replayURL) {
	var buf [maxStamp]attribute.KeyValue
	attrs := appendLink(session.AppendAttributes(buf[:0], own), own.ID, replay, s.StartTime())
	s.add(missing(attrs, s.attrs, own.ID)...)
}

// consent makes the span say what follows from the tree. An opt-out above wins
// over what the span says itself.
func (s *span) consent(c session.Consent) {
	switch {
	case c == session.ConsentRefused:
		s.set(optOut)
	case c == session.ConsentGiven && !has(s.attrs, session.OptOutKey):
		s.add(session.OptOutKey.Bool(false))
	}
}

// dropStaleStamp removes the remaining attributes of the session that was
// stamped at the start, if the span now has a different session. A value that
// differs from the stamp was set by the user and stays.
func (s *span) dropStaleStamp(n *node, replay replayURL) {
	if n.stamped == nil || n.stamped.ID == "" || n.stamped.ID == n.session.ID {
		return
	}
	var buf [maxStamp]attribute.KeyValue
	old := session.AppendAttributes(buf[:0], session.Session{ID: n.stamped.ID, WindowID: n.stamped.WindowID})
	if n.stamped.Consent == session.ConsentGiven {
		old = append(old, session.OptOutKey.Bool(false))
	}
	old = appendLink(old, n.stamped.ID, replay, s.StartTime())
	s.remove(func(kv attribute.KeyValue) bool { return slices.Contains(old, kv) })
}

// link sets the link status: whether the span has a session, and if not, why. r
// is the local root of its trace, or nil.
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
