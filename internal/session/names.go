package session

import (
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// Attribute keys of the browser session.
const (
	IDKey              = attribute.Key("$session_id") // what this module stamps
	PostHogIDKey       = attribute.Key("posthog.session_id")
	CamelIDKey         = attribute.Key("posthogSessionId") // PostHog's Node SDK
	NodeIDKey          = attribute.Key("sessionId")        // PostHog's Node span processor
	OTelIDKey          = attribute.Key("session.id")       // ambiguous: a chat to some libraries
	WindowIDKey        = attribute.Key("$window_id")       // what this module stamps
	PostHogWindowIDKey = attribute.Key("posthog.window_id")
	DistinctIDKey      = attribute.Key("posthog.distinct_id") // what this module stamps
	CamelDistinctIDKey = attribute.Key("posthogDistinctId")   // PostHog's Node span processor
	UserIDKey          = attribute.Key("user.id")
	openInferenceKey   = attribute.Key("openinference.span.kind")
)

// Attribute keys in the order in which they are read. The first with a valid
// value wins; span attributes win over resource attributes.
var (
	IDKeys       = [...]attribute.Key{IDKey, PostHogIDKey, CamelIDKey, NodeIDKey, OTelIDKey}
	WindowIDKeys = [...]attribute.Key{WindowIDKey, PostHogWindowIDKey}
	// DistinctIDKeys are those of a span; a resource has fewer.
	DistinctIDKeys = [...]attribute.Key{
		"ai.telemetry.metadata.posthog_distinct_id", "ai.settings.context.posthog_distinct_id",
		DistinctIDKey, UserIDKey, CamelDistinctIDKey, "llm.user", "enduser.id", "langfuse.user.id",
		"traceloop.association.properties.user_id", "langwatch.user.id", "lmnr.association.properties.user_id", "gen_ai.user.id",
	}
	ResourceDistinctIDKeys = [...]attribute.Key{DistinctIDKey, UserIDKey}
)

// Names of W3C baggage members.
const (
	MemberID         = "session.id"
	MemberPostHogID  = "posthog.session_id"
	MemberDollarID   = "$session_id"
	memberEncodedID  = "%24session_id" // as Python and JavaScript write $session_id
	MemberWindowID   = "posthog.window_id"
	MemberDistinctID = "posthog.distinct_id"
	MemberAIParent   = "posthog.ai_parent" // a span id; see baggage.MemberAIParent
)

// MemberIDs are the accepted names of the session id; the first with a valid
// value wins. session.id comes last because other systems use that name, too.
var MemberIDs = [...]string{MemberDollarID, memberEncodedID, MemberPostHogID, MemberID}

// Members are the names of all members that belong to this project.
var Members = [...]string{
	MemberID, MemberDistinctID, MemberWindowID, MemberAIParent, MemberPostHogID, MemberDollarID, memberEncodedID,
	MemberOptOut,
}

// IsMember reports whether a baggage member of this name belongs to this
// project.
func IsMember(name string) bool {
	_, ok := MemberName(name)
	return ok
}

// MemberName returns the decoded name of a member if it belongs to this
// project. In a header any character of it may be percent-encoded.
func MemberName(text string) (name string, ok bool) {
	if isMember(text) {
		return text, true
	}
	if strings.IndexByte(text, '%') < 0 {
		return "", false
	}
	name, err := url.PathUnescape(text)
	return name, err == nil && isMember(name)
}

func isMember(name string) bool {
	switch name {
	case MemberID, MemberPostHogID, MemberDollarID, MemberWindowID, MemberDistinctID, MemberAIParent, MemberOptOut:
		return true
	}
	return false
}

// The request headers of posthog-js with tracing_headers, in Go's canonical form.
const (
	HeaderID         = "X-Posthog-Session-Id"
	HeaderWindowID   = "X-Posthog-Window-Id"
	HeaderDistinctID = "X-Posthog-Distinct-Id"
)
