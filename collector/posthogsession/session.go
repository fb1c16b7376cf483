package posthogsession

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// reader reads sessions from attributes. The keys come before the usual ones.
type reader struct{ keys []string }

// visible returns the session that the exporter sees by itself.
func visible(m pcommon.Map, at time.Time) session.Session {
	var r session.Reader
	for key, v := range m.All() {
		value := ""
		if v.Type() == pcommon.ValueTypeStr || v.Type() == pcommon.ValueTypeBool && key == string(session.OptOutKey) {
			value = v.AsString()
		}
		r.Add(key, value)
	}
	return r.Session(at)
}

// keeps reports whether the exporter sees the session of a span by itself, and no
// attribute of the settings tells another one.
func (r reader) keeps(s ptrace.Span, resource pcommon.Map) bool {
	at := s.EndTimestamp().AsTime()
	id := visible(s.Attributes(), at).ID
	if id == "" {
		id = visible(resource, at).ID
	}
	told := r.first(s.Attributes())
	return id != "" && (told == "" || told == id)
}

// read returns what attributes tell about the session, captured request headers
// included, and whether these say that the request came from a browser.
func (r reader) read(m pcommon.Map, at time.Time) (s session.Session, edge bool) {
	s = visible(m, at)
	if id := r.first(m); id != "" {
		s.ID = id
	}
	fromHeader, edge := fromHeaders(m)
	if s.ID == "" {
		// Whoever sent the headers may be anybody: no person is taken from them.
		fromHeader.DistinctID = s.DistinctID
		s = fromHeader
	}
	return session.Session{ID: strings.Clone(s.ID), WindowID: strings.Clone(s.WindowID), DistinctID: strings.Clone(s.DistinctID)}, edge
}

// first returns the session in the attributes of the settings.
func (r reader) first(m pcommon.Map) string {
	for _, key := range r.keys {
		if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeStr && session.ValidID(v.Str()) {
			return v.Str()
		}
	}
	return ""
}

// fromHeaders reads the request headers that posthog-js or the services before
// sent, as HTTP instrumentations capture them. Only posthog-js sends those of its own.
func fromHeaders(m pcommon.Map) (s session.Session, edge bool) {
	if id := idIn(header(m, session.HeaderID)); id != "" {
		return session.Session{ID: id, WindowID: idIn(header(m, session.HeaderWindowID))}, true
	}
	values := header(m, "baggage")
	if len(values) == 0 {
		return s, false
	}
	// An error is about other members: those that could be read are there.
	members, _ := otelbaggage.Parse(strings.Join(values, ","))
	s, _ = session.FromBaggage(members)
	s.DistinctID = ""
	return s, false
}

// header returns the values of a captured header. They are a list by convention,
// a text in older instrumentations, which also write dashes as underscores, and
// a list in JSON after a format without lists.
func header(m pcommon.Map, name string) []string {
	key := "http.request.header." + strings.ToLower(name)
	v, ok := m.Get(key)
	if !ok {
		if v, ok = m.Get(strings.ReplaceAll(key, "-", "_")); !ok {
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
func idIn(values []string) (id string) {
	for _, v := range values {
		v = strings.TrimSpace(v)
		if id != "" && v != "" && v != id {
			return ""
		}
		if v != "" {
			id = v
		}
	}
	if !session.ValidID(id) {
		return ""
	}
	return id
}

// stamp puts the session on a span that has none. The person goes only where
// neither the span nor its resource names one.
func stamp(m, resource pcommon.Map, s session.Session) {
	m.PutStr(string(session.IDKey), s.ID)
	if s.WindowID != "" && !slices.ContainsFunc(session.WindowIDKeys[:], hasText(m)) {
		m.PutStr(string(session.WindowIDKey), s.WindowID)
	}
	if s.DistinctID != "" && !slices.ContainsFunc(session.DistinctIDKeys[:], hasText(m)) && !slices.ContainsFunc(session.DistinctIDKeys[:], hasText(resource)) {
		m.PutStr(string(session.DistinctIDKey), s.DistinctID)
	}
}

// hasText returns a function that reports whether an attribute of m is a text.
func hasText(m pcommon.Map) func(attribute.Key) bool {
	return func(key attribute.Key) bool {
		v, ok := m.Get(string(key))
		return ok && v.Type() == pcommon.ValueTypeStr && v.Str() != ""
	}
}
