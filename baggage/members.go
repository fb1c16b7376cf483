package baggage

import "github.com/otelposthog/otelposthog-go/internal/session"

// Names of the W3C baggage members that this package writes.
const (
	// MemberSessionID carries Session.ID. Two other names are also read, and
	// win over this one, because they are unambiguous: $session_id, then
	// posthog.session_id.
	MemberSessionID = session.MemberID
	// MemberWindowID carries Session.WindowID.
	MemberWindowID = session.MemberWindowID
	// MemberDistinctID carries Session.DistinctID.
	MemberDistinctID = session.MemberDistinctID
	// MemberOptOut carries Session.Consent: true is ConsentRefused, false is
	// ConsentGiven. 1 and 0 are also read. Any other value counts as true.
	MemberOptOut = session.MemberOptOut
	// MemberAIParent carries the span id, 16 lower-case hexadecimal digits, of
	// the nearest AI span above the request. With it, an AI span of the next
	// service becomes that span's child although HTTP spans lie between. It may
	// have properties. It is not part of Session: Propagator writes it to the
	// hosts that get the session, and NewHandler keeps it.
	MemberAIParent = session.MemberAIParent
)
