package exporter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Errors that a program may branch on.
var (
	// ErrNoAPIKey is the error of [New] for a blank key.
	ErrNoAPIKey = errors.New("otelposthog: no API key: give New the project API key (phc_...) from PostHog's project settings")
	// ErrShutdown is the cause of an [*ExportError] for spans that were exported
	// after [Exporter.Shutdown], or were under way when its time ended.
	ErrShutdown = errors.New("the exporter is shut down")
)

// afterShutdown is the reason of losses whose cause is ErrShutdown.
const afterShutdown capture.Reason = "shutdown"

var errZero = errors.New("otelposthog: this Exporter stores nothing: make one with New, NewWithClient or NewWriter")

// ExportError tells what [Exporter.ExportSpans] could not store.
type ExportError struct {
	// Stored is the number of events that are stored, Lost of those that are not.
	Stored, Lost int
	// Reasons says why, most frequent first.
	Reasons []LossReason
	// Retry and Final list the spans that are not stored, as indices into the
	// slice that was exported, in ascending order. Those of Retry may be stored
	// when they are exported again: nothing was wrong with them. For those of
	// Final that is no use.
	Retry, Final []int
	// RetryAfter is how long PostHog asked to wait before that; 0 when it did not.
	// At most 30 s.
	RetryAfter time.Duration
	// StatusCode is the HTTP status behind the error; 0 when there was no answer.
	StatusCode int

	causes    []error // one for each of Reasons
	retryable bool
}

// LossReason is a reason why events were not stored, and how many. The reasons
// are these, and on [CaptureV1] those that PostHog gives for dropping an event,
// such as llm_events_over_quota:
//
//	rejected       PostHog refused the event alone, or every event (400)
//	too_large      it did so for the size, even when shrunk (413)
//	dropped        it dropped the event and did not say why
//	over_quota     the billing limit of the project is reached
//	unauthorized   the API key is wrong (401, 403)
//	not_found      there is no capture endpoint (404, 405)
//	redirected     the address is another one (3xx)
//	not_posthog    something else answered
//	refused        any other status
//	rate_limited   too many requests (429)
//	unavailable    PostHog failed, or took too long, until the retries were over
//	unreadable     it answered, but does not say what it stored
//	unreachable    there was no connection until the retries were over
//	dns            the host name does not exist
//	tls            its certificate is not trusted, or it speaks no TLS
//	timeout        the deadline of the export passed
//	canceled       the export was cancelled
//	shutdown       it came after Exporter.Shutdown
//	queue_full     the queue of the posthog-go client stayed full
//	client_closed  the posthog-go client is closed
//	write_failed   the writer returned an error
type LossReason struct {
	// Reason is a name from the table, the same as in the metrics.
	Reason string
	// Count is the number of events.
	Count int
}

// Error says how many events were not stored and why. It holds no secret.
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
// context, of the connection or of posthog-go, or a text that tells PostHog's
// answer.
func (e *ExportError) Unwrap() []error { return e.causes }

// Retryable reports whether another attempt can help: for spans, an export of
// those of Retry.
func (e *ExportError) Retryable() bool { return e.retryable }

// newExportError returns nil when nothing is lost.
func newExportError(report capture.Report, events []event.Event, spans []sdktrace.ReadOnlySpan) error {
	if len(report.Lost) == 0 {
		return nil
	}
	e := &ExportError{
		Stored:     report.Stored,
		Lost:       len(report.Lost),
		Reasons:    reasons(report),
		RetryAfter: report.RetryAfter,
		StatusCode: report.StatusCode,
	}
	for _, r := range e.Reasons {
		e.causes = append(e.causes, report.Causes[capture.Reason(r.Reason)])
	}
	e.retryable = slices.ContainsFunc(report.Lost, func(l capture.Loss) bool { return l.Retryable })
	e.Retry, e.Final = lostSpans(report, events, spans)
	return e
}

func reasons(report capture.Report) []LossReason {
	var list []LossReason
	for _, loss := range report.Lost {
		i := slices.IndexFunc(list, func(r LossReason) bool { return r.Reason == string(loss.Reason) })
		if i < 0 {
			i = len(list)
			list = append(list, LossReason{Reason: string(loss.Reason)})
		}
		list[i].Count++
	}
	slices.SortStableFunc(list, func(a, b LossReason) int { return b.Count - a.Count })
	return list
}

// lostSpans finds the spans of the events that are not stored.
func lostSpans(report capture.Report, events []event.Event, spans []sdktrace.ReadOnlySpan) (retry, final []int) {
	type id struct{ trace, span string }
	retryable := make(map[id]bool, len(report.Lost))
	for _, loss := range report.Lost {
		e := &events[loss.Event]
		retryable[id{e.Text(semconv.PropertyTraceID), e.Text(semconv.PropertySpanID)}] = loss.Retryable
	}
	for i, span := range spans {
		if span == nil {
			continue
		}
		sc := span.SpanContext()
		again, lost := retryable[id{sc.TraceID().String(), sc.SpanID().String()}]
		switch {
		case again:
			retry = append(retry, i)
		case lost:
			final = append(final, i)
		}
	}
	return retry, final
}

// lostAll is the report of events that had no chance.
func lostAll(n int, reason capture.Reason, err error) (report capture.Report) {
	for i := range n {
		report.Lose(capture.Loss{Event: i, Reason: reason}, err)
	}
	return report
}

// joinErrors is errors.Join with one line and one prefix for one error.
func joinErrors(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
