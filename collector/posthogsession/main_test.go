package posthogsession_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sid = "0197c4a0-7e1a-7b60-8a6e-111111111111"

func defaultConfig() *posthogsession.Config {
	return posthogsession.NewFactory().CreateDefaultConfig().(*posthogsession.Config)
}

func settings() processor.Settings {
	return processortest.NewNopSettings(component.MustNewType("posthogsession"))
}

// newProcessor starts a processor. The test shuts it down; a second time does
// not matter.
func newProcessor(t *testing.T, cfg *posthogsession.Config, next consumer.Traces) processor.Traces {
	require.NoError(t, cfg.Validate())
	p, err := posthogsession.NewFactory().CreateTraces(t.Context(), settings(), cfg, next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	return p
}

// spec is a span in short: ids and parent of one byte, attributes as they are.
type spec struct {
	id, parent byte
	name       string
	attrs      map[string]any
}

// call is an LLM call.
func call(id, parent byte, attrs ...any) spec {
	return spec{id, parent, "gen_ai.call", pairs(attrs)}
}

// other is a span that becomes no event.
func other(id, parent byte, attrs ...any) spec {
	return spec{id, parent, "GET /", pairs(attrs)}
}

func pairs(list []any) map[string]any {
	m := make(map[string]any)
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i].(string)] = list[i+1]
	}
	return m
}

// trace returns the spans of one trace, in a resource.
func trace(t *testing.T, id byte, resource map[string]any, specs ...spec) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	require.NoError(t, rs.Resource().Attributes().FromRaw(resource))
	list := rs.ScopeSpans().AppendEmpty().Spans()
	for _, sp := range specs {
		s := list.AppendEmpty()
		s.SetTraceID(pcommon.TraceID{id})
		s.SetSpanID(pcommon.SpanID{sp.id})
		if sp.parent != 0 {
			s.SetParentSpanID(pcommon.SpanID{sp.parent})
		}
		s.SetName(sp.name)
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Unix(1, 0)))
		require.NoError(t, s.Attributes().FromRaw(sp.attrs))
	}
	return td
}

// spansOf returns the spans in all of it by the first byte of their id.
func spansOf(t *testing.T, all []ptrace.Traces) map[byte]ptrace.Span {
	byID := make(map[byte]ptrace.Span)
	for _, td := range all {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					require.NotContains(t, byID, s.SpanID()[0], "a span came twice")
					byID[s.SpanID()[0]] = s
				}
			}
		}
	}
	return byID
}

func attr(s ptrace.Span, key string) string {
	if v, ok := s.Attributes().Get(key); ok {
		return v.AsString()
	}
	return ""
}
