package capture

import (
	"context"
	"errors"
	"time"
)

// Reason says why an event was not stored. It is the value of a metric
// attribute: few values, no content.
type Reason string

// The reasons. A drop of the v1 contract has the detail that PostHog gives.
const (
	Rejected     Reason = "rejected"     // PostHog answered 400 for the event alone
	TooLarge     Reason = "too_large"    // 413 for the event alone, even when shrunk
	OverQuota    Reason = "over_quota"   // stored nothing: billing limit
	Dropped      Reason = "dropped"      // v1 drop without a detail, or with one too many
	Unauthorized Reason = "unauthorized" // 401, 403
	NotFound     Reason = "not_found"    // 404, 405
	Redirected   Reason = "redirected"   // 3xx
	NotPostHog   Reason = "not_posthog"  // a 2xx that is not PostHog's
	RateLimited  Reason = "rate_limited" // 429
	Refused      Reason = "refused"      // any other status
	Unavailable  Reason = "unavailable"  // 408, 5xx, too slow or told to retry, until the time for retries was over
	Unreachable  Reason = "unreachable"  // no connection or no answer
	NameNotFound Reason = "dns"          // the host name does not exist
	TLSFailed    Reason = "tls"          // certificate or handshake
	Unreadable   Reason = "unreadable"   // a v1 answer that cannot be parsed
	TimedOut     Reason = "timeout"      // the deadline of the export passed
	Canceled     Reason = "canceled"     // the export was cancelled
)

// EndReason is the reason of losses because a context is over.
func EndReason(ctx context.Context) Reason {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return TimedOut
	}
	return Canceled
}

// Report is what became of the events of one Send.
type Report struct {
	// Stored counts the events that PostHog took.
	Stored int
	// Lost lists the others.
	Lost []Loss
	// Err is the failure that explains most of it; nil when nothing is lost.
	Err error
	// Causes holds an error for each reason in Lost.
	Causes map[Reason]error
	// StatusCode is that of the answer behind Err, 0 without an answer; of the last
	// answer when nothing is lost.
	StatusCode int
	// RetryAfter is how long PostHog asked to wait with what is retryable.
	RetryAfter time.Duration

	// Duplicates counts events left out because one with the same uuid was
	// already there.
	Duplicates int
	Shrunk     int   // events cut down to the size limit
	Retries    int   // requests after the first, for the same events
	PlainBytes int64 // request bodies before compression
	WireBytes  int64 // and after
}

// Loss is an event that was not stored.
type Loss struct {
	Event  int // index
	Reason Reason
	// Retryable says that nothing was wrong with the event, so that it may be
	// stored when it is sent again later.
	Retryable bool
}

// Lose enters an event that was not stored, and why.
func (r *Report) Lose(loss Loss, cause error) {
	r.Lost = append(r.Lost, loss)
	if r.Causes == nil {
		r.Causes = make(map[Reason]error)
	}
	if r.Causes[loss.Reason] == nil {
		r.Causes[loss.Reason] = cause
	}
	if r.Err == nil {
		r.Err = cause
	}
}
