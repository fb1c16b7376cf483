package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// TestLogsAndTraces sends question and answer as log records and the call as a
// span, through the whole of scale-backend.yaml.
func TestLogsAndTraces(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	c := newCollector(t, "scale-backend.yaml", server.URL, nil, "connectors::posthoglogs::wait: 1h")
	c.start(ctx)
	c.feedLogs(ctx, messages("gen_ai.user.message"))
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{2})
	s.SetName("chat gpt-4o")
	s.SetEndTimestamp(1_770_000_001_000_000_000)
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	s.Attributes().PutStr("$session_id", "from-the-browser")
	c.feed(ctx, td)
	c.feedLogs(ctx, messages("something.else", "gen_ai.choice"))

	events, err := server.Wait(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, "$ai_generation", events[0].Name)
	require.Equal(t, "from-the-browser", events[0].Properties["$session_id"])
	require.Equal(t, []any{map[string]any{"role": "user", "content": "gen_ai.user.message"}}, events[0].Properties["$ai_input"])
	require.Equal(t, []any{map[string]any{"role": "assistant", "content": "gen_ai.choice"}}, events[0].Properties["$ai_output_choices"])
	c.kill()
}

// messages returns log records with these names, which are their content, too.
func messages(names ...string) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, name := range names {
		r := records.AppendEmpty()
		r.SetTraceID(pcommon.TraceID{1})
		r.SetSpanID(pcommon.SpanID{2})
		r.SetEventName(name)
		r.Body().SetEmptyMap().PutStr("content", name)
	}
	return ld
}
