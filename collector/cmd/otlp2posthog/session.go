package main

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// recording is what the spans of the input say about sessions, as they came.
type recording struct {
	spans  map[spanKey]recorded
	traces map[string][]spanKey // spans with a session
}

type spanKey struct{ trace, span string }

type recorded struct {
	parent        string // "" at the root
	name, service string
	session       string
	bad           string // an attribute whose value is no id
	chat          bool   // session.id is there, and not taken for a browser session
}

func (r *recording) add(td ptrace.Traces) {
	if r.spans == nil {
		r.spans, r.traces = make(map[spanKey]recorded), make(map[string][]spanKey)
	}
	for _, s := range spans.Of(td) {
		key := spanKey{s.SpanContext().TraceID().String(), s.SpanContext().SpanID().String()}
		at := s.EndTime()
		got := recorded{name: s.Name(), service: serviceOf(s), session: session.FromSpan(s.Name(), s.Attributes(), at).ID}
		if s.Parent().HasSpanID() {
			got.parent = s.Parent().SpanID().String()
		}
		if got.session == "" {
			got.session = session.FromAttributes(s.Resource().Attributes(), at).ID
		}
		if got.session == "" {
			got.bad, got.chat = badSession(s.Attributes())
		} else {
			r.traces[key.trace] = append(r.traces[key.trace], key)
		}
		r.spans[key] = got
	}
}

// badSession finds attributes that are meant as a session and do not count.
func badSession(attrs []attribute.KeyValue) (bad string, chat bool) {
	for _, kv := range attrs {
		switch kv.Key {
		case "$session_id", "posthog.session_id", "posthogSessionId":
			if reason := session.CheckID(kv.Value.String()); reason != session.Valid {
				bad = fmt.Sprintf("its attribute %s is no session id (%s)", kv.Key, reason)
			}
		case "session.id":
			chat = kv.Value.String() != ""
		}
	}
	return bad, chat
}

func serviceOf(s sdktrace.ReadOnlySpan) string {
	for _, kv := range s.Resource().Attributes() {
		if kv.Key == "service.name" {
			return kv.Value.String()
		}
	}
	return ""
}

// why says why no session has come to a span.
func (r *recording) why(trace, span string) string {
	own, ok := r.spans[spanKey{trace, span}]
	switch {
	case !ok:
		return "its span is not in the input"
	case own.bad != "":
		return own.bad
	case own.chat:
		return "its library calls a chat session.id, and this one is not the session of a browser at that time: put the session into $session_id"
	}
	return r.whyNotInherited(trace, span, own) + r.elsewhere(trace)
}

func (r *recording) whyNotInherited(trace, span string, at recorded) string {
	seen := map[string]bool{span: true}
	for at.parent != "" {
		parent, ok := r.spans[spanKey{trace, at.parent}]
		switch {
		case !ok:
			return fmt.Sprintf("span %s, above %s, is not in the input, so nothing can be inherited from there", at.parent, at)
		case parent.bad != "":
			return fmt.Sprintf("%s, above it, has none either: %s", parent, parent.bad)
		case seen[at.parent]:
			return "its ancestors form a cycle"
		case parent.session != "":
			return fmt.Sprintf("%s, above it, has one, but of a person that is not the one of this span", parent)
		}
		seen[at.parent] = true
		at = parent
	}
	return fmt.Sprintf("neither it nor a span above it has one, up to the root %s: the service that browsers reach needs baggage.NewHandler, and each service the processor or the Collector's posthogsession", at)
}

// elsewhere names a session that another branch of the same trace has.
func (r *recording) elsewhere(trace string) string {
	with := r.traces[trace]
	if len(with) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s in the same trace has a session, but is not above it: the baggage was lost on the way", r.spans[with[0]])
}

func (s recorded) String() string {
	name := strings.Join(strings.Fields(s.name), " ")
	if s.service == "" {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%q of %s", name, s.service)
}
