package posthoglogs

import (
	"crypto/sha256"
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// evaluationsIn makes spans of the records of evaluations.
func evaluationsIn(ld plog.Logs) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, rl := range ld.ResourceLogs().All() {
		var spans ptrace.SpanSlice
		found := false
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if eventName(r) != semconv.GenAIEventEvaluationResult {
					continue
				}
				if !found {
					found = true
					rs := td.ResourceSpans().AppendEmpty()
					rl.Resource().CopyTo(rs.Resource())
					spans = rs.ScopeSpans().AppendEmpty().Spans()
				}
				putEvaluation(spans.AppendEmpty(), r)
			}
		}
	}
	return td
}

// putEvaluation makes of the record of an evaluation a span of the same name below
// the span that was evaluated, with the properties of PostHog's event.
func putEvaluation(s ptrace.Span, r plog.LogRecord) {
	s.SetName(semconv.GenAIEventEvaluationResult)
	s.SetTraceID(evaluationTrace(r))
	s.SetSpanID(evaluationID(r))
	s.SetParentSpanID(r.SpanID())
	s.SetStartTimestamp(timeOf(r))
	s.SetEndTimestamp(timeOf(r))
	r.Attributes().CopyTo(s.Attributes())
	attrs := s.Attributes()
	attrs.Remove(string(names.EventNameKey))

	move := func(from, to string) bool {
		v, ok := attrs.Get(from)
		if !ok {
			return false
		}
		moved := pcommon.NewValueEmpty()
		v.CopyTo(moved)
		attrs.Remove(from)
		moved.CopyTo(attrs.PutEmpty(to))
		return true
	}
	move("gen_ai.evaluation.name", semconv.PropertyEvaluationName)
	move("gen_ai.evaluation.explanation", semconv.PropertyEvaluationReasoning)
	// A label says more than the number behind it, which stays an attribute.
	if move("gen_ai.evaluation.score.label", semconv.PropertyEvaluationResult) {
		attrs.PutStr(semconv.PropertyEvaluationResultType, "label")
	} else if move("gen_ai.evaluation.score.value", semconv.PropertyEvaluationResult) {
		attrs.PutStr(semconv.PropertyEvaluationResultType, "number")
	}
	if !r.SpanID().IsEmpty() {
		attrs.PutStr(semconv.PropertyTargetSpanID, r.SpanID().String())
	}
}

// evaluationTrace is the trace that was evaluated. A record that was made outside of
// it names the answer only, if that; then evaluations of one answer are a trace.
func evaluationTrace(r plog.LogRecord) (id pcommon.TraceID) {
	if !r.TraceID().IsEmpty() {
		return r.TraceID()
	}
	about := evaluationID(r).String()
	if v, ok := r.Attributes().Get(string(semconv.GenAIResponseIDKey)); ok {
		about = v.AsString()
	}
	sum := sha256.Sum256([]byte(about))
	copy(id[:], sum[:])
	return id
}

// evaluationID is the same whenever the same record is sent.
func evaluationID(r plog.LogRecord) (id pcommon.SpanID) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %d", r.TraceID(), r.SpanID(), r.Timestamp())
	for _, key := range []string{"gen_ai.evaluation.name", "gen_ai.evaluation.score.label", "gen_ai.evaluation.score.value", "gen_ai.response.id"} {
		if v, ok := r.Attributes().Get(key); ok {
			fmt.Fprintf(h, " %s=%q", key, v.AsString())
		}
	}
	copy(id[:], h.Sum(nil))
	return id
}
