package session

import (
	"context"
	"strings"

	otelbaggage "go.opentelemetry.io/otel/baggage"
)

// FromContext returns the session that the OpenTelemetry baggage of ctx carries.
// A value of a bad shape counts as absent; ok is false when nothing is left. A
// nil ctx has no session.
func FromContext(ctx context.Context) (s Session, ok bool) {
	if ctx == nil {
		return Session{}, false
	}
	return FromBaggage(otelbaggage.FromContext(ctx))
}

// FromBaggage returns the session that b carries, under any accepted name.
func FromBaggage(b otelbaggage.Baggage) (s Session, ok bool) {
	// What this module writes is looked for first: mostly nothing is left then,
	// and this runs for every span that starts.
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
	s.ID = member(MemberID, CheckID)
	s.DistinctID = member(MemberDistinctID, CheckDistinctID)
	s.WindowID = member(MemberWindowID, CheckID)
	for _, name := range MemberIDs {
		if name == MemberID {
			break // the others come first and win
		}
		if id := member(name, CheckID); id != "" {
			s.ID = id
			break
		}
	}
	return s, s != Session{}
}

// An Entry is what the edge of this process found out about a request. It stays
// in the context of everything that the request causes.
type Entry struct {
	// Outside is set when the caller is no service of ours: a browser, or
	// anybody on the network. The span of the request then is the root of what
	// PostHog shows, even where the caller sent a traceparent.
	Outside bool
	// Refused is why the request has no session although it named one. Valid
	// when it has one, and when it named none.
	Refused Reason
}

type entryKey struct{}

// ContextWithEntry returns a copy of ctx with what the edge found out.
func ContextWithEntry(ctx context.Context, e Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, &e)
}

// EntryFromContext returns what the edge found out. ok is false where no edge
// was passed: in a batch job, or in a service without one.
func EntryFromContext(ctx context.Context) (e Entry, ok bool) {
	if ctx == nil {
		return Entry{}, false
	}
	p, ok := ctx.Value(entryKey{}).(*Entry)
	if !ok {
		return Entry{}, false
	}
	return *p, true
}
