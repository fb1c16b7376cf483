package posthogsession

import (
	"encoding/json"
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

// keeps reports whether the exporter sees the session of a span by itself, and no
// attribute of the settings tells another one.
func (r reader) keeps(m, resource pcommon.Map) bool {
	id := visible(m)
	if id == "" {
		id = visible(resource)
	}
	told := first(m, r.keys)
	return id != "" && (told == "" || told == id)
}

// read returns all that attributes tell about the session, captured request
// headers included. The session has no ID when they tell none.
func (r reader) read(m pcommon.Map) baggage.Session {
	id := first(m, r.keys)
	if id == "" {
		id = visible(m)
	}
	if id == "" {
		// Whoever sent the headers may be anybody: no person is taken from them.
		return fromHeaders(m)
	}
	return baggage.Session{ID: id, WindowID: first(m, windowKeys), DistinctID: person(m)}
}

// fromHeaders reads the request headers that posthog-js or the services before
// sent, as HTTP instrumentations capture them.
func fromHeaders(m pcommon.Map) baggage.Session {
	if id := idIn(header(m, "x-posthog-session-id")); id != "" {
		return baggage.Session{ID: id, WindowID: idIn(header(m, "x-posthog-window-id"))}
	}
	// An error is about other members: those that could be read are there.
	members, _ := otelbaggage.Parse(strings.Join(header(m, "baggage"), ","))
	s, _ := baggage.SessionFromBaggage(members)
	// They are cut from the header, which would be remembered with them.
	return baggage.Session{ID: strings.Clone(s.ID), WindowID: strings.Clone(s.WindowID)}
}

// header returns the values of a captured header. They are a list by convention,
// a text in older instrumentations, which also write dashes as underscores, and
// a list in JSON after a format without lists.
func header(m pcommon.Map, name string) []string {
	const prefix = "http.request.header."
	v, ok := m.Get(prefix + name)
	if !ok {
		if v, ok = m.Get(prefix + strings.ReplaceAll(name, "-", "_")); !ok {
			return nil
		}
	}
	var values []string
	if v.Type() == pcommon.ValueTypeSlice {
		for _, each := range v.Slice().All() {
			values = append(values, each.AsString())
		}
		return values
	}
	text := v.AsString()
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &values) == nil {
		return values
	}
	return []string{text}
}

// idIn returns the id of a session or window in the values of a header. Different
// ones are ambiguous: which one is meant depends on which proxy added what.
func idIn(values []string) string {
	var id told
	for _, v := range values {
		id.add(strings.TrimSpace(v))
	}
	if id := id.or(""); spans.IsSessionID(id) {
		return id
	}
	return ""
}

// person returns the person that attributes name, cut to the length that PostHog
// takes, since it is remembered.
func person(m pcommon.Map) string {
	const most = 200
	id := text(m, string(semconv.DistinctIDKey))
	if len(id) > most {
		id = strings.ToValidUTF8(id[:most], "")
	}
	return strings.Clone(id)
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
