package spans_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
)

// TestNeeded keeps AI spans whole, the way up from them in short, and nothing else.
func TestNeeded(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	other := td.ResourceSpans().AppendEmpty()
	other.ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("of a service without AI")
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "assistant")
	list := rs.ScopeSpans().AppendEmpty().Spans()
	add := func(id, parent byte, name string) ptrace.Span {
		s := list.AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1})
		s.SetSpanID(pcommon.SpanID{id})
		if parent != 0 {
			s.SetParentSpanID(pcommon.SpanID{parent})
		}
		s.SetName(name)
		s.Attributes().PutStr("url.full", "https://example.com/a/long/way")
		return s
	}
	add(1, 0, "GET /").Attributes().PutStr("$session_id", "s")
	add(2, 1, "middleware")
	add(3, 2, "gen_ai.call")
	add(4, 3, "POST api.openai.com")
	add(5, 9, "gen_ai.call")
	add(6, 6, "its own parent")
	add(7, 6, "gen_ai.call")

	needed, without := spans.Needed(td)
	require.Equal(t, 2, without)
	require.Equal(t, 1, needed.ResourceSpans().Len())
	got := map[byte]map[string]any{}
	for _, s := range needed.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		got[s.SpanID()[0]] = s.Attributes().AsRaw()
	}
	whole := map[string]any{"url.full": "https://example.com/a/long/way"}
	require.Equal(t, map[byte]map[string]any{1: {"$session_id": "s"}, 2: {}, 3: whole, 5: whole, 6: {}, 7: whole}, got)
	require.Equal(t, 8, td.SpanCount(), "the input stays as it is")

	none, without := spans.Needed(ptrace.NewTraces())
	require.Zero(t, without+none.SpanCount())
}
