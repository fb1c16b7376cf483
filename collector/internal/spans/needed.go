package spans

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Needed returns a copy of what can become an event: the AI spans, and of the spans
// above them what places them in their trace and tells their session. It returns also
// how many spans there are no traces of in the copy. Text is shared with td.
func Needed(td ptrace.Traces) (needed ptrace.Traces, without int) {
	needed = ptrace.NewTraces()
	keep := above(td)
	for _, rs := range td.ResourceSpans().All() {
		var toResource ptrace.ResourceSpans
		for _, ss := range rs.ScopeSpans().All() {
			var toScope ptrace.ScopeSpans
			for _, s := range ss.Spans().All() {
				ai := IsAIData(s)
				if !ai && !keep[idOf(s)] {
					without++
					continue
				}
				if toResource == (ptrace.ResourceSpans{}) {
					toResource = needed.ResourceSpans().AppendEmpty()
					rs.Resource().CopyTo(toResource.Resource())
					toResource.SetSchemaUrl(rs.SchemaUrl())
				}
				if toScope == (ptrace.ScopeSpans{}) {
					toScope = toResource.ScopeSpans().AppendEmpty()
					ss.Scope().CopyTo(toScope.Scope())
					toScope.SetSchemaUrl(ss.SchemaUrl())
				}
				if ai {
					s.CopyTo(toScope.Spans().AppendEmpty())
				} else {
					placeOf(s, toScope.Spans().AppendEmpty())
				}
			}
		}
	}
	return needed, without
}

type spanID struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

func idOf(s ptrace.Span) spanID { return spanID{s.TraceID(), s.SpanID()} }

// above returns the ids of the spans that AI spans are below of.
func above(td ptrace.Traces) map[spanID]bool {
	var parents map[spanID]pcommon.SpanID
	marked := make(map[spanID]bool)
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				if !IsAIData(s) {
					continue
				}
				if parents == nil {
					parents = parentsIn(td)
				}
				for at := (spanID{s.TraceID(), s.ParentSpanID()}); !marked[at]; {
					parent, ok := parents[at]
					if !ok {
						break
					}
					marked[at] = true
					at.span = parent
				}
			}
		}
	}
	return marked
}

func parentsIn(td ptrace.Traces) map[spanID]pcommon.SpanID {
	parents := make(map[spanID]pcommon.SpanID, td.SpanCount())
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				parents[idOf(s)] = s.ParentSpanID()
			}
		}
	}
	return parents
}

// placeOf copies ids, times, and the attributes that can tell a session.
func placeOf(s, to ptrace.Span) {
	to.SetTraceID(s.TraceID())
	to.SetSpanID(s.SpanID())
	to.SetParentSpanID(s.ParentSpanID())
	to.SetFlags(s.Flags())
	to.SetKind(s.Kind())
	to.SetName(s.Name())
	to.SetStartTimestamp(s.StartTimestamp())
	to.SetEndTimestamp(s.EndTimestamp())
	for key, v := range s.Attributes().All() {
		if strings.Contains(strings.ToLower(key), "session") || strings.HasPrefix(key, "posthog") || strings.HasPrefix(key, "$") {
			v.CopyTo(to.Attributes().PutEmpty(key))
		}
	}
}
