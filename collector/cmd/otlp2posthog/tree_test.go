package main

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const sessionID = "0197c2a0-0000-7000-8000-000000000000"

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestGzip(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"JSON":     packed(t, asJSON(t, call("a"))+asJSON(t, call("b"))),
		"protobuf": packed(t, asProto(t, call("a"))),
		"twice":    packed(t, packed(t, asJSON(t, call("a")))),
	} {
		events, code, problems := try(t, input)
		require.Zero(t, code, "%s: %s", name, problems)
		require.NotEmpty(t, events, name)
	}
}

// jaeger is a trace as Jaeger's interface downloads it: a server span with the
// session, and a model call below it that failed.
const jaeger = `{"data":[{"traceID":"1f","spans":[
	{"traceID":"1f","spanID":"a1","operationName":"GET /ask","references":[],"startTime":1782900000000000,"duration":2000000,
	 "tags":[{"key":"$session_id","type":"string","value":"` + sessionID + `"},{"key":"span.kind","type":"string","value":"server"}],"logs":[],"processID":"p1"},
	{"traceID":"1f","spanID":"a2","operationName":"chat gpt-5","references":[{"refType":"CHILD_OF","traceID":"1f","spanID":"a1"}],"startTime":1782900000500000,"duration":1500000,
	 "tags":[{"key":"gen_ai.operation.name","type":"string","value":"chat"},{"key":"gen_ai.request.model","type":"string","value":"gpt-5"},
	         {"key":"gen_ai.usage.input_tokens","type":"int64","value":12},{"key":"gen_ai.request.temperature","type":"float64","value":0.5},
	         {"key":"gen_ai.request.stream","type":"bool","value":true},
	         {"key":"error","type":"bool","value":true},{"key":"otel.status_code","type":"string","value":"ERROR"},
	         {"key":"otel.status_description","type":"string","value":"overloaded"},{"key":"otel.scope.name","type":"string","value":"test"}],
	 "logs":[{"timestamp":1782900000600000,"fields":[{"key":"event","type":"string","value":"exception"},{"key":"exception.type","type":"string","value":"Overloaded"}]}],
	 "processID":"p1"}],
	"processes":{"p1":{"serviceName":"assistant","tags":[{"key":"host.name","type":"string","value":"h"}]}}}],"total":0,"errors":null}`

func TestJaeger(t *testing.T) {
	t.Parallel()
	events, code, problems := try(t, jaeger, "-mend")
	require.Zero(t, code, problems)
	require.Len(t, events, 1)
	properties := events[0]["properties"].(map[string]any)
	require.Equal(t, "$ai_generation", events[0]["event"])
	require.Equal(t, "gpt-5", properties["$ai_model"])
	require.InDelta(t, 12, properties["$ai_input_tokens"], 0)
	require.InDelta(t, 1.5, properties["$ai_latency"], 0)
	require.Equal(t, true, properties["$ai_is_error"])
	require.Equal(t, "0000000000000000000000000000001f", properties["$ai_trace_id"])
	require.Equal(t, sessionID, properties["$session_id"], "that of the span above")
	require.NotContains(t, properties, "otel.status_code")
}

// span is a request with one span. Ids are numbers; a parent of 0 is none.
func span(id, parent byte, name, service string, attrs ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	if service != "" {
		rs.Resource().Attributes().PutStr("service.name", service)
	}
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetName(name)
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{id})
	if parent != 0 {
		s.SetParentSpanID(pcommon.SpanID{parent})
	}
	s.SetStartTimestamp(pcommon.Timestamp(1782900000e9 + uint64(id)*1e9))
	s.SetEndTimestamp(s.StartTimestamp() + 1e9)
	for i := 0; i < len(attrs); i += 2 {
		s.Attributes().PutStr(attrs[i], attrs[i+1])
	}
	if strings.HasPrefix(name, "chat") {
		s.Attributes().PutStr("gen_ai.operation.name", "chat")
	}
	return td
}

func draw(t *testing.T, requests ...ptrace.Traces) string {
	t.Helper()
	var input, stdout, stderr bytes.Buffer
	for _, td := range requests {
		input.WriteString(asJSON(t, td))
	}
	code := run(t.Context(), []string{"-tree"}, &input, &stdout, &stderr)
	require.Zero(t, code, stderr.String())
	return stdout.String()
}

// TestTree has the spans of two services in requests of their own, the child first.
func TestTree(t *testing.T) {
	t.Parallel()
	got := draw(t,
		span(3, 2, "chat gpt-5", "assistant"),
		span(2, 1, "POST /plan", "assistant"),
		span(1, 9, "invoke_agent planner", "gateway", "gen_ai.operation.name", "invoke_agent", "gen_ai.agent.name", "planner", "$session_id", sessionID),
	)
	require.Contains(t, got, "span planner")
	require.Contains(t, got, "\n  generation chat gpt-5")
	require.Contains(t, got, "session "+sessionID+": 2 events\n")
	require.NotContains(t, got, "without a session")
}

func TestWhyWithoutSession(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		requests []ptrace.Traces
		want     string
	}{
		"nowhere": {
			[]ptrace.Traces{span(1, 0, "GET /ask", "gateway"), span(2, 1, "chat", "assistant")},
			`up to the root "GET /ask" of gateway: the service that browsers reach needs baggage.NewHandler`,
		},
		"a parent is missing": {
			[]ptrace.Traces{span(2, 1, "chat", "")},
			`span 0100000000000000, above "chat", is not in the input`,
		},
		"elsewhere": {
			[]ptrace.Traces{
				span(1, 0, "GET /ask", "gateway"), span(2, 1, "chat", "assistant"),
				span(3, 1, "GET /other", "other", "$session_id", sessionID),
			},
			`"GET /other" of other in the same trace has a session, but is not above it`,
		},
		"a word": {
			[]ptrace.Traces{span(1, 0, "chat", "", "$session_id", "undefined")},
			"its attribute $session_id is no session id (not_an_id)",
		},
		"a word above": {
			[]ptrace.Traces{span(1, 0, "GET /", "", "$session_id", "undefined"), span(2, 1, "chat", "")},
			`"GET /", above it, has none either: its attribute $session_id is no session id`,
		},
		"a chat": {
			[]ptrace.Traces{span(1, 0, "chat", "", "session.id", "chat-7", "openinference.span.kind", "LLM")},
			"its library calls a chat session.id",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := draw(t, tt.requests...)
			require.Contains(t, got, "without a session: 1 event\n")
			require.Contains(t, got, `$ai_generation "chat": `)
			require.Contains(t, got, tt.want)
		})
	}
}

func TestTreeOfNothing(t *testing.T) {
	t.Parallel()
	require.Empty(t, draw(t, span(1, 0, "GET /", "")))
}
