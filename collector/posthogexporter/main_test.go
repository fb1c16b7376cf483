package posthogexporter_test

import (
	"context"
	"encoding/pem"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// newServer starts a PostHog for one test.
func newServer(t *testing.T, opts ...posthogtest.Option) *posthogtest.Server {
	server := posthogtest.NewServer(opts...)
	t.Cleanup(server.Close)
	return server
}

// config is for the server, without a queue and without retries.
func config(server *posthogtest.Server) *posthogexporter.Config {
	cfg := defaultConfig()
	cfg.APIKey = "phc_default"
	cfg.ClientConfig.Endpoint = server.URL
	cfg.ClientConfig.Timeout = 5 * time.Minute // far beyond what a test needs
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.RetryConfig.Enabled = false
	return cfg
}

// withQueue puts a queue in memory in front.
func withQueue(cfg *posthogexporter.Config) {
	cfg.QueueConfig = defaultConfig().QueueConfig
}

// quickRetry makes the tests of retries short.
func quickRetry(cfg *posthogexporter.Config) {
	cfg.RetryConfig.Enabled = true
	cfg.RetryConfig.InitialInterval = time.Millisecond
	cfg.RetryConfig.MaxInterval = 10 * time.Millisecond
	cfg.RetryConfig.MaxElapsedTime = 5 * time.Minute
}

func settings() exporter.Settings {
	return exportertest.NewNopSettings(component.MustNewType("posthog"))
}

// newExporter starts an exporter, and stops it at the end of the test.
func newExporter(t *testing.T, cfg *posthogexporter.Config, set exporter.Settings) exporter.Traces {
	require.NoError(t, cfg.Validate())
	exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, exp.Shutdown(context.Background())) })
	return exp
}

// calls returns traces with n LLM calls and as many spans of other kinds, from
// two services.
func calls(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	for i := range n {
		if i%2 == 0 {
			rs := td.ResourceSpans().AppendEmpty()
			rs.Resource().Attributes().PutStr("service.name", "assistant")
			rs.ScopeSpans().AppendEmpty()
		}
		rs := td.ResourceSpans().At(td.ResourceSpans().Len() - 1)
		list := rs.ScopeSpans().At(0).Spans()
		newSpan(list, byte(2*i+1), "GET /")
		call := newSpan(list, byte(2*i+2), "chat gpt-4o")
		call.SetParentSpanID(pcommon.SpanID{1, byte(2*i + 1)})
		call.Attributes().PutStr("gen_ai.operation.name", "chat")
		call.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
		call.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","content":"hello"}]`)
	}
	return td
}

func newSpan(list ptrace.SpanSlice, id byte, name string) ptrace.Span {
	s := list.AppendEmpty()
	s.SetName(name)
	s.SetTraceID(pcommon.TraceID{1, id})
	s.SetSpanID(pcommon.SpanID{1, id})
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Second)))
	return s
}

func pemOf(server *posthogtest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}
