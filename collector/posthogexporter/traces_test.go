package posthogexporter_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestLifecycle(t *testing.T) {
	t.Parallel()
	factory := posthogexporter.NewFactory()
	require.Equal(t, "posthog", factory.Type().String())
	cfg := defaultConfig()
	cfg.APIKey = "phc_x"
	exp, err := factory.CreateTraces(t.Context(), settings(), cfg)
	require.NoError(t, err)
	require.False(t, exp.Capabilities().MutatesData)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()), "needs no PostHog to start")
	require.NoError(t, exp.Shutdown(t.Context()))

	unstarted, err := factory.CreateTraces(t.Context(), settings(), cfg)
	require.NoError(t, err)
	require.NoError(t, unstarted.Shutdown(t.Context()))

	_, err = factory.CreateLogs(t.Context(), settings(), cfg)
	require.Error(t, err)
}

func TestStoresAISpans(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	cfg := config(server)
	cfg.Properties = map[string]any{"environment": "test", "nested": map[string]any{"list": []any{1, "a", true}}}
	cfg.Session = []string{"app.session"}
	cfg.ClientConfig.Headers = configopaque.MapList{{Name: "X-Team", Value: "platform"}}
	exp := newExporter(t, cfg, settings())

	td := calls(3)
	td.ResourceSpans().At(0).Resource().Attributes().PutStr("app.session", "from-the-browser")
	before := ptrace.NewTraces()
	td.CopyTo(before)
	require.NoError(t, exp.ConsumeTraces(t.Context(), td))
	require.Equal(t, before, td, "the data is not changed")

	events := server.Events()
	require.Len(t, events, 3)
	require.Equal(t, "phc_default", events[0].APIKey)
	require.Equal(t, "$ai_generation", events[0].Name)
	require.Equal(t, "gpt-4o", events[0].Properties["$ai_model"])
	require.Equal(t, "test", events[0].Properties["environment"])
	require.Contains(t, events[0].Properties["nested"], "list")
	require.Equal(t, "from-the-browser", events[0].Properties["$session_id"])
	require.NotContains(t, events[2].Properties, "$session_id")
	require.Equal(t, "platform", server.Requests()[0].Header.Get("X-Team"))
}

func TestPrivacyMode(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	cfg := config(server)
	cfg.PrivacyMode = true
	require.NoError(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), calls(1)))
	require.Nil(t, server.Events()[0].Properties["$ai_input"])
}

func TestCaptureModes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mode        posthog.CaptureMode
		compression string
		path        string
		encoding    string
	}{
		{posthog.CaptureAuto, "", "/batch/", "gzip"},
		{posthog.CaptureBatch, "none", "/batch/", ""},
		{posthog.CaptureAI, "gzip", "/i/v0/ai/batch/", "gzip"},
		{posthog.CaptureV1, "", "/i/v1/ai/events", "zstd"},
		{posthog.CaptureV1, "gzip", "/i/v1/ai/events", "gzip"},
	} {
		t.Run(string(test.mode)+" "+test.compression, func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			cfg := config(server)
			cfg.Capture = test.mode
			require.NoError(t, cfg.ClientConfig.Compression.UnmarshalText([]byte(test.compression)))
			require.NoError(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), calls(1)))
			require.Len(t, server.Events(), 1)
			request := server.Requests()[0]
			require.Equal(t, test.path, request.Path)
			require.Equal(t, test.encoding, request.Header.Get("Content-Encoding"))
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault     posthogtest.Fault
		permanent bool
		throttled bool
	}{
		"wrong key":     {fault: posthogtest.Status(401), permanent: true},
		"over quota":    {fault: posthogtest.QuotaLimited(), permanent: true},
		"not available": {fault: posthogtest.Status(503)},
		"wait":          {fault: posthogtest.Status(503).RetryAfter("7"), throttled: true},
		"too many":      {fault: posthogtest.Status(429).RetryAfter("2"), throttled: true},
		"cut off":       {fault: posthogtest.ResetConnection()},
		"no endpoint":   {fault: posthogtest.Status(404), permanent: true},
		"too large":     {fault: posthogtest.Status(413), permanent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return test.fault }))
			err := newExporter(t, config(server), settings()).ConsumeTraces(t.Context(), calls(2))
			require.Error(t, err)
			require.Equal(t, test.permanent, consumererror.IsPermanent(err))
			require.NotContains(t, err.Error(), "phc_default")
			require.NotRegexp(t, "With[A-Z]", err.Error(), "it speaks of settings, not of options")
			if test.throttled {
				require.ErrorContains(t, err, "Throttle (")
			} else {
				require.NotContains(t, err.Error(), "Throttle (")
			}
			var lost *posthog.ExportError
			require.ErrorAs(t, err, &lost)
			require.Equal(t, 2, lost.Lost)
		})
	}
}

// TestPartialFailure refuses one event for good and asks for another one again.
func TestPartialFailure(t *testing.T) {
	t.Parallel()
	const bad, later = "0000000000000000", "1111111111111111"
	asked := 0
	answer := func(e posthogtest.Event) posthogtest.EventResult {
		switch e.Properties["mark"] {
		case bad:
			return posthogtest.EventResult{Result: posthogtest.ResultDrop, Details: "ai_event_too_big"}
		case later:
			if asked++; asked <= 2 {
				return posthogtest.EventResult{Result: posthogtest.ResultRetry}
			}
		}
		return posthogtest.EventResult{}
	}
	server := newServer(t, posthogtest.WithFaults(slices.Repeat([]posthogtest.Fault{posthogtest.PartialV1(answer)}, 3)...))
	cfg := config(server)
	cfg.Capture = posthog.CaptureV1
	quickRetry(cfg)
	logs, observed := observer.New(zap.WarnLevel)
	set := settings()
	set.Logger = zap.New(logs)
	exp := newExporter(t, cfg, set)

	td := calls(5)
	mark := func(call int, text string) {
		td.ResourceSpans().At(call/2).ScopeSpans().At(0).Spans().At(2*(call%2)+1).Attributes().PutStr("mark", text)
	}
	mark(1, bad)
	mark(4, later)
	require.NoError(t, exp.ConsumeTraces(t.Context(), td))

	require.Len(t, server.Events(), 4)
	for uuid, n := range server.Stored() {
		require.Equal(t, 1, n, uuid)
	}
	sent := make([]int, 0, 3)
	for _, r := range server.Requests() {
		sent = append(sent, len(r.Events))
	}
	require.Equal(t, []int{5, 1, 1}, sent, "only what was not stored is sent again")
	require.Equal(t, later, server.Requests()[2].Events[0].Properties["mark"])
	require.Equal(t, "assistant", server.Requests()[2].Events[0].Properties["service.name"])
	require.Equal(t, 1, observed.FilterMessageSnippet("Spans are lost").Len())
}

func TestQueueStoresOnShutdown(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	cfg := config(server)
	withQueue(cfg)
	quickRetry(cfg)
	server.SetFaults(posthogtest.Status(503), posthogtest.ResetConnection())
	exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), settings(), cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	for range 3 {
		require.NoError(t, exp.ConsumeTraces(t.Context(), calls(2)))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	_, err = server.Wait(ctx, 6)
	require.NoError(t, err)
	require.NoError(t, exp.Shutdown(t.Context()))
	require.Len(t, server.Stored(), 2, "the same span is the same event")
	require.Zero(t, server.FaultsLeft())
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.APIKey = "phc_x"
	cfg.ClientConfig.TLS.CAFile = "testdata/missing.pem"
	exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), settings(), cfg)
	require.NoError(t, err)
	require.Error(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exp.Shutdown(t.Context()))
}
