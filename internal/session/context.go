package session

import (
	"context"
	"reflect"
	"sync/atomic"

	otelbaggage "go.opentelemetry.io/otel/baggage"
)

// FromContext returns the session stored by ContextWithBaggage, or else the
// session in the OpenTelemetry baggage of ctx. An invalid value counts as
// absent; ok is false if no field is set. A nil ctx has no session.
func FromContext(ctx context.Context) (s Session, ok bool) {
	if ctx == nil {
		return Session{}, false
	}
	b := otelbaggage.FromContext(ctx)
	if k, found := ctx.Value(knownKey{}).(*known); found && same(k.baggage, b) {
		return k.session, !k.session.IsZero()
	}
	return FromBaggage(b)
}

// ContextWithBaggage returns a copy of ctx with b as its OpenTelemetry baggage
// and s as the session that belongs to it, so that b need not be parsed again.
// s may be set although b does not carry it: then spans are stamped with s, but
// no propagator sends it. If other code replaces the baggage of ctx, s no
// longer counts.
func ContextWithBaggage(ctx context.Context, b otelbaggage.Baggage, s Session) context.Context {
	ctx = otelbaggage.ContextWithBaggage(ctx, b)
	return context.WithValue(ctx, knownKey{}, &known{baggage: b, session: s})
}

// ContextWithoutMembers returns a copy of ctx whose OpenTelemetry baggage has
// no member of this project, so that no propagator sends one. FromContext still
// returns the session. If there is no such member, changed is false and the
// context is ctx.
func ContextWithoutMembers(ctx context.Context) (_ context.Context, changed bool) {
	b := otelbaggage.FromContext(ctx)
	if b.Len() == 0 {
		return ctx, false
	}
	k, found := ctx.Value(knownKey{}).(*known)
	if !found || !same(k.baggage, b) {
		rest := foreign(b)
		if rest.Len() == b.Len() {
			return ctx, false
		}
		s, _ := FromBaggage(b)
		return ContextWithBaggage(ctx, rest, s), true
	}
	rest := k.withoutMembers()
	if rest.baggage.Len() == b.Len() {
		return ctx, false
	}
	return context.WithValue(otelbaggage.ContextWithBaggage(ctx, rest.baggage), knownKey{}, rest), true
}

// ContextForOthers is a cheaper ContextWithoutMembers for one injection: it
// leaves out what only spans need.
func ContextForOthers(ctx context.Context) context.Context {
	k, found := ctx.Value(knownKey{}).(*known)
	if !found {
		return ctx
	}
	b := otelbaggage.FromContext(ctx)
	if b.Len() == 0 || !same(k.baggage, b) {
		return ctx
	}
	rest := k.withoutMembers()
	if rest.baggage.Len() == b.Len() {
		return ctx
	}
	return otelbaggage.ContextWithBaggage(ctx, rest.baggage)
}

// foreign returns b without the members of this project.
func foreign(b otelbaggage.Baggage) otelbaggage.Baggage {
	for _, m := range b.Members() {
		if IsMember(m.Key()) {
			b = b.DeleteMember(m.Key())
		}
	}
	return b
}

// Knows reports whether ctx stores the session that belongs to b, its baggage.
func Knows(ctx context.Context, b otelbaggage.Baggage) bool {
	k, found := ctx.Value(knownKey{}).(*known)
	return found && same(k.baggage, b)
}

type knownKey struct{}

// known is a session and the baggage to which it belongs.
type known struct {
	baggage otelbaggage.Baggage
	session Session
	rest    atomic.Pointer[known] // the same without our members, made when it is needed
}

func (k *known) withoutMembers() *known {
	rest := k.rest.Load()
	if rest == nil {
		rest = &known{baggage: foreign(k.baggage), session: k.session}
		k.rest.Store(rest)
	}
	return rest
}

// same reports whether a and b are the same baggage, not only equal. Baggage is
// immutable and holds one map. If a later version of OpenTelemetry holds
// something else, same reports false and the session is parsed again.
func same(a, b otelbaggage.Baggage) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if va.NumField() != 1 || va.Field(0).Kind() != reflect.Map {
		return false
	}
	return va.Field(0).UnsafePointer() == vb.Field(0).UnsafePointer()
}
