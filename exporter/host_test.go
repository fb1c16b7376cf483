package exporter_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter"
)

// TestWhereRequestsGo looks at the address that each host and mode lead to.
func TestWhereRequestsGo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		host string // "" for the default
		mode exporter.CaptureMode
		want string
	}{
		{"", exporter.CaptureAuto, "https://us.i.posthog.com/i/v0/ai/batch/"},
		{"https://eu.i.posthog.com", exporter.CaptureAuto, "https://eu.i.posthog.com/i/v0/ai/batch/"},
		{"https://EU.i.posthog.com/", exporter.CaptureAuto, "https://EU.i.posthog.com/i/v0/ai/batch/"},
		{"https://us.posthog.com/project/12", exporter.CaptureAuto, "https://us.i.posthog.com/i/v0/ai/batch/"},
		{"https://eu.posthog.com", exporter.CaptureV1, "https://eu.i.posthog.com/i/v1/ai/events"},
		{"https://APP.posthog.com:443/", exporter.CaptureAuto, "https://us.i.posthog.com/i/v0/ai/batch/"},
		{"https://us.i.posthog.com.example.com", exporter.CaptureAuto, "https://us.i.posthog.com.example.com/batch/"},
		{"https://posthog.example.com", exporter.CaptureAuto, "https://posthog.example.com/batch/"},
		{"https://example.com/ingest", exporter.CaptureAuto, "https://example.com/ingest/batch/"},
		{"https://example.com/in%2Fgest/", exporter.CaptureAI, "https://example.com/in%2Fgest/i/v0/ai/batch/"},
		{"https://example.com:8443", exporter.CaptureV1, "https://example.com:8443/i/v1/ai/events"},
		{"https://joe:hunter2@example.com", exporter.CaptureBatch, "https://example.com/batch/"},
		{"http://127.0.0.1:8000", exporter.CaptureAuto, "http://127.0.0.1:8000/batch/"},
	} {
		var got []string
		client := &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
			got = append(got, r.URL.String())
			_ = r.Body.Close()
			return nil, errors.New("no network here")
		})}
		opts := []exporter.Option{exporter.WithCaptureMode(tt.mode), exporter.WithHTTPClient(client), exporter.WithoutRetry()}
		if tt.host != "" {
			opts = append(opts, exporter.WithHost(tt.host))
		}
		exp, err := exporter.New(testKey, opts...)
		require.NoError(t, err)
		require.ErrorContains(t, exp.ExportSpans(t.Context(), newSpans(1)), "no network here")
		require.Equal(t, []string{tt.want}, got)
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
