package posthogexporter

import (
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// classify tells the queue what to do about an export: nothing more, or the
// spans that may still be stored again, after the wait that PostHog asked for.
func (e *tracesExporter) classify(lost *posthog.ExportError, td ptrace.Traces) error {
	if !lost.Retryable() {
		return consumererror.NewPermanent(lost)
	}
	if len(lost.Final) > 0 {
		// The queue counts the others only, and may store them in the end.
		e.set.Logger.Warn("PostHog refused some of the spans for good.",
			zap.Int("refused", len(lost.Final)), zap.Error(lost))
	}
	var err error = lost
	if lost.RetryAfter > 0 {
		err = exporterhelper.NewThrottleRetry(err, lost.RetryAfter)
	}
	if len(lost.Retry) == td.SpanCount() {
		return err
	}
	return consumererror.NewTraces(err, pick(td, lost.Retry))
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
