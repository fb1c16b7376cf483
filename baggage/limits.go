package baggage

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel"
	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// The limits of W3C baggage, https://www.w3.org/TR/baggage/#limits. A receiver
// in Go drops ALL members of a longer header, and OpenTelemetry's API checks
// neither limit when a member is added.
const (
	maxMembers = 64
	maxBytes   = 8192
)

// members lists the members of s that are set, most important first. The session
// id goes under the given name.
func (s Session) members(id string) []otelbaggage.Member {
	ms := make([]otelbaggage.Member, 0, 5)
	for _, m := range [...]struct{ name, value string }{
		{id, s.ID}, {MemberDistinctID, s.DistinctID}, {MemberOptOut, session.OptOutText(s.Consent)}, {MemberWindowID, s.WindowID},
	} {
		if m.value == "" {
			continue
		}
		// The error cannot happen: the name is a token and a valid field is
		// valid UTF-8.
		if member, err := otelbaggage.NewMemberRaw(m.name, m.value); err == nil {
			ms = append(ms, member)
		}
	}
	return ms
}

// compose returns baggage within the limits: s, the AI parent of old and, as
// long as there is room, old's foreign members.
func compose(s Session, old otelbaggage.Baggage) otelbaggage.Baggage {
	id := session.IDMember(old)
	keep := s.members(id)
	parent := old.Member(MemberAIParent)
	if checkAIParent(parent.Value()) == session.Valid && len(parent.String()) <= session.MaxBytes {
		keep = append(keep, parent)
	}
	size := 0
	for _, m := range keep {
		size += len(m.String()) + 1
	}

	foreign := old.Members()
	slices.SortFunc(foreign, func(a, b otelbaggage.Member) int { return cmp.Compare(a.Key(), b.Key()) })
	dropped := false
	for _, m := range foreign {
		if session.IsMember(m.Key()) && (m.Key() != MemberSessionID || id == MemberSessionID) {
			continue
		}
		n := len(m.String()) + 1
		// The last member needs no comma after it.
		if len(keep) == maxMembers || size+n > maxBytes+1 {
			dropped = true
			continue
		}
		keep, size = append(keep, m), size+n
	}
	if dropped {
		reportOverLimit()
	}
	// No error is possible: the members are valid and within the limits.
	b, _ := otelbaggage.New(keep...)
	return b
}

// overLimits reports whether a receiver would cut or drop b, written as a
// header.
func overLimits(b otelbaggage.Baggage) bool {
	return b.Len() > maxMembers || len(b.String()) > maxBytes
}

var overLimitOnce sync.Once

// reportOverLimit reports once per process, as OpenTelemetry does about
// unreadable baggage: a caller who fills the baggage must not be able to flood
// the log.
func reportOverLimit() {
	overLimitOnce.Do(func() {
		otel.Handle(errors.New("otelposthog: baggage is over the W3C limits of 64 members and 8192 bytes; " +
			"members of others were dropped to keep the session; put less into baggage (reported once)"))
	})
}

// linesOverLimits is overLimits for header lines.
func linesOverLimits(lines []string) bool {
	size, members := 0, 0
	for _, line := range lines {
		size += len(line) + 1
		members += strings.Count(line, ",") + 1
	}
	// There is no comma after the last line.
	return size > maxBytes+1 || members > maxMembers
}

// overHeader is linesOverLimits for one line.
func overHeader(line string) bool {
	return len(line) > maxBytes || strings.Count(line, ",") >= maxMembers
}
