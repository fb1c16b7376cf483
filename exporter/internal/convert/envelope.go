package convert

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// LibName is the value of $lib.
const LibName = "otelposthog-go"

// eventNamespace must never change: the ids of events derive from it.
var eventNamespace = uuid.MustParse("5f0c1b4e-6f0f-4d0b-9d5e-7d2f3a1c8e64")

// identify sets the id of the event, which is the same whenever the same span is
// sent. Spans without ids of their own, which hand-made telemetry has, are told
// apart by what their events say: one id for all would make PostHog keep one.
func identify(e *event.Event, sc trace.SpanContext) {
	traceID, spanID := sc.TraceID(), sc.SpanID()
	if sc.IsValid() {
		e.UUID = uuid5(traceID[:], spanID[:])
		return
	}
	e.UUID = uuid.UUID{}
	said := sha256.Sum256(e.Append(nil))
	e.UUID = uuid5(traceID[:], spanID[:], said[:])
}

// uuid5 is uuid.NewSHA1 in the namespace of events, without its allocations.
func uuid5(name ...[]byte) uuid.UUID {
	buf := append(make([]byte, 0, 16+16+8+sha256.Size), eventNamespace[:]...)
	for _, part := range name {
		buf = append(buf, part...)
	}
	sum := sha1.Sum(buf) // #nosec: UUIDv5 is made so, and keeps no secret
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

// endTime is the time of the event. A span without an end time has its start
// time.
func endTime(span sdktrace.ReadOnlySpan) time.Time {
	if end := span.EndTime(); end.Unix() > 0 {
		return end.UTC()
	}
	return span.StartTime().UTC()
}

// reservedKeys are properties that attributes cannot set. The ids and the error
// flag come from the span, and the ingestion source would make PostHog's server
// convert the event again.
var reservedKeys = []attribute.Key{
	names.PropertyTraceID, names.PropertySpanID, names.PropertyParentID, names.PropertyIsError, "$ai_ingestion_source",
}

// envelope sets the properties of every event.
func envelope(c *conversion) {
	sc := c.Span.SpanContext()
	if id := sc.TraceID(); id != c.traceID || c.traceHex == "" { // mostly it is that of the last span
		c.traceID, c.traceHex = id, id.String()
	}
	c.SetText(names.PropertyTraceID, c.traceHex)
	c.SetText(names.PropertySpanID, sc.SpanID().String())
	// The span processor sets the trace id if no AI span is known above.
	if parent := c.Text(names.PropertyParentID); parent == c.traceHex {
		c.SetText(names.PropertyParentID, parent)
	} else if id := c.Span.Parent().SpanID(); id.IsValid() {
		c.SetText(names.PropertyParentID, id.String())
	}
	c.Consume(reservedKeys...)
	c.Consume(names.LinkStatusKey, names.LinkReasonKey)

	c.SetText(names.PropertySpanName, c.Span.Name())
	if d := c.Span.EndTime().Sub(c.Span.StartTime()); d > 0 && c.Span.EndTime().Unix() > 0 {
		c.Set(prop.Any(names.PropertyLatency, attribute.Float64Value(d.Seconds())))
	}
	s := browserSession(c)
	c.SetText(names.PropertySessionID, fromSession(c, s.ID, session.IDKeys[:]))
	c.Consume(session.IDKey)
	c.SetText(names.PropertyWindowID, fromSession(c, s.WindowID, session.WindowIDKeys[:]))
	c.Consume(session.WindowIDKey)
	geoIP(c)
	c.SetText(names.PropertyLib, LibName)
	c.SetText(names.PropertyLibVersion, otelposthog.Version)
}

// browserSession returns the browser session of the span. Missing fields are
// taken from the resource.
func browserSession(c *conversion) session.Session {
	end := endTime(c.Span)
	s := session.FromSpan(c.Span.Name(), c.Own.Attributes, end)
	if s.ID != "" && s.WindowID != "" {
		return s
	}
	more := session.FromAttributes(c.Resource.Attributes, end)
	if s.ID == "" && (more.ID != c.Resource.Text(session.OTelIDKey) || !usesIDForChat(c) || session.AliveAt(more.ID, end)) {
		s.ID = more.ID
	}
	s.WindowID = cmp.Or(s.WindowID, more.WindowID)
	return s
}

// usesIDForChat reports whether session.id may name a chat on this span.
func usesIDForChat(c *conversion) bool {
	return session.UsesIDForChat(c.Span.Name()) || slices.ContainsFunc(c.Own.Attributes, func(kv attribute.KeyValue) bool { return session.UsesIDForChat(string(kv.Key)) })
}

// fromSession returns the attribute that an id of the session comes from.
func fromSession(c *conversion, id string, keys []attribute.Key) string {
	for _, attrs := range [...]*attr.List{&c.Own, &c.Resource} {
		for _, key := range keys {
			if id != "" && attrs.Text(key) == id {
				c.From(key)
				return id
			}
		}
	}
	return id
}

// geoIP tells PostHog not to locate the server that sends the event.
func geoIP(c *conversion) {
	c.From()
	value := attribute.BoolValue(true)
	for _, key := range [...]attribute.Key{"posthog.geoip_disable", names.PropertyGeoIPDisable} {
		for _, attrs := range [...]*attr.List{&c.Resource, &c.Own} { // the last one wins
			if v, ok := attrs.Get(key); ok {
				c.From(key)
				value = v
				if b, ok := attr.Boolean(v); ok { // the environment gives nothing but text
					value = b
				}
			}
		}
	}
	c.Set(prop.Any(names.PropertyGeoIPDisable, value))
}

// conversationKeys identify a conversation, not a person.
var conversationKeys = []attribute.Key{
	names.PropertyAISessionID, "ai.telemetry.metadata.$ai_session_id", "ai.settings.context.$ai_session_id",
	"eve.session.id", "ai.settings.context.eve.session.id", "anthropic.session.id", names.GenAIConversationIDKey,
}

// person sets the distinct id of the event. Without a known person, it is
// derived from the conversation or the trace, and the event makes no person
// profile. It is never derived from the browser session, because one session
// can hold several people.
func person(c *conversion) { c.distinctID = distinctID(c) }

func distinctID(c *conversion) string {
	if id := c.Own.Text(session.DistinctIDKeys[:]...); strings.TrimSpace(id) != "" {
		return event.CutID(id)
	}
	if id := c.Resource.Text(session.ResourceDistinctIDKeys[:]...); strings.TrimSpace(id) != "" {
		return event.CutID(id)
	}
	c.Set(prop.Any(names.PropertyProcessPersonProfile, attribute.BoolValue(false)))
	if id := cmp.Or(c.Own.Text(conversationKeys...), c.Resource.Text(conversationKeys...)); id != "" {
		return event.ConversationOf(id)
	}
	return event.NobodyOf(c.traceHex)
}
