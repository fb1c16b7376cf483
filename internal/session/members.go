package session

import (
	"strings"

	otelbaggage "go.opentelemetry.io/otel/baggage"
)

// FromBaggage returns the session that b carries, under any accepted name.
func FromBaggage(b otelbaggage.Baggage) (s Session, ok bool) {
	// This runs at every span start, so look for the names that this module
	// writes first: usually no other member is left then.
	left := b.Len()
	member := func(name string, check func(string) Reason) string {
		if left == 0 {
			return ""
		}
		m := b.Member(name)
		if m.Key() == "" {
			return ""
		}
		left--
		if v := strings.Trim(m.Value(), " \t"); check(v) == Valid {
			return v
		}
		return ""
	}
	s.ID = member(MemberID, checkMemberID)
	s.DistinctID = member(MemberDistinctID, CheckDistinctID)
	s.WindowID = member(MemberWindowID, CheckID)
	if left > 0 {
		if m := b.Member(MemberOptOut); m.Key() != "" {
			left--
			s.Consent, _ = ParseConsent(strings.Trim(m.Value(), " \t"))
		}
	}
	for _, name := range MemberIDs[:len(MemberIDs)-1] { // these win over session.id
		if id := member(name, CheckID); id != "" {
			s.ID = id
			break
		}
	}
	return s, s != Session{}
}

// HasMembers reports whether b has members of this project, valid or not.
func HasMembers(b otelbaggage.Baggage) bool {
	for _, name := range Members {
		if b.Member(name).Key() != "" {
			return true
		}
	}
	return false
}

// Canonical reports whether b carries s under the names that this module
// writes, exactly, and no other session member.
func Canonical(b otelbaggage.Baggage, s Session) bool {
	want := map[string]string{
		IDMember(b): s.ID, MemberDistinctID: s.DistinctID, MemberWindowID: s.WindowID,
		MemberOptOut: OptOutText(s.Consent),
	}
	for _, name := range Members {
		if name == MemberAIParent || name == MemberID && IDMember(b) != MemberID {
			continue
		}
		if got := b.Member(name); got.Value() != want[name] || want[name] == "" && got.Key() != "" {
			return false
		}
	}
	return true
}

// IDMember returns the name under which a session id is written beside the
// members of b: session.id, or posthog.session_id if another system uses
// session.id.
func IDMember(b otelbaggage.Baggage) string {
	if OfAnotherSystem(b.Member(MemberID).Value()) {
		return MemberPostHogID
	}
	return MemberID
}

// OfAnotherSystem reports whether the value of a session.id member cannot come
// from posthog-js: it is a UUID of another version, as Datadog RUM writes. Such
// a member is not a PostHog session and is forwarded unchanged.
func OfAnotherSystem(id string) bool {
	id = strings.Trim(id, " \t")
	return isUUID(id) && !IsUUIDv7(id)
}

func checkMemberID(id string) Reason {
	if OfAnotherSystem(id) {
		return Characters
	}
	return CheckID(id)
}
