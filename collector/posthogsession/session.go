package posthogsession

import (
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	"github.com/otelposthog/otelposthog-go/semconv"
)

var (
	sessionKeys = []string{string(semconv.SessionIDKey), string(semconv.PostHogSessionIDKey), "posthogSessionId"}
	windowKeys  = []string{string(semconv.WindowIDKey), string(semconv.PostHogWindowIDKey)}
	// personKeys are the attributes by which an event has a person of its own.
	personKeys = []string{
		string(semconv.DistinctIDKey), "user.id", "enduser.id", "langfuse.user.id", "langwatch.user.id", "gen_ai.user.id",
		"ai.telemetry.metadata.posthog_distinct_id", "ai.settings.context.posthog_distinct_id",
		"traceloop.association.properties.user_id", "lmnr.association.properties.user_id",
	}
)

// reader reads sessions from attributes. The keys come before the usual ones.
type reader struct{ keys []string }

// visible returns the session that the exporter sees by itself.
func visible(m pcommon.Map) string {
	if id := first(m, sessionKeys); id != "" {
		return id
	}
	// OpenTelemetry's session.id is a chat to some libraries; theirs is a browser
	// session only when it looks like one of posthog-js.
	id := first(m, []string{string(semconv.OTelSessionIDKey)})
	if id != "" && isChat(m) && !isUUIDv7(id) {
		return ""
	}
	return id
}

// read returns all that attributes tell about the session, captured request
// headers included.
func (r reader) read(m pcommon.Map) (baggage.Session, bool) {
	id := first(m, r.keys)
	if id == "" {
		id = visible(m)
	}
	s := baggage.Session{
		ID:         id,
		WindowID:   first(m, windowKeys),
		DistinctID: text(m, string(semconv.DistinctIDKey)),
	}
	if s.ID == "" {
		// Whoever sent the headers may be anybody: no person is taken from them.
		s = fromHeaders(m)
	}
	return s, s.ID != ""
}

// fromHeaders reads the request headers that posthog-js or the services before
// sent, as HTTP instrumentations capture them.
func fromHeaders(m pcommon.Map) baggage.Session {
	if id := header(m, "x-posthog-session-id"); spans.IsSessionID(id) {
		s := baggage.Session{ID: id}
		if window := header(m, "x-posthog-window-id"); spans.IsSessionID(window) {
			s.WindowID = window
		}
		return s
	}
	members, err := otelbaggage.Parse(header(m, "baggage"))
	if err != nil {
		return baggage.Session{}
	}
	s, _ := baggage.SessionFromBaggage(members)
	return baggage.Session{ID: s.ID, WindowID: s.WindowID}
}

// header returns a captured header. The values are a list by convention, and
// older instrumentations write dashes as underscores.
func header(m pcommon.Map, name string) string {
	const prefix = "http.request.header."
	v, ok := m.Get(prefix + name)
	if !ok {
		if v, ok = m.Get(prefix + strings.ReplaceAll(name, "-", "_")); !ok {
			return ""
		}
	}
	if v.Type() != pcommon.ValueTypeSlice {
		return strings.TrimSpace(v.AsString())
	}
	values := make([]string, 0, v.Slice().Len())
	for _, each := range v.Slice().All() {
		values = append(values, each.AsString())
	}
	return strings.TrimSpace(strings.Join(values, ","))
}

// stamp puts the session on a span that has none. The person goes only where
// neither the span nor its resource names one.
func stamp(m, resource pcommon.Map, s baggage.Session) {
	m.PutStr(string(semconv.SessionIDKey), s.ID)
	if s.WindowID != "" && first(m, windowKeys) == "" {
		m.PutStr(string(semconv.WindowIDKey), s.WindowID)
	}
	if s.DistinctID != "" && !anyOf(m, personKeys) && !anyOf(resource, personKeys) {
		m.PutStr(string(semconv.DistinctIDKey), s.DistinctID)
	}
}

func first(m pcommon.Map, keys []string) string {
	for _, key := range keys {
		if id := text(m, key); spans.IsSessionID(id) {
			return id
		}
	}
	return ""
}

func anyOf(m pcommon.Map, keys []string) bool {
	for _, key := range keys {
		if text(m, key) != "" {
			return true
		}
	}
	return false
}

func text(m pcommon.Map, key string) string {
	if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return ""
}

func isChat(m pcommon.Map) bool {
	for key := range m.All() {
		if key == "openinference.span.kind" || strings.HasPrefix(key, "langfuse.") {
			return true
		}
	}
	return false
}

func isUUIDv7(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && len(s) == 36 && id.Version() == 7
}
