package baggage

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Reasons for which the edge refuses a value, in addition to those of
// session.CheckID and session.CheckDistinctID.
const (
	reasonAmbiguous session.Reason = "ambiguous"
	reasonMalformed session.Reason = "malformed"
	reasonExpired   session.Reason = "expired"
	reasonByOption  session.Reason = "by_option"
	reasonOverLimit session.Reason = "over_limit"
	reasonOutside   session.Reason = "outside"
)

// checkAIParent validates the member that carries a span id.
func checkAIParent(v string) session.Reason {
	if len(v) > 16 {
		return session.TooLong
	}
	if len(v) < 16 || v == "0000000000000000" {
		return reasonMalformed
	}
	for i := range len(v) {
		if c := v[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return session.Characters
		}
	}
	return session.Valid
}

// trim removes the white space that HTTP allows around a value. Nothing else is
// removed from an id.
func trim(v string) string { return strings.Trim(v, " \t") }
