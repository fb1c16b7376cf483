package session

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// FromAttributes returns the session named by the attributes of one span or one
// resource. A value that is not an id counts as absent. at is the end of the
// span, or the current time while the span runs: see [Reader.Session].
func FromAttributes(attrs []attribute.KeyValue, at time.Time) Session {
	return FromSpan("", attrs, at)
}

// FromSpan is [FromAttributes] for a span: some libraries that use session.id
// for a chat are recognised by the span name.
func FromSpan(name string, attrs []attribute.KeyValue, at time.Time) Session {
	r := Reader{isChat: UsesIDForChat(name)}
	found := false
	for i := range attrs {
		if mayName(string(attrs[i].Key)) && r.name(attrs[i].Key, text(&attrs[i])) {
			found = true
		}
	}
	if !found {
		return Session{}
	}
	if r.isChat && r.ids[otelID] != "" {
		for i := range attrs {
			if key := string(attrs[i].Key); namesChat(key) {
				r.chat(key, attrs[i].Value.String()) // metadata may be structured
			}
		}
	}
	return r.Session(at)
}

// text returns the value of a string attribute, and of the opt-out, which is a
// boolean.
func text(kv *attribute.KeyValue) string {
	if kv.Key == OptOutKey {
		return OptOutText(ConsentOf(kv.Value))
	}
	if kv.Value.Type() != attribute.STRING {
		return ""
	}
	return kv.Value.AsString()
}

// AppendAttributes appends the attributes of a session that are stamped on spans.
func AppendAttributes(attrs []attribute.KeyValue, s Session) []attribute.KeyValue {
	if s.ID != "" {
		attrs = append(attrs, IDKey.String(s.ID))
	}
	if s.WindowID != "" {
		attrs = append(attrs, WindowIDKey.String(s.WindowID))
	}
	if s.DistinctID != "" {
		attrs = append(attrs, DistinctIDKey.String(s.DistinctID))
	}
	if s.Consent != ConsentUnknown {
		attrs = append(attrs, OptOutKey.Bool(s.Consent != ConsentGiven))
	}
	return attrs
}

// A Reader finds the session among attributes that are added one by one, in any
// order. The zero Reader is ready to use.
type Reader struct {
	ids       [len(IDKeys)]string
	windows   [len(WindowIDKeys)]string
	persons   [2]string
	consent   Consent
	isChat    bool // the library uses session.id for a chat
	chats     [4]string
	chatCount int
}

// Add notes one attribute. value is empty for one that is neither a string nor a
// boolean, and true or false for a boolean.
func (r *Reader) Add(key, value string) {
	if mayName(key) {
		r.name(attribute.Key(key), value)
	}
	r.chat(key, value)
}

// otelID is the place of OTelIDKey in IDKeys.
const otelID = len(IDKeys) - 1

// name notes what an attribute says about the session. It reports whether there
// is something for Session to return.
func (r *Reader) name(key attribute.Key, value string) bool {
	switch key {
	case IDKey:
		return setID(&r.ids[0], value)
	case PostHogIDKey:
		return setID(&r.ids[1], value)
	case CamelIDKey:
		return setID(&r.ids[2], value)
	case NodeIDKey:
		return setID(&r.ids[3], value)
	case OTelIDKey:
		return setID(&r.ids[otelID], value)
	case WindowIDKey:
		return setID(&r.windows[0], value)
	case PostHogWindowIDKey:
		return setID(&r.windows[1], value)
	case DistinctIDKey:
		return setPerson(&r.persons[0], value)
	case OptOutKey:
		r.consent, _ = ParseConsent(value)
		return true
	case CamelDistinctIDKey:
		return setPerson(&r.persons[1], value)
	}
	r.isChat = r.isChat || UsesIDForChat(string(key))
	return false
}

// chat notes an attribute that names a chat.
func (r *Reader) chat(key, value string) {
	if value != "" && namesChat(key) {
		r.chats[min(r.chatCount, len(r.chats)-1)] = value
		r.chatCount++
	}
}

// Session returns the session that the attributes name. If the library uses
// session.id for a chat, the value counts as a browser session only if
// posthog-js can have made it (see [AliveAt]) and no other attribute names the
// same id as a chat.
func (r *Reader) Session(at time.Time) Session {
	s := Session{WindowID: first(r.windows[:]), DistinctID: first(r.persons[:]), Consent: r.consent}
	if s.ID = first(r.ids[:otelID]); s.ID != "" {
		return s
	}
	if id := r.ids[otelID]; id != "" && (!r.isChat || AliveAt(id, at) && !r.namedAsChat(id)) {
		s.ID = id
	}
	return s
}

// namedAsChat reports whether another attribute names id as a chat. If there
// are more chats than Reader can hold, it reports true.
func (r *Reader) namedAsChat(id string) bool {
	if r.chatCount > len(r.chats) {
		return true
	}
	for _, text := range r.chats[:r.chatCount] {
		if text == id {
			return true
		}
		// JSON metadata may also hold the id as a real session id.
		if strings.Contains(text, id) && (strings.Contains(text, "thread") || strings.Contains(text, "conversation")) {
			return true
		}
	}
	return false
}

// mayName excludes most keys by their length and two bytes.
func mayName(key string) bool {
	if len(key) < len(NodeIDKey) {
		return false
	}
	switch key[0] {
	case '$':
		return true
	case 'p', 'o':
		return key[1] == 'o' || key[1] == 'p' // posthog, openinference
	case 's':
		return key[1] == 'e' && key[2] == 's' // session
	case 'l', 'c':
		return key[1] == 'a' || key[1] == 'l' // langfuse, claude_code
	}
	return false
}

// UsesIDForChat reports whether an attribute of this key, or a span of this name,
// comes from a library that uses session.id for a chat, not for a browser session.
func UsesIDForChat(key string) bool {
	if key == "" {
		return false
	}
	switch key[0] {
	case 'c':
		return strings.HasPrefix(key, "claude_code.")
	case 'l':
		return strings.HasPrefix(key, "langfuse.") || strings.HasPrefix(key, "langwatch.") || strings.HasPrefix(key, "langsmith.")
	case 'o':
		return key == string(openInferenceKey)
	}
	return false
}

// namesChat reports whether an attribute of this key names a chat or holds
// metadata that may do so.
func namesChat(key string) bool {
	if key == "" {
		return false
	}
	switch key[len(key)-1] {
	case 'a':
		return strings.HasSuffix(key, "metadata")
	case 'd':
		return strings.HasSuffix(key, "thread_id") || strings.HasSuffix(key, "thread.id") || strings.HasSuffix(key, "threadId") ||
			strings.HasSuffix(key, "conversation_id") || strings.HasSuffix(key, "conversation.id") || strings.HasSuffix(key, "conversationId")
	}
	return false
}

func setID(field *string, value string) bool {
	if !ValidID(value) {
		return false
	}
	*field = value
	return true
}

func setPerson(field *string, value string) bool {
	if CheckDistinctID(value) != Valid {
		return false
	}
	*field = value
	return true
}

func first(values []string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
