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

// inherited returns the session for a span that starts without one: that of its
// parent, which can be asked for it, also after its end, if it was made in this
// process.
func inherited(ctx context.Context, s sdktrace.ReadOnlySpan, own session.Session) session.Session {
	above, readable := trace.SpanFromContext(ctx).(sdktrace.ReadOnlySpan)
	if readable && above.SpanContext().SpanID() == s.Parent().SpanID() && above.SpanContext().TraceID() == s.Parent().TraceID() {
		return inherit(own, session.FromSpan(above.Name(), above.Attributes(), s.StartTime()))
	}
	return own
}

// inherit adds to what a span knows what its parent knows: the session, unless it
// is that of another person, and the person.
func inherit(own, above session.Session) session.Session {
	if own.DistinctID != "" && above.DistinctID != "" && own.DistinctID != above.DistinctID {
		return own
	}
	return session.Session{
		ID: above.ID, WindowID: cmp.Or(above.WindowID, own.WindowID), DistinctID: cmp.Or(own.DistinctID, above.DistinctID),
	}
}

// stamp is the attributes that say a session. The spans of a request have the
// same ones, so that they are made anew for the first of them only; the link to
// the recording is each span's own.
type stamp struct {
	own   session.Session
	attrs []attribute.KeyValue
	room  [2][maxStamp]attribute.KeyValue
}

const maxStamp = 4

// appendStamp appends what is known of a session.
func appendStamp(attrs []attribute.KeyValue, s session.Session) []attribute.KeyValue {
	if s.ID != "" {
		attrs = append(attrs, semconv.SessionIDKey.String(s.ID))
	}
	if s.WindowID != "" {
		attrs = append(attrs, semconv.WindowIDKey.String(s.WindowID))
	}
	if s.DistinctID != "" {
		attrs = append(attrs, semconv.DistinctIDKey.String(s.DistinctID))
	}
	return attrs
}

// appendLink appends the link to the recording, if there is to be one, at the
// start of a span.
func appendLink(attrs []attribute.KeyValue, id string, replay replayURL, start time.Time) []attribute.KeyValue {
	if replay == "" || id == "" {
		return attrs
	}
	return append(attrs, attribute.String(semconv.PropertyReplayURL, replay.link(id, start)))
}

// stamp sets the attributes of a session on a span that starts. SetAttributes
// overwrites, so what was given to the start of the span is looked at first.
func (p *Processor) stamp(s sdktrace.ReadWriteSpan, own session.Session) {
	st, _ := p.stamps.Get().(*stamp)
	if st == nil {
		st = new(stamp)
	}
	if st.own != own {
		st.own, st.attrs = own, appendStamp(st.room[0][:0], own)
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

// missing removes the attributes of a stamp that a span has already. The window
// and the link belong to the session: they go, too, when the span names another
// one. It works in place.
func missing(attrs, set []attribute.KeyValue, id string) []attribute.KeyValue {
	other := false
	for i := range set {
		switch set[i].Key {
		case session.IDKey, session.PostHogIDKey, session.CamelIDKey, session.NodeIDKey:
			other = other || set[i].Value.AsString() != id
		}
	}
	return slices.DeleteFunc(attrs, func(kv attribute.KeyValue) bool {
		return other && kv.Key != semconv.DistinctIDKey || has(set, kv.Key) ||
			kv.Key == semconv.WindowIDKey && has(set, semconv.PostHogWindowIDKey)
	})
}

func has(set []attribute.KeyValue, k attribute.Key) bool {
	for i := range set {
		if set[i].Key == k {
			return true
		}
	}
	return false
}
