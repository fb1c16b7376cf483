package semconv

import "go.opentelemetry.io/otel/attribute"

// LinkStatusKey says on every AI span that the span processor hands on whether
// it has the browser session, and if not, why: one of the Link constants. An AI
// span without it has not passed the processor.
const LinkStatusKey = attribute.Key("posthog.link.status")

// LinkReasonKey is why the session of the request was refused, beside
// [LinkRefused].
const LinkReasonKey = attribute.Key("posthog.link.reason")

// The values of [LinkStatusKey].
const (
	// LinkLinked: the span has a session.
	LinkLinked = "linked"
	// LinkNoSession: the request carried none.
	LinkNoSession = "no_session"
	// LinkRefused: the request carried one of a bad shape; LinkReasonKey says
	// what is wrong with it.
	LinkRefused = "refused"
	// LinkNoParent: the span names a parent in this process that the processor
	// does not know, so it may have lost its request.
	LinkNoParent = "no_parent"
	// LinkNoRequest: no request is above the span, as in a batch job. That is no
	// fault.
	LinkNoRequest = "no_request"
)
