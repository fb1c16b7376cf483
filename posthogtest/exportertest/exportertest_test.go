package exportertest_test

import (
	"context"
	"testing"
	"time"

	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/posthogtest/exportertest"
)

// TestWithout: with every test left out none runs, and none needs an exporter.
func TestWithout(t *testing.T) {
	t.Parallel()
	ran := t.Run("no test left", func(t *testing.T) {
		exportertest.Run(t, nil, exportertest.Without("Generation", "Embedding", "Tree", "Session", "OtherSpans", "NothingToExport",
			"SameSpanSameEvent", "LargeEvent", "Unavailable", "Refused", "ContextIsOver", "Shutdown", "Concurrent"), nil)
	})
	require.True(t, ran)
}

func TestCaptureAPI(t *testing.T) {
	t.Parallel()
	for _, mode := range []exporter.CaptureMode{exporter.CaptureAuto, exporter.CaptureBatch, exporter.CaptureV1} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			exportertest.Run(t, func(tb testing.TB, srv *posthogtest.Server) sdktrace.SpanExporter {
				exp, err := exporter.New("phc_conformance", exporter.WithHost(srv.URL), exporter.WithCaptureMode(mode),
					exporter.WithRetry(exporter.RetryConfig{InitialInterval: time.Millisecond}))
				require.NoError(tb, err)
				return exp
			})
		})
	}
}

// client flushes the posthog-go client, which stores in the background.
type client struct {
	*exporter.Exporter
	posthog.Client
}

func (c client) Shutdown(ctx context.Context) error {
	if err := c.Exporter.Shutdown(ctx); err != nil {
		return err
	}
	_ = c.Close() // a second time it says that it is closed
	return nil
}

func TestPostHogGo(t *testing.T) {
	t.Parallel()
	exportertest.Run(t, func(tb testing.TB, srv *posthogtest.Server) sdktrace.SpanExporter {
		c, err := posthog.NewWithConfig("phc_conformance", posthog.Config{
			Endpoint: srv.URL, Logger: silent{}, RetryAfter: func(int) time.Duration { return time.Millisecond },
		})
		require.NoError(tb, err)
		tb.Cleanup(func() { _ = c.Close() })
		exp, err := exporter.NewWithClient(c)
		require.NoError(tb, err)
		return client{exp, c}
	}, exportertest.Without(
		"Refused",     // posthog-go reports what it loses to its Callback only
		"Unavailable", // Close ends the retries of posthog-go
	))
}

type silent struct{}

func (silent) Debugf(string, ...any) {}
func (silent) Logf(string, ...any)   {}
func (silent) Warnf(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
