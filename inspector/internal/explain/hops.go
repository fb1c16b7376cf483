package explain

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Hop is one span on the way to an event.
type Hop struct {
	SpanID    string `json:"span_id"`
	Service   string `json:"service"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	SessionID string `json:"session_id,omitempty"`
	// Key is the attribute that holds the session.
	Key string `json:"key,omitempty"`
	// Status and Reason are what the session processor noted on the span.
	Status string `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Missing marks a parent that is named but did not arrive.
	Missing bool `json:"missing,omitempty"`

	kind  ptrace.SpanKind
	start time.Time
	flags uint32
}

func entry(k ptrace.SpanKind) bool {
	return k == ptrace.SpanKindServer || k == ptrace.SpanKindConsumer
}

// hopsTo returns the spans from the first known one down to the one with this id.
func (t Trace) hopsTo(spanID string) ([]Hop, *otlp.Span) {
	span := t.spans[spanID]
	var hops []Hop
	seen := make(map[string]bool)
	for s := span; s != nil && !seen[s.Data.SpanID().String()]; {
		seen[s.Data.SpanID().String()] = true
		hops = append(hops, hopOf(s))
		parent := s.Data.ParentSpanID()
		if parent.IsEmpty() {
			break
		}
		if s = t.spans[parent.String()]; s == nil {
			hops = append(hops, Hop{SpanID: parent.String(), Missing: true})
		}
	}
	slices.Reverse(hops)
	return hops, span
}

func hopOf(s *otlp.Span) Hop {
	id, key := sessionOf(s)
	return Hop{
		SpanID: s.Data.SpanID().String(), Service: s.Service(), Name: s.Data.Name(),
		Kind: strings.ToLower(s.Data.Kind().String()), SessionID: id, Key: key,
		Status: s.Text(string(semconv.LinkStatusKey)), Reason: s.Text(string(semconv.LinkReasonKey)),
		kind: s.Data.Kind(), start: s.Data.StartTimestamp().AsTime(), flags: s.Data.Flags(),
	}
}

// sessionOf returns the browser session of a span. The name session.id is a chat
// for many libraries, so it counts only with an id as posthog-js makes it.
func sessionOf(s *otlp.Span) (id, key string) {
	if id, key = firstText(s.Data.Attributes(), string(semconv.SessionIDKey), string(semconv.PostHogSessionIDKey)); id != "" {
		return id, key
	}
	if id = s.Text(string(semconv.OTelSessionIDKey)); isUUIDv7(id) {
		return id, string(semconv.OTelSessionIDKey)
	}
	return "", ""
}

func firstText(m pcommon.Map, keys ...string) (text, key string) {
	for _, key := range keys {
		if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
			return v.Str(), key
		}
	}
	return "", ""
}

func servicesOf(hops []Hop) []string {
	var services []string
	for _, h := range hops {
		if s := name(h.Service); !slices.Contains(services, s) {
			services = append(services, s)
		}
	}
	return services
}

func isUUIDv7(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && len(s) == 36 && id.Version() == 7
}

func name(service string) string {
	if service == "" {
		return "a service without a name"
	}
	return service
}

func quote(s string) string { return "“" + s + "”" }
