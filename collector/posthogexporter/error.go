package posthogexporter

import (
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// outcome is what became of a batch in one project or several.
type outcome struct {
	errs  []error
	retry []int // indices of spans that may be stored yet
	final []int // of spans that will not
	wait  time.Duration
}

// add notes what an export of the spans with these indices returned. The reasons of
// retryAlso are not for good.
func (o *outcome) add(err error, indices []int, retryAlso []string) {
	if err == nil {
		return
	}
	o.errs = append(o.errs, err)
	var lost *posthog.ExportError
	if !errors.As(err, &lost) {
		o.retry = append(o.retry, indices...)
		return
	}
	for _, i := range lost.Retry {
		o.retry = append(o.retry, indices[i])
	}
	for _, i := range lost.Final {
		if hasReason(lost, retryAlso) {
			o.retry = append(o.retry, indices[i])
		} else {
			o.final = append(o.final, indices[i])
		}
	}
	o.wait = max(o.wait, lost.RetryAfter)
}

// hasReason reports whether one of the reasons is behind an error. An event that was
// refused for another one besides is refused for that the next time.
func hasReason(err *posthog.ExportError, reasons []string) bool {
	return slices.ContainsFunc(err.Reasons, func(r posthog.LossReason) bool { return slices.Contains(reasons, r.Reason) })
}

// classify tells the queue what to do about a batch: nothing more, or to send
// those spans again that may be stored yet, after the wait that PostHog asked
// for.
func (e *tracesExporter) classify(o *outcome, td ptrace.Traces) error {
	err := errors.Join(o.errs...)
	if len(o.errs) == 1 {
		err = o.errs[0]
	}
	err = inSettings(err)
	switch {
	case err == nil:
		return nil
	case len(o.retry) == 0:
		return consumererror.NewPermanent(err)
	case len(o.final) > 0:
		// The queue counts the others only, and may store them in the end.
		e.set.Logger.Warn("PostHog refused some of the spans for good.", zap.Int("spans", len(o.final)), zap.Error(err))
	}
	if o.wait > 0 {
		err = exporterhelper.NewThrottleRetry(err, o.wait)
	}
	if len(o.retry) == td.SpanCount() {
		return err
	}
	slices.Sort(o.retry)
	return consumererror.NewTraces(err, pick(td, o.retry))
}

// pick returns a copy of td with the spans of these indices, which ascend.
func pick(td ptrace.Traces, indices []int) ptrace.Traces {
	picked := ptrace.NewTraces()
	td.CopyTo(picked)
	at := -1
	other := func(ptrace.Span) bool {
		at++
		if len(indices) == 0 || indices[0] != at {
			return true
		}
		indices = indices[1:]
		return false
	}
	picked.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			ss.Spans().RemoveIf(other)
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
	return picked
}
