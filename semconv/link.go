package semconv

import "github.com/otelposthog/otelposthog-go/internal/names"

// LinkStatusKey says on every AI span that the span processor hands on whether
// it has the browser session, and if not, why: one of the Link constants. An AI
// span without it has not passed the processor.
const LinkStatusKey = names.LinkStatusKey

// LinkReasonKey is why the session of the request was refused, beside
// [LinkRefused].
const LinkReasonKey = names.LinkReasonKey

// The values of [LinkStatusKey].
const (
	// LinkLinked: the span has a session.
	LinkLinked = names.LinkLinked
	// LinkNoSession: the request carried none.
	LinkNoSession = names.LinkNoSession
	// LinkRefused: the request carried one of a bad shape; LinkReasonKey says
	// what is wrong with it.
	LinkRefused = names.LinkRefused
	// LinkNoParent: the span names a parent in this process that the processor
	// does not know, so it may have lost its request.
	LinkNoParent = names.LinkNoParent
	// LinkNoRequest: no request is above the span, as in a batch job. That is no
	// fault.
	LinkNoRequest = names.LinkNoRequest
	// LinkNoProcessor: the span has not passed the span processor. No span carries
	// it: the exporter counts it.
	LinkNoProcessor = names.LinkNoProcessor
)
