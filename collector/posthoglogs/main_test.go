package posthoglogs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	"github.com/otelposthog/otelposthog-go/collector/posthoglogs"
	"github.com/otelposthog/otelposthog-go/exporter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func defaultConfig() *posthoglogs.Config {
	return posthoglogs.NewFactory().CreateDefaultConfig().(*posthoglogs.Config)
}

// both is the connector in its two pipelines.
type both struct {
	t      *testing.T
	traces connector.Traces
	logs   connector.Logs
}

func settings() connector.Settings {
	return connectortest.NewNopSettings(component.MustNewType("posthoglogs"))
}

func newConnector(t *testing.T, cfg *posthoglogs.Config, next consumer.Traces) *both {
	return newConnectorWith(t, settings(), cfg, next)
}

func newConnectorWith(t *testing.T, set connector.Settings, cfg *posthoglogs.Config, next consumer.Traces) *both {
	require.NoError(t, cfg.Validate())
	factory := posthoglogs.NewFactory()
	traces, err := factory.CreateTracesToTraces(t.Context(), set, cfg, next)
	require.NoError(t, err)
	logs, err := factory.CreateLogsToTraces(t.Context(), set, cfg, next)
	require.NoError(t, err)
	b := &both{t, traces, logs}
	require.NoError(t, traces.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, logs.Start(context.Background(), componenttest.NewNopHost()))
	return b
}

func (b *both) shutdown() {
	require.NoError(b.t, b.traces.Shutdown(context.Background()))
	require.NoError(b.t, b.logs.Shutdown(context.Background()))
}

func (b *both) span(td ptrace.Traces) {
	require.NoError(b.t, b.traces.ConsumeTraces(b.t.Context(), td))
}

func (b *both) record(ld plog.Logs) { require.NoError(b.t, b.logs.ConsumeLogs(b.t.Context(), ld)) }

// call returns the span of an LLM call without content.
func call(id byte) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "assistant")
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{id})
	s.SetName("chat gpt-4o")
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	return td
}

func spanIn(td ptrace.Traces) ptrace.Span {
	return td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
}

// record returns a log record that belongs to a span.
func record(t *testing.T, id byte, name string, body, attrs map[string]any) plog.Logs {
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetTraceID(pcommon.TraceID{1})
	r.SetSpanID(pcommon.SpanID{id})
	r.SetEventName(name)
	if body != nil {
		require.NoError(t, r.Body().SetEmptyMap().FromRaw(body))
	}
	require.NoError(t, r.Attributes().FromRaw(attrs))
	return ld
}

func question(t *testing.T, id byte) plog.Logs {
	return record(t, id, "gen_ai.user.message", map[string]any{"content": "hello?"}, nil)
}

func answer(t *testing.T, id byte) plog.Logs {
	return record(t, id, "gen_ai.choice", map[string]any{"message": map[string]any{"content": "hello!"}, "finish_reason": "stop"}, nil)
}

type event struct {
	Event      string
	Properties map[string]any
}

// events returns what PostHog would get.
func events(t *testing.T, all []ptrace.Traces) (list []event) {
	var out bytes.Buffer
	exp, err := exporter.NewWriter(&out)
	require.NoError(t, err)
	for _, td := range all {
		require.NoError(t, exp.ExportSpans(t.Context(), spans.Of(td)))
	}
	for line := range strings.Lines(out.String()) {
		var e event
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		list = append(list, e)
	}
	return list
}
