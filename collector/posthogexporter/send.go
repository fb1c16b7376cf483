package posthogexporter

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/relay"
)

// outcome is what became of spans that were sent.
type outcome struct {
	retry   ptrace.Traces // what may be stored yet; without spans when there is nothing
	wait    time.Duration // before that, at least
	refused bool          // the API key is refused
	err     error         // why not everything is stored
}

// merge adds the outcome of other spans.
func (o *outcome) merge(other outcome) {
	if o.retry == (ptrace.Traces{}) {
		o.retry = ptrace.NewTraces()
	}
	if other.retry != (ptrace.Traces{}) {
		other.retry.ResourceSpans().MoveAndAppendTo(o.retry.ResourceSpans())
	}
	o.wait = max(o.wait, other.wait)
	o.err = errors.Join(o.err, other.err)
}

// send stores the spans of one tenant. What PostHog refuses for good is counted, told,
// and written to the dead letters.
func (e *tracesExporter) send(ctx context.Context, to tenant, td ptrace.Traces) outcome {
	pr, err := e.projects.borrow(to.key)
	if err != nil {
		e.lose(to.label, "unknown_tenant", td, inSettings(err))
		return outcome{err: inSettings(err)}
	}
	defer e.projects.giveBack(context.WithoutCancel(ctx), pr)
	start := time.Now()
	err = pr.exp.ExportSpans(context.WithValue(relay.Context(ctx), tenantKey{}, to.label), spans.Of(td, e.shown...))
	e.metrics.took(to.label, time.Since(start))
	e.status.note(to.label, inSettings(err))
	if err == nil {
		return outcome{}
	}
	err = inSettings(err)
	var failed *posthog.ExportError
	if !errors.As(err, &failed) {
		return outcome{retry: td, err: err}
	}
	out := outcome{wait: failed.RetryAfter, err: err}
	retry, final := failed.Retry, failed.Final
	if hasReason(failed, e.cfg.RetryAlso) {
		retry = slices.Sorted(slices.Values(slices.Concat(retry, final)))
		final = nil
	}
	out.refused = len(final) > 0 && failed.Stored == 0 && hasReason(failed, []string{"unauthorized"})
	if len(retry) > 0 {
		out.retry = pick(td, retry)
		e.metrics.addWith(e.metrics.attempts, to.label, 1, reason(reasonOf(failed, false)))
	}
	if len(final) > 0 {
		e.lose(to.label, reasonOf(failed, true), pick(td, final), err)
	}
	return out
}

// lose deals with spans that PostHog will never store.
func (e *tracesExporter) lose(tenant, why string, td ptrace.Traces, err error) {
	n := aiSpans(td)
	if n == 0 {
		return
	}
	if e.dead != nil {
		if e.dead.add(td) == nil {
			e.metrics.addWith(e.metrics.deadLetters, tenant, n, reason(why))
			e.told.warn(e.set.Logger, "PostHog refused spans for good. They are in the file of dead_letter.", tenant, why, n, err)
			return
		}
		e.told.warn(e.set.Logger, "The file of dead_letter takes no more spans.", tenant, why, n, nil)
	}
	e.metrics.addWith(e.metrics.lost, tenant, n, reason(why))
	e.told.warn(e.set.Logger, "Spans are lost.", tenant, why, n, err)
}

func aiSpans(td ptrace.Traces) (n int) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				if spans.IsAIData(s) {
					n++
				}
			}
		}
	}
	return n
}

// temporary lists the reasons that end by themselves.
var temporary = []string{"unavailable", "unreadable", "unreachable", "timeout", "canceled", "shutdown", "not_tried", "dns", "tls", "not_posthog"}

// reasonOf returns the most frequent reason that is, or is not, for good.
func reasonOf(err *posthog.ExportError, final bool) string {
	for _, r := range err.Reasons {
		if slices.Contains(temporary, r.Reason) != final {
			return r.Reason
		}
	}
	if len(err.Reasons) > 0 {
		return err.Reasons[0].Reason
	}
	return "refused"
}

// hasReason reports whether one of the reasons is behind an error. An event that was
// refused for another one besides is refused for that the next time.
func hasReason(err *posthog.ExportError, reasons []string) bool {
	return slices.ContainsFunc(err.Reasons, func(r posthog.LossReason) bool { return slices.Contains(reasons, r.Reason) })
}

// pick returns the spans of these indices, which ascend: td itself, or a copy.
func pick(td ptrace.Traces, indices []int) ptrace.Traces {
	if len(indices) == td.SpanCount() {
		return td
	}
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

// told logs each kind of message for a tenant once a minute, with the number of spans
// since the last time.
type told struct {
	mu   sync.Mutex
	last map[string]*toldOnce
}

type toldOnce struct {
	at    time.Time
	spans int
}

// maxTold bounds the messages that are remembered.
const maxTold = 1000

func (t *told) warn(logger *zap.Logger, text, tenant, why string, n int, err error) {
	t.mu.Lock()
	if t.last == nil || len(t.last) > maxTold {
		t.last = make(map[string]*toldOnce)
	}
	key := text + tenant + "\x00" + why
	one := t.last[key]
	if one == nil {
		one = new(toldOnce)
		t.last[key] = one
	}
	one.spans += n
	now := time.Now()
	if now.Sub(one.at) < time.Minute {
		t.mu.Unlock()
		return
	}
	n, one.at, one.spans = one.spans, now, 0
	t.mu.Unlock()
	fields := []zap.Field{zap.Int("spans", n), zap.String("reason", why)}
	if tenant != "" {
		fields = append(fields, zap.String("tenant", tenant))
	}
	if err != nil {
		fields = append(fields, zap.Error(err))
	}
	logger.Warn(text, fields...)
}
