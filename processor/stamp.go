package processor

import (
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// stamp is a session as the attributes that say it. It is made once per session
// and trace, shared by all spans of the trace, and never changed.
type stamp struct {
	session baggage.Session
	attrs   []attribute.KeyValue
	array   [4]attribute.KeyValue
}

func newStamp(s baggage.Session, replay string) *stamp {
	st := &stamp{session: s}
	st.attrs = st.array[:0:len(st.array)]
	st.add(semconv.SessionIDKey, s.ID)
	st.add(semconv.WindowIDKey, s.WindowID)
	st.add(semconv.DistinctIDKey, s.DistinctID)
	if replay != "" && s.ID != "" {
		st.add(semconv.PropertyReplayURL, replay+url.PathEscape(s.ID))
	}
	return st
}

func (st *stamp) add(k attribute.Key, v string) {
	if v != "" {
		st.attrs = append(st.attrs, k.String(v))
	}
}

// apply sets the attributes on a span that starts. SetAttributes overwrites, so
// what was given to the start of the span is looked at first; that costs a copy
// of the attributes, and only spans that started with some pay for it.
func (st *stamp) apply(s sdktrace.ReadWriteSpan) {
	set := s.Attributes()
	if len(set) == 0 {
		s.SetAttributes(st.attrs...)
		return
	}
	s.SetAttributes(st.missing(set)...)
}

// missing returns the attributes that a span with the given ones lacks. The
// window and the link belong to the session: they are left out when the span
// names another one.
func (st *stamp) missing(set []attribute.KeyValue) []attribute.KeyValue {
	var person, other, any bool
	for i := range set {
		switch kv := &set[i]; kv.Key {
		case semconv.DistinctIDKey:
			person, any = true, true
		case semconv.SessionIDKey, semconv.PostHogSessionIDKey, camelSessionIDKey:
			any = true
			other = other || kv.Value.AsString() != st.session.ID
		case semconv.WindowIDKey, semconv.PostHogWindowIDKey, semconv.PropertyReplayURL:
			any = true
		}
	}
	if !any {
		return st.attrs
	}
	out := make([]attribute.KeyValue, 0, len(st.attrs))
	for _, kv := range st.attrs {
		if kv.Key == semconv.DistinctIDKey && !person ||
			kv.Key != semconv.DistinctIDKey && !other && !has(set, kv.Key) {
			out = append(out, kv)
		}
	}
	return out
}

// camelSessionIDKey is another spelling that PostHog takes for $session_id.
const camelSessionIDKey = attribute.Key("posthogSessionId")

func has(set []attribute.KeyValue, k attribute.Key) bool {
	for i := range set {
		if set[i].Key == k {
			return true
		}
	}
	return false
}

// sessionOf returns the session that a span names itself, by attributes that a
// user may have set at any time.
func sessionOf(set []attribute.KeyValue) (s baggage.Session, ok bool) {
	for i := range set {
		k := set[i].Key
		if len(k) < 7 || k[0] != '$' && k[0] != 'p' {
			continue // This runs for every attribute of every span.
		}
		switch k {
		case semconv.SessionIDKey:
			s.ID = set[i].Value.AsString()
		case semconv.PostHogSessionIDKey, camelSessionIDKey:
			if s.ID == "" {
				s.ID = set[i].Value.AsString()
			}
		case semconv.WindowIDKey:
			s.WindowID = set[i].Value.AsString()
		case semconv.DistinctIDKey:
			s.DistinctID = set[i].Value.AsString()
		}
	}
	return s, s.ID != ""
}
