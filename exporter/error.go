package exporter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// Errors that a program may test for.
var (
	// ErrNoAPIKey is the error of [New] for a blank key.
	ErrNoAPIKey = errors.New("otelposthog: no API key: give New the project API key (phc_...) from PostHog's project settings")
	// ErrShutdown is the cause of an [*ExportError] for spans that were
	// exported after [Exporter.Shutdown], or were still in flight when its
	// context ended.
	ErrShutdown = outcome.ErrShutdown
)

var errZero = errors.New("otelposthog: this Exporter stores nothing: make one with New, NewWithClient or NewWriter")

// ExportError describes the events that [Exporter.ExportSpans] could not store.
type ExportError struct {
	// Stored is the number of stored events, Lost the number of lost ones.
	Stored, Lost int
	// Reasons lists the reasons of the losses, most frequent first.
	Reasons []LossReason
	// Retry and Final list the lost spans as ascending indices into the
	// exported slice. Spans in Retry may be exported again. Spans in Final were
	// rejected permanently.
	Retry, Final []int
	// RetryAfter is how long PostHog asked to wait before exporting Retry
	// again: at most 30 s, or 0 if it did not ask.
	RetryAfter time.Duration
	// StatusCode is the HTTP status behind the error; 0 when there was no answer.
	StatusCode int

	causes    []error // one for each of Reasons
	retryable bool
}

// LossReason is a reason for lost events and their number. The reasons are the
// following; with [CaptureV1], PostHog's own reasons for dropping an event,
// such as llm_events_over_quota, are added:
//
//	rejected       PostHog refused the event when it was sent alone (400)
//	not_tried      PostHog refused every request (400), and this event was not sent alone; retryable
//	too_large      the event alone was too large, even after it was shrunk (413)
//	dropped        PostHog dropped the event without a reason
//	over_quota     the billing limit of the project is reached
//	unauthorized   the API key is wrong (401, 403)
//	not_found      there is no capture endpoint (404, 405)
//	redirected     the host answered with a redirect (3xx), which is not followed
//	not_posthog    another server answered; retryable, except with CaptureV1
//	refused        any other status
//	rate_limited   too many requests (429); retryable with a Retry-After
//	unavailable    PostHog failed, or took too long, until the retries were over; retryable
//	unreadable     the answer does not say what was stored; retryable, except with CaptureV1
//	unreachable    there was no connection until the retries were over; retryable
//	dns            the host name does not exist; retryable
//	tls            the certificate is not trusted, or the host does not support TLS; retryable
//	timeout        the deadline of the export passed; retryable
//	canceled       the export was cancelled; retryable
//	shutdown       the exporter was shut down; retryable with another Exporter
//	duplicate      another span of the export has the same trace id and span id
//	queue_full     the queue of the posthog-go client stayed full; retryable
//	client_closed  the posthog-go client is closed
//	panic          the function of WithFilter or the conversion of the span panicked
//	before_send    the function of WithBeforeSend panicked
//	write_failed   the writer returned an error; retryable
type LossReason struct {
	// Reason is a name from the table, the same as in the metrics.
	Reason string
	// Count is the number of events.
	Count int
}

// Error says how many events were lost and why. It contains no secret.
func (e *ExportError) Error() string {
	reasons := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		reasons[i] = fmt.Sprintf("%s %d", r.Reason, r.Count)
	}
	causes := make([]string, len(e.causes))
	for i, err := range e.causes {
		causes[i] = err.Error()
	}
	return fmt.Sprintf("otelposthog: %d of %d events not stored (%s): %s",
		e.Lost, e.Stored+e.Lost, strings.Join(reasons, ", "), strings.Join(causes, "; "))
}

// Unwrap returns a cause for each of Reasons: [ErrShutdown], an error of the
// context, the connection or posthog-go, or an error that describes PostHog's
// answer.
func (e *ExportError) Unwrap() []error { return e.causes }

// Retryable reports whether another attempt can help: for spans, exporting
// Retry again.
func (e *ExportError) Retryable() bool { return e.retryable }

// newExportError returns nil if no event is lost.
func newExportError(report *outcome.Report, events []event.Event) error {
	if len(report.Lost) == 0 {
		return nil
	}
	e := &ExportError{
		Stored:     report.Stored,
		Lost:       len(report.Lost),
		RetryAfter: report.RetryAfter,
		StatusCode: report.Causes[0].StatusCode,
	}
	for _, c := range report.Causes {
		e.Reasons = append(e.Reasons, LossReason{string(c.Reason), c.Count})
		e.causes = append(e.causes, c.Err)
	}
	for _, loss := range report.Lost {
		span := events[loss.Event].Span
		switch e.retryable = e.retryable || loss.Retryable; {
		case span == event.NoSpan:
		case loss.Retryable:
			e.Retry = append(e.Retry, span)
		default:
			e.Final = append(e.Final, span)
		}
	}
	slices.Sort(e.Retry)
	slices.Sort(e.Final)
	return e
}

// joinErrors is errors.Join with one line and one prefix for one error.
func joinErrors(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
