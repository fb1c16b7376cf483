package exporter

import (
	"slices"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// WithContent sets which content leaves the process. It overrides the environment.
// The default is [ContentAll]; if OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT
// is false or NO_CONTENT when the exporter is created, it is [ContentNone]. An
// unknown value is an error of the constructor.
func WithContent(content Content) CommonOption {
	return commonOption(func(c *config) { c.content, c.contentSet = content, true })
}

// WithPrivacyMode is [WithContent] with [ContentNone].
func WithPrivacyMode() CommonOption { return WithContent(ContentNone) }

// WithContentFunc asks a function for each AI span which of its content leaves the
// process, for tenants and users that opted out. It can only take away from what
// [WithContent] lets out: of ContentInputs and ContentOutputs nothing is left. It
// must not change the span and must be safe for concurrent use. Where it panics,
// or returns none of the constants, no content leaves. Nil is an error.
func WithContentFunc(content func(sdktrace.ReadOnlySpan) Content) CommonOption {
	return commonOption(func(c *config) { c.contentFunc, c.contentFuncSet = content, true })
}

// WithContentOnConsent lets content out only of spans whose session carries a
// consent: the attribute posthog.opt_out is there and false. The span processor
// stamps it, see baggage.WithConsent. Without the option, content stays only where posthog.opt_out is there and not false; then an opt-out
// that is lost on the way lets content out, and with the option it does not. What
// [Exporter.CaptureFeedback] is given has no consent.
func WithContentOnConsent() CommonOption {
	return commonOption(func(c *config) { c.consentNeeded = true })
}

// WithoutOptedOut makes no event at all of spans whose session opted out
// (posthog.opt_out is there and not false). By default they become events without
// content.
func WithoutOptedOut() CommonOption {
	return commonOption(func(c *config) { c.dropOptedOut = true })
}

// WithAllowedProperties names properties that leave as they are, whatever
// [WithContent] says. A name that ends in * stands for all that begin so. They are
// redacted all the same. Several WithAllowedProperties add up; an empty name and *
// alone are errors.
func WithAllowedProperties(keys ...string) CommonOption {
	return commonOption(func(c *config) { c.allowedProperties = append(c.allowedProperties, keys...) })
}

// WithRedaction adds ready-made redactors, by name: email, phone, payment_card,
// iban, ip_address, and those that are on by default: binary, which replaces base64
// content such as images, and secrets, which is api_keys, bearer_tokens and
// private_keys, and texts whose names say that they are secrets (password,
// http.request.header.authorization). They put a note in the place of what they
// find in messages, states, errors and all other texts of an event, such as
// "[email redacted]". Ids of traces and sessions, the person and the groups are not
// touched. An unknown name is an error.
func WithRedaction(names ...string) CommonOption {
	return commonOption(func(c *config) {
		for _, name := range names {
			c.redaction = append(slices.DeleteFunc(c.redaction, func(s string) bool { return s == name }), name)
		}
	})
}

// WithoutRedaction switches ready-made redactors off, by the names of
// [WithRedaction]; without names, all of them.
func WithoutRedaction(names ...string) CommonOption {
	return commonOption(func(c *config) {
		c.unwanted = append(c.unwanted, names...)
		c.redaction = slices.DeleteFunc(c.redaction, func(s string) bool { return len(names) == 0 || slices.Contains(names, s) })
	})
}

// WithPseudonyms makes the notes of the ready-made redactors tell equal values from
// different ones: they carry 48 bits of an HMAC-SHA-256 with the key, as in
// "[email bgktnpdqhmrc]". Whoever has the key can test guesses. An empty key is an
// error.
func WithPseudonyms(key []byte) CommonOption {
	return commonOption(func(c *config) { c.pseudonymKey, c.pseudonymsSet = slices.Clone(key), true })
}

// Text is a text of an event, as a function of [WithRedactor] sees it.
type Text struct {
	// Event is the name of the event, such as $ai_generation.
	Event string
	// Property is the property that holds the text, such as $ai_input.
	Property string
	// Role is the role of the message that holds the text; "" outside of messages.
	Role string
	// Path is where the text stands in the property, as in 0.parts.1.content; "" when
	// it is the whole of it.
	Path string
	// Value is the text.
	Value string
}

// WithRedactor calls a function for every text of an event, with the ready-made
// redactors done, and sends what it returns in the place of the text. Names of
// members and attributes are no texts. It must be safe for concurrent use. A text for
// which it panics, or takes longer than a second, is withheld and counted; while four
// calls hang, so are all texts without a call. Several
// WithRedactor are called in order. Each text costs a goroutine, and each message is
// read as JSON. Nil is an error.
func WithRedactor(redact func(Text) string) CommonOption {
	return commonOption(func(c *config) { c.redactors = append(c.redactors, redact) })
}

// WithBeforeSend calls a function with each event when all is done but to shrink
// and to send it. It may change the event, and returns false to drop it; that is
// counted and no error. The uuid, the trace and span ids and the time stay. It must
// be safe for concurrent use and must not keep the event. When it panics, the event
// is lost for the reason "before_send". Nil is an error.
func WithBeforeSend(hook func(*Event) bool) CommonOption {
	return commonOption(func(c *config) { c.beforeSend, c.beforeSendSet = hook, true })
}

// WithGroups sets the PostHog groups, group type to group key, of events that have
// no $groups.
func WithGroups(groups map[string]string) CommonOption {
	return commonOption(func(c *config) {
		for kind, key := range groups {
			if c.groups == nil {
				c.groups = map[string]string{}
			}
			c.groups[kind] = key
		}
	})
}

// WithDistinctID asks a function for the person of each AI span, before
// [WithHashedDistinctID]. Where it returns "", the attributes of the span decide as
// without it. Where it panics, the event has no person. It must be safe for
// concurrent use. Nil is an error.
func WithDistinctID(person func(sdktrace.ReadOnlySpan) string) CommonOption {
	return commonOption(func(c *config) { c.distinctID, c.distinctIDSet = person, true })
}

// WithHashedDistinctID sends [HashDistinctID] of each distinct id in its place, and
// no property whose value is that id. The browser must identify its person by the
// same hash, or PostHog sees two people. An empty key is an error.
func WithHashedDistinctID(key []byte) CommonOption {
	return commonOption(func(c *config) { c.hashKey, c.hashKeySet = slices.Clone(key), true })
}
