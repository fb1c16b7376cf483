// Package outcome describes the result of one export: each event is stored, or
// lost for a reason.
package outcome

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Reason says why an event is lost. It is the value of a metric attribute, so
// there are few values, and none has content.
type Reason string

// The reasons. The v1 contract adds the names that PostHog gives its drops.
const (
	Rejected     Reason = "rejected"      // PostHog answered 400 for the event alone
	NotTried     Reason = "not_tried"     // PostHog answered 400 for everything it was given, so the search ended
	TooLarge     Reason = "too_large"     // 413 for the event alone, even when shrunk
	Dropped      Reason = "dropped"       // v1 drop without a usable name
	OverQuota    Reason = "over_quota"    // billing limit
	Unauthorized Reason = "unauthorized"  // 401, 403
	NotFound     Reason = "not_found"     // 404, 405
	Redirected   Reason = "redirected"    // 3xx
	NotPostHog   Reason = "not_posthog"   // a 2xx that is not PostHog's
	Refused      Reason = "refused"       // any other status
	RateLimited  Reason = "rate_limited"  // 429
	Unavailable  Reason = "unavailable"   // 408, 5xx, too slow or told to retry
	Unreadable   Reason = "unreadable"    // an answer that does not say what is stored
	Unreachable  Reason = "unreachable"   // no connection or no answer
	NameNotFound Reason = "dns"           // the host name does not exist
	TLSFailed    Reason = "tls"           // certificate or handshake
	TimedOut     Reason = "timeout"       // the deadline of the export passed
	Canceled     Reason = "canceled"      // the export was cancelled
	Shutdown     Reason = "shutdown"      // the exporter is shut down
	Duplicate    Reason = "duplicate"     // another event of the export has the same id
	QueueFull    Reason = "queue_full"    // of the posthog-go client
	ClientClosed Reason = "client_closed" // the posthog-go client
	WriteFailed  Reason = "write_failed"  // the writer returned an error
	Panicked     Reason = "panic"         // the filter or the conversion of the span panicked
	BeforeSend   Reason = "before_send"   // the user's hook panicked
)

// ErrShutdown is the cause of losses whose reason is Shutdown.
var ErrShutdown = errors.New("the exporter is shut down")

// EndReason is the reason of a loss because ctx has ended.
func EndReason(ctx context.Context) Reason {
	if errors.Is(context.Cause(ctx), ErrShutdown) {
		return Shutdown
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return TimedOut
	}
	return Canceled
}

// Failure is why events are not stored.
type Failure struct {
	Reason Reason
	Err    error
	// Retryable says that a later export may store the events.
	Retryable  bool
	StatusCode int           // of the answer; 0 without one
	RetryAfter time.Duration // how long PostHog asked to wait
}

// Loss is an event that is not stored.
type Loss struct {
	Event     int // index
	Reason    Reason
	Retryable bool
}

// Cause counts the losses with one reason.
type Cause struct {
	Reason     Reason
	Count      int
	Err        error // of the first loss
	StatusCode int   // of the first loss
}

// Report is the result of one export.
type Report struct {
	// Stored counts the events that are stored, Lost lists the others.
	Stored int
	Lost   []Loss
	// Causes explains Lost, one entry for each reason.
	Causes []Cause
	// StatusCode is that of the last successful answer.
	StatusCode int
	// RetryAfter is how long PostHog asked to wait before another attempt.
	RetryAfter time.Duration

	Duplicates int   // events left out because the same event is there already
	Shrunk     int   // events cut down to the size limit
	Retries    int   // requests after the first, for the same events
	PlainBytes int64 // request bodies before compression
	WireBytes  int64 // and after
}

// Lose notes that an event is not stored.
func (r *Report) Lose(event int, f *Failure) {
	r.Lost = append(r.Lost, Loss{Event: event, Reason: f.Reason, Retryable: f.Retryable})
	if f.Retryable {
		r.RetryAfter = max(r.RetryAfter, f.RetryAfter)
	}
	i := slices.IndexFunc(r.Causes, func(c Cause) bool { return c.Reason == f.Reason })
	if i < 0 {
		i = len(r.Causes)
		r.Causes = append(r.Causes, Cause{Reason: f.Reason, Err: f.Err, StatusCode: f.StatusCode})
	}
	r.Causes[i].Count++
}

// SortCauses puts the most frequent reason first.
func (r *Report) SortCauses() {
	slices.SortStableFunc(r.Causes, func(a, b Cause) int { return b.Count - a.Count })
}
