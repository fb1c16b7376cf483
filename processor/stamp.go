package processor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// inherited returns the session for a span that starts without one: the session
// in the attributes of its parent. These are readable, even after the parent's
// end, if the parent was made in this process.
func inherited(ctx context.Context, s sdktrace.ReadOnlySpan, own session.Session) session.Session {
	above, readable := trace.SpanFromContext(ctx).(sdktrace.ReadOnlySpan)
	if readable && above.SpanContext().SpanID() == s.Parent().SpanID() && above.SpanContext().TraceID() == s.Parent().TraceID() {
		return inherit(own, session.FromSpan(above.Name(), above.Attributes(), s.StartTime()))
	}
	return own
}

// inherit adds the parent's session and person to a span's own. It adds no
// session of another person, except its opt-out.
func inherit(own, above session.Session) session.Session {
	if own.DistinctID != "" && above.DistinctID != "" && own.DistinctID != above.DistinctID {
		own.Consent = own.Inherit(above.Consent, false)
		return own
	}
	return session.Session{
		ID: above.ID, WindowID: cmp.Or(above.WindowID, own.WindowID), DistinctID: cmp.Or(own.DistinctID, above.DistinctID),
		Consent: own.Inherit(above.Consent, true),
	}
}

// stamp holds the attributes of a session. The spans of a request share it, so
// only the first of them allocates it.
type stamp struct {
	own   session.Session
	attrs []attribute.KeyValue
	room  [2][maxStamp]attribute.KeyValue
}

const maxStamp = 5

// appendLink appends the link to the recording, if there is to be one, at the
// start of a span.
func appendLink(attrs []attribute.KeyValue, id string, replay replayURL, start time.Time) []attribute.KeyValue {
	if replay == "" || id == "" {
		return attrs
	}
	return append(attrs, attribute.String(semconv.PropertyReplayURL, replay.link(id, start)))
}

// stamp sets the attributes of a session on a span that starts. SetAttributes
// overwrites, so the attributes passed to tracer.Start are checked first.
func (p *Processor) stamp(s sdktrace.ReadWriteSpan, own session.Session) {
	st, _ := p.stamps.Get().(*stamp)
	if st == nil {
		st = new(stamp)
	}
	if st.own != own {
		st.own, st.attrs = own, session.AppendAttributes(st.room[0][:0], own)
	}
	attrs, set := st.attrs, s.Attributes()
	if p.cfg.replay != "" || len(set) > 0 {
		attrs = appendLink(append(st.room[1][:0], attrs...), own.ID, p.cfg.replay, s.StartTime())
		attrs = missing(attrs, set, own.ID)
	}
	if len(attrs) > 0 {
		s.SetAttributes(attrs...) // copies them
	}
	p.stamps.Put(st) // It keeps a few strings until its next use.
}

// missing removes the attributes of a stamp that a span already has. The window,
// the link and a consent belong to the session, so they are removed, too, if the
// span names a different session. It works in place.
func missing(attrs, set []attribute.KeyValue, id string) []attribute.KeyValue {
	other := false
	for i := range set {
		switch set[i].Key {
		case session.IDKey, session.PostHogIDKey, session.CamelIDKey, session.NodeIDKey:
			other = other || set[i].Value.AsString() != id
		}
	}
	return slices.DeleteFunc(attrs, func(kv attribute.KeyValue) bool {
		return other && kv.Key != semconv.DistinctIDKey && kv != optOut || has(set, kv.Key) ||
			kv.Key == semconv.WindowIDKey && has(set, semconv.PostHogWindowIDKey)
	})
}

// optOut is what is stamped for an opt-out.
var optOut = session.OptOutKey.Bool(true)

func has(set []attribute.KeyValue, k attribute.Key) bool {
	for i := range set {
		if set[i].Key == k {
			return true
		}
	}
	return false
}
