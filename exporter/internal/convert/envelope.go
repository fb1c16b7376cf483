package convert

import (
	"cmp"
	"crypto/sha1"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// LibName is what $lib says.
const LibName = "otelposthog-go"

var (
	// eventNamespace makes the event of a span have one id for ever.
	eventNamespace = uuid.MustParse("5f0c1b4e-6f0f-4d0b-9d5e-7d2f3a1c8e64")
	// personNamespace is PostHog's own, so that its endpoint and this exporter
	// derive the same distinct id.
	personNamespace = uuid.MustParse("392e81d5-3d13-4a6f-b541-bdbf6c865e56")
)

// eventID is the same whenever the same span is sent.
func eventID(sc trace.SpanContext) uuid.UUID {
	// This is uuid.NewSHA1 without its allocations.
	var name [16 + 16 + 8]byte
	traceID, spanID := sc.TraceID(), sc.SpanID()
	copy(name[:], eventNamespace[:])
	copy(name[16:], traceID[:])
	copy(name[32:], spanID[:])
	sum := sha1.Sum(name[:]) // #nosec: UUIDv5 is made so, and keeps no secret
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

// endTime is the time of the event. A span that never got one has its start.
func endTime(span sdktrace.ReadOnlySpan) time.Time {
	if end := span.EndTime(); end.Unix() > 0 {
		return end.UTC()
	}
	return span.StartTime().UTC()
}

// reservedKeys are properties that attributes cannot set: the ids and whether it
// failed come from the span, and the source would make PostHog's server convert
// the event once more.
var reservedKeys = []attribute.Key{
	names.PropertyTraceID, names.PropertySpanID, names.PropertyParentID, names.PropertyIsError, "$ai_ingestion_source",
}

// envelope sets what every event has.
func (c *conversion) envelope() {
	sc := c.span.SpanContext()
	if id := sc.TraceID(); id != c.traceID || c.traceHex == "" { // mostly it is that of the last span
		c.traceID, c.traceHex = id, id.String()
	}
	c.setText(names.PropertyTraceID, c.traceHex)
	c.setText(names.PropertySpanID, sc.SpanID().String())
	// The span processor puts the trace id where no AI span is known above.
	if parent := c.text(names.PropertyParentID); parent == c.traceHex {
		c.setText(names.PropertyParentID, parent)
	} else if id := c.span.Parent().SpanID(); id.IsValid() {
		c.setText(names.PropertyParentID, id.String())
	}
	c.consume(reservedKeys...)

	c.setText(names.PropertySpanName, c.span.Name())
	if d := c.span.EndTime().Sub(c.span.StartTime()); d > 0 && c.span.EndTime().Unix() > 0 {
		c.set(prop.Any(names.PropertyLatency, attribute.Float64Value(d.Seconds())))
	}
	c.setText(names.PropertySessionID, c.sessionID())
	c.consume(names.SessionIDKey)
	c.setText(names.PropertyWindowID, cmp.Or(
		c.own.id(names.WindowIDKey, names.PostHogWindowIDKey), c.res.id(names.WindowIDKey, names.PostHogWindowIDKey)))
	c.consume(names.WindowIDKey)
	c.geoIP()
	c.setText(names.PropertyLib, LibName)
	c.setText(names.PropertyLibVersion, otelposthog.Version)
}

var sessionKeys = []attribute.Key{
	names.SessionIDKey, names.PostHogSessionIDKey, "posthogSessionId", names.OTelSessionIDKey,
}

// sessionID returns the browser session of the span, else of its resource.
func (c *conversion) sessionID() string {
	for _, attrs := range [...]*attributes{&c.own, &c.res} {
		for _, key := range sessionKeys {
			id := attrs.id(key)
			if id != "" && (key != names.OTelSessionIDKey || isUUIDv7(id) || !c.chatSession()) {
				c.origins.read(key)
				return id
			}
		}
	}
	return ""
}

// chatSession reports whether session.id may mean a chat on this span.
func (c *conversion) chatSession() bool {
	for i := range c.attrs {
		if key := string(c.attrs[i].Key); key == "openinference.span.kind" || strings.HasPrefix(key, "langfuse.") {
			return true
		}
	}
	return false
}

// isUUIDv7 tells the ids that posthog-js makes from others.
func isUUIDv7(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && len(s) == 36 && id.Version() == 7
}

// isID reports whether a text is 1 to 200 visible ASCII characters.
func isID(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 200
}

// geoIP keeps PostHog from locating the server that sends the event.
func (c *conversion) geoIP() {
	value := attribute.BoolValue(true)
	for _, key := range [...]attribute.Key{"posthog.geoip_disable", names.PropertyGeoIPDisable} {
		for _, attrs := range [...]*attributes{&c.res, &c.own} { // the last one wins
			if v, ok := attrs.get(key); ok {
				value = v
				if b, ok := boolean(v); ok { // the environment gives nothing but text
					value = b
				}
			}
		}
	}
	c.set(prop.Any(names.PropertyGeoIPDisable, value))
}

var (
	personKeys = []attribute.Key{
		"ai.telemetry.metadata.posthog_distinct_id", "ai.settings.context.posthog_distinct_id",
		names.DistinctIDKey, "user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id",
		"langwatch.user.id", "lmnr.association.properties.user_id", "gen_ai.user.id",
	}
	resourcePersonKeys = []attribute.Key{names.DistinctIDKey, "user.id"}
	// conversationKeys identify nobody, but tell one conversation from another.
	conversationKeys = []attribute.Key{
		names.PropertyAISessionID, "ai.telemetry.metadata.$ai_session_id", "ai.settings.context.$ai_session_id",
		"eve.session.id", "anthropic.session.id", names.GenAIConversationIDKey,
	}
)

// distinctID returns the person of the event. Where nobody is known, it is
// derived from the conversation or the trace, and PostHog is told to make no
// person of it. It never comes from the browser session: one session can hold
// several people.
func (c *conversion) distinctID() string {
	if id := c.own.text(personKeys...); id != "" {
		return cutID(id)
	}
	if id := c.res.text(resourcePersonKeys...); id != "" {
		return cutID(id)
	}
	c.set(prop.Any(names.PropertyProcessPersonProfile, attribute.BoolValue(false)))
	if id := cmp.Or(c.own.text(conversationKeys...), c.res.text(conversationKeys...)); id != "" {
		return uuid.NewSHA1(personNamespace, []byte("session:"+id)).String()
	}
	return NobodyOf(c.traceHex)
}

// NobodyOf returns the distinct id of what belongs to a trace and to nobody
// known. It goes with $process_person_profile: false.
func NobodyOf(traceID string) string {
	return uuid.NewSHA1(personNamespace, []byte("trace:"+traceID)).String()
}

// cutID cuts a distinct id to the 200 bytes that PostHog takes. What is no UTF-8
// counts as it will be sent.
func cutID(id string) string {
	id = strings.ToValidUTF8(id, "\uFFFD")
	if len(id) <= 200 {
		return id
	}
	end := 200
	for end > 0 && !utf8.RuneStart(id[end]) {
		end--
	}
	return id[:end]
}

// baseURL adds to a server's address what the whole URL or the port tell. An
// address with a scheme or a port of its own tells as much.
func baseURL(address, full, port string) string {
	host := strings.Trim(address, "[]") // of IPv6
	if full != "" {
		u, err := url.Parse(full)
		if err == nil && u.Scheme != "" && (strings.EqualFold(u.Hostname(), host) || strings.EqualFold(u.Host, address)) {
			return u.Scheme + "://" + u.Host
		}
	}
	if port == "" {
		return address
	}
	if strings.Contains(host, ":") {
		if _, _, err := net.SplitHostPort(address); err == nil || strings.Contains(address, "://") {
			return address
		}
		host = "[" + host + "]"
	}
	switch port {
	case "443":
		return "https://" + host
	case "80":
		return "http://" + host
	}
	return host + ":" + port
}
