package baggage

import "github.com/otelposthog/otelposthog-go/internal/session"

// Names of the W3C baggage members that this package writes.
const (
	// MemberSessionID carries Session.ID. Two other names are read as well,
	// and before this one, because they cannot mean anything else:
	// $session_id, then posthog.session_id.
	MemberSessionID = session.MemberID
	// MemberWindowID carries Session.WindowID.
	MemberWindowID = session.MemberWindowID
	// MemberDistinctID carries Session.DistinctID.
	MemberDistinctID = session.MemberDistinctID
	// MemberAIParent carries the span id, 16 lower-case hexadecimal digits, of
	// the nearest AI span above the request, so that an AI span of the next
	// service hangs below it although HTTP spans lie between. It may have
	// properties. It is no part of a Session: Propagator writes it, NewHandler
	// lets it pass, and it goes where the session goes.
	MemberAIParent = session.MemberAIParent
)
