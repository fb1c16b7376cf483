package session

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// OptOutKey is the attribute that says whether the person of a session opted
// out: a boolean. False is a consent.
const OptOutKey = attribute.Key("posthog.opt_out")

// MemberOptOut is the baggage member of the same name, with the values true and
// false.
const MemberOptOut = "posthog.opt_out"

// Consent says whether the content of a session, such as its messages, may
// leave the process. The constants are in ascending order of strictness.
type Consent uint8

// The values of Consent.
const (
	ConsentUnknown Consent = iota
	ConsentGiven
	ConsentRefused
)

// String returns unknown, given or refused.
func (c Consent) String() string {
	switch c {
	case ConsentUnknown:
		return "unknown"
	case ConsentGiven:
		return "given"
	case ConsentRefused:
		return "refused"
	}
	return "Consent(" + strconv.Itoa(int(c)) + ")"
}

// ParseConsent reads the text of an opt-out: true or 1, false or 0. Any other
// text counts as an opt-out, because a lost opt-out lets content out; the reason
// is then not Valid.
func ParseConsent(text string) (Consent, Reason) {
	switch {
	case text == "1" || strings.EqualFold(text, "true"):
		return ConsentRefused, Valid
	case text == "0" || strings.EqualFold(text, "false"):
		return ConsentGiven, Valid
	}
	return ConsentRefused, NotConsent
}

// ConsentOf reads the attribute OptOutKey.
func ConsentOf(v attribute.Value) Consent {
	switch v.Type() {
	case attribute.BOOL:
		c, _ := ParseConsent(strconv.FormatBool(v.AsBool()))
		return c
	case attribute.STRING:
		c, _ := ParseConsent(v.AsString())
		return c
	}
	return ConsentRefused
}

// CheckConsent validates a Consent that code made.
func CheckConsent(c Consent) Reason {
	if c > ConsentRefused {
		return NotConsent
	}
	return Valid
}

// OptOutText returns the value of MemberOptOut, empty if there is to be no
// member.
func OptOutText(c Consent) string {
	switch c {
	case ConsentUnknown:
		return ""
	case ConsentGiven:
		return "false"
	}
	return "true"
}

// Inherit returns the consent of what is below something with the consent
// above. An opt-out counts for everything below. A consent counts only for the
// same session, which the caller decides.
func (s Session) Inherit(above Consent, same bool) Consent {
	if above == ConsentRefused || same && s.Consent == ConsentUnknown {
		return above
	}
	return s.Consent
}
