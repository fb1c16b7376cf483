package semconv

import "github.com/otelposthog/otelposthog-go/internal/names"

// LinkStatusKey says whether an AI span has the browser session, and if not,
// why: one of the Link constants. The span processor sets it on every AI span
// that it forwards, so an AI span without it has not passed the processor.
const LinkStatusKey = names.LinkStatusKey

// LinkReasonKey says why the session of the request was refused. It is set with
// [LinkRefused].
const LinkReasonKey = names.LinkReasonKey

// The values of [LinkStatusKey].
const (
	// LinkLinked: the span has a session.
	LinkLinked = names.LinkLinked
	// LinkNoSession: the request carried none.
	LinkNoSession = names.LinkNoSession
	// LinkRefused: the request carried an invalid session id; LinkReasonKey
	// says what is wrong with it.
	LinkRefused = names.LinkRefused
	// LinkNoParent: the span names a local parent that the processor does not
	// know, so its request, and with it the session, may be lost.
	LinkNoParent = names.LinkNoParent
	// LinkNoRequest: no request is above the span, as in a batch job. That is
	// not a fault.
	LinkNoRequest = names.LinkNoRequest
	// LinkNoProcessor: the span has not passed the span processor. Only the
	// exporter's metric uses it; no span carries it.
	LinkNoProcessor = names.LinkNoProcessor
)
