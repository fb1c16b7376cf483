package baggage

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Names of the W3C baggage members that this package writes.
const (
	// MemberSessionID carries Session.ID. Two other names are read as well,
	// and before this one, because they cannot mean anything else:
	// $session_id, then posthog.session_id.
	MemberSessionID = string(semconv.OTelSessionIDKey)
	// MemberWindowID carries Session.WindowID.
	MemberWindowID = string(semconv.PostHogWindowIDKey)
	// MemberDistinctID carries Session.DistinctID.
	MemberDistinctID = string(semconv.DistinctIDKey)
	// MemberAIParent carries the span id, 16 lower-case hexadecimal digits, of
	// the nearest AI span above the request, so that an AI span of the next
	// service hangs below it although HTTP spans lie between. It may have
	// properties. It is no part of a Session: the propagator of the processor
	// package writes it. NewHandler lets it pass and NewTransport withholds it,
	// as they do with the members of a session.
	MemberAIParent = "posthog.ai_parent"
)

const (
	aliasPostHogSessionID = string(semconv.PostHogSessionIDKey)
	aliasSessionID        = string(semconv.SessionIDKey)
)

// sessionIDNames are the accepted names of the session id, first match wins.
// The order is the one in which attributes are read: session.id comes last
// because other systems use that name too.
var sessionIDNames = [...]string{aliasSessionID, aliasPostHogSessionID, MemberSessionID}

// ourNames are all members that belong to this project.
var ourNames = [...]string{
	MemberSessionID, aliasPostHogSessionID, aliasSessionID,
	MemberWindowID, MemberDistinctID, MemberAIParent,
}

func isOurs(name string) bool { return slices.Contains(ourNames[:], name) }
