package capture_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
)

// swallow answers without a network, so that what is measured is ours.
var swallow = roundTripFunc(func(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	body := stored(capture.Batch)
	if strings.HasPrefix(r.URL.Path, "/i/v1/") {
		body = stored(capture.V1)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
})

func newSwallowingClient(mode capture.Mode, compression capture.Compression) *capture.Client {
	return capture.New(capture.Config{
		Host: &url.URL{Scheme: "https", Host: "posthog.example"}, APIKey: testKey, Mode: mode, Compression: compression,
		HTTP: &http.Client{Transport: swallow}, Timeout: time.Minute, SDK: "otelposthog-go/test",
	})
}

// TestSteadyState: what one Send allocates depends on the number of events and
// requests, not on their size.
func TestSteadyState(t *testing.T) { // not parallel: it measures the process
	for name, client := range map[string]*capture.Client{
		"plain": newSwallowingClient(capture.Batch, capture.None),
		"gzip":  newSwallowingClient(capture.Batch, capture.Gzip),
		"zstd":  newSwallowingClient(capture.V1, capture.Zstd),
	} {
		perSend := func(size int) uint64 {
			// A collection would empty the pools.
			defer debug.SetGCPercent(debug.SetGCPercent(-1))
			events := newEvents(50, size)
			for range 3 {
				client.Send(t.Context(), events)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			const sends = 5
			for range sends {
				require.Equal(t, len(events), client.Send(t.Context(), events).Stored)
			}
			runtime.ReadMemStats(&after)
			return (after.TotalAlloc - before.TotalAlloc) / sends
		}
		small, large := perSend(100), perSend(40_000)
		t.Logf("%s: %d bytes for small events, %d for large ones", name, small, large)
		require.Less(t, large, small+20_000, "%s: 2 MB of events should cost no more than small ones", name)
	}
}

func BenchmarkSend(b *testing.B) {
	for _, tt := range []struct {
		name        string
		mode        capture.Mode
		compression capture.Compression
	}{
		{"plain", capture.Batch, capture.None},
		{"gzip", capture.Batch, capture.Gzip},
		{"v1 zstd", capture.V1, capture.Zstd},
	} {
		for _, size := range []int{1_000, 20_000} {
			b.Run(fmt.Sprintf("%s 100x%d", tt.name, size), func(b *testing.B) {
				client := newSwallowingClient(tt.mode, tt.compression)
				events := newEvents(100, 0)
				for i := range events {
					events[i].Properties[5].Value = textOf(size, i)
				}
				report := client.Send(b.Context(), events)
				b.SetBytes(report.PlainBytes)
				b.ReportAllocs()
				for b.Loop() {
					client.Send(b.Context(), events)
				}
				b.ReportMetric(float64(report.PlainBytes)/float64(report.WireBytes), "ratio")
			})
		}
	}
}
