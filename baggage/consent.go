package baggage

import "github.com/otelposthog/otelposthog-go/internal/session"

// Consent says whether the content of a session, such as prompts and answers,
// may leave the process. It travels with the session in the member
// [MemberOptOut], is stamped on spans as the attribute posthog.opt_out, and the
// exporter acts on it.
//
// A consent that is lost on the way is [ConsentUnknown]. By default the exporter
// then lets content out; with its option WithContentOnConsent it does not.
type Consent = session.Consent

// The values of Consent.
const (
	// ConsentUnknown: nobody has said anything.
	ConsentUnknown = session.ConsentUnknown
	// ConsentGiven: content may leave, also under WithContentOnConsent.
	ConsentGiven = session.ConsentGiven
	// ConsentRefused: the person opted out. No content leaves.
	ConsentRefused = session.ConsentRefused
)

// checkConsent returns a consent that the server's code named. A value that is
// none of the constants counts as an opt-out.
func checkConsent(c Consent, refused *refusals) Consent {
	why := session.CheckConsent(c)
	refused.add(sourceServer, why)
	if why != session.Valid {
		return ConsentRefused
	}
	return c
}

// refuseConsent removes the consent, but not the opt-out, from the baggage of an
// untrusted caller: anybody may opt out, and only the server says who consented.
func refuseConsent(claim *Session, refused *refusals) {
	if claim.Consent == ConsentGiven {
		claim.Consent = ConsentUnknown
		refused.add(sourceBaggage, reasonOutside)
	}
}

// mergeConsent returns the strictest of the claims. A consent from a claim that
// names a different session than the winning one is ignored, an opt-out is not.
func mergeConsent(claims []Session, id string) (c Consent) {
	for _, claim := range claims {
		if claim.Consent == ConsentRefused || claim.ID == "" || claim.ID == id {
			c = max(c, claim.Consent)
		}
	}
	return c
}
