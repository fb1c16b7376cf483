package posthogtest_test

import (
	"errors"
	"io"
	"log"
	"sync"
	"testing"
	"time"

	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// delivery collects what posthog-go reports about its messages.
type delivery struct {
	mu       sync.Mutex
	ok       int
	failures []error
}

func (d *delivery) Success(posthog.APIMessage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ok++
}

func (d *delivery) Failure(_ posthog.APIMessage, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failures = append(d.failures, err)
}

func newClient(t *testing.T, srv *posthogtest.Server, mode posthog.CaptureMode, compression posthog.CompressionMode) (posthog.Client, *delivery) {
	t.Helper()
	d := &delivery{}
	client, err := posthog.NewWithConfig("phc_test", posthog.Config{
		Endpoint:    srv.URL,
		Transport:   srv.Client().Transport,
		CaptureMode: mode,
		Compression: compression,
		Callback:    d,
		BatchSize:   100,
		Interval:    time.Hour, // Close sends
		RetryAfter:  func(int) time.Duration { return time.Millisecond },
		Logger:      posthog.StdLogger(log.New(io.Discard, "", 0), false),
	})
	require.NoError(t, err)
	return client, d
}

// TestPostHogGo sends every kind of message with PostHog's own Go client, the
// way its users do.
func TestPostHogGo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		mode        posthog.CaptureMode
		compression posthog.CompressionMode
		path        string
		encoding    string
	}{
		{"legacy", posthog.CaptureModeLegacy, posthog.CompressionNone, "/batch/", ""},
		{"legacy gzip", posthog.CaptureModeLegacy, posthog.CompressionGzip, "/batch/", "gzip"},
		{"v1", posthog.CaptureModeAnalyticsV1, posthog.CompressionNone, "/i/v1/analytics/events", ""},
		{"v1 gzip", posthog.CaptureModeAnalyticsV1, posthog.CompressionGzip, "/i/v1/analytics/events", "gzip"},
		{"v1 deflate", posthog.CaptureModeAnalyticsV1, posthog.CompressionDeflate, "/i/v1/analytics/events", "deflate"},
		{"v1 zstd", posthog.CaptureModeAnalyticsV1, posthog.CompressionZstd, "/i/v1/analytics/events", "zstd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, posthogtest.WithAPIKey("phc_test"))
			client, d := newClient(t, srv, tt.mode, tt.compression)
			timestamp := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
			for _, msg := range []posthog.Message{
				posthog.Capture{
					Event: "$ai_generation", DistinctId: "ada", Uuid: uuid1, Timestamp: timestamp,
					Properties: posthog.NewProperties().Set("$session_id", "s").Set("$window_id", "w").
						Set("$process_person_profile", false).Set("$ai_input_tokens", int64(9007199254740993)),
					Groups: posthog.NewGroups().Set("company", "acme"),
				},
				posthog.Identify{DistinctId: "ada", Properties: posthog.NewProperties().Set("plan", "pro")},
				posthog.Alias{DistinctId: "ada", Alias: "lovelace"},
				posthog.GroupIdentify{Type: "company", Key: "acme"},
				posthog.NewDefaultException(timestamp, "ada", "oops", "it broke"),
			} {
				require.NoError(t, client.Enqueue(msg))
			}
			require.NoError(t, client.Close())
			require.Empty(t, d.failures)
			require.Equal(t, 5, d.ok)

			byName := make(map[string]posthogtest.Event)
			for _, e := range srv.Events() {
				byName[e.Name] = e
				require.Equal(t, tt.path, e.Path)
				require.Equal(t, "phc_test", e.APIKey)
				require.Equal(t, "posthog-go", e.Properties["$lib"])
				require.NotEmpty(t, e.Properties["$lib_version"])
			}
			require.Len(t, byName, 5)
			e := byName["$ai_generation"]
			require.Equal(t, uuid1, e.UUID)
			require.Equal(t, "ada", e.DistinctID)
			require.Equal(t, timestamp, e.Timestamp)
			require.Equal(t, "s", e.Properties["$session_id"])
			require.Equal(t, "w", e.Properties["$window_id"])
			require.Equal(t, false, e.Properties["$process_person_profile"])
			require.Equal(t, map[string]any{"company": "acme"}, e.Properties["$groups"])
			tokens, ok := e.Int("$ai_input_tokens")
			require.True(t, ok)
			require.Equal(t, int64(9007199254740993), tokens)
			require.Equal(t, map[string]any{"plan": "pro"}, byName["$identify"].Properties["$set"])
			require.Equal(t, "ada", byName["$create_alias"].DistinctID)
			require.Equal(t, "lovelace", byName["$create_alias"].Properties["alias"])
			require.Equal(t, "$company_acme", byName["$groupidentify"].DistinctID)
			require.Equal(t, "ada", byName["$exception"].DistinctID)

			r := srv.Requests()[0]
			require.Equal(t, tt.encoding, r.Header.Get("Content-Encoding"))
			require.Equal(t, tt.encoding != "", r.WireBytes < r.PlainBytes)
			require.Len(t, r.Events, 5)
		})
	}
}

func TestPostHogGoRetries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		mode   posthog.CaptureMode
		fault  posthogtest.Fault
		copies int
	}{
		{"legacy 503", posthog.CaptureModeLegacy, posthogtest.Status(503), 1},
		{"legacy lost answer", posthog.CaptureModeLegacy, posthogtest.DropAfterStore(), 2},
		{"v1 503", posthog.CaptureModeAnalyticsV1, posthogtest.Status(503), 1},
		{"v1 lost answer", posthog.CaptureModeAnalyticsV1, posthogtest.DropAfterStore(), 2},
		{"v1 retry", posthog.CaptureModeAnalyticsV1, posthogtest.PartialV1(func(posthogtest.Event) posthogtest.EventResult {
			return posthogtest.EventResult{Result: posthogtest.ResultRetry}
		}), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, posthogtest.WithFaults(tt.fault))
			client, d := newClient(t, srv, tt.mode, posthog.CompressionNone)
			require.NoError(t, client.Enqueue(posthog.Capture{Event: "e", DistinctId: "ada", Uuid: uuid1}))
			// Close gives up waiting retries, so a full batch has to go out first.
			for range 99 {
				require.NoError(t, client.Enqueue(posthog.Capture{Event: "e", DistinctId: "ada"}))
			}
			_, err := srv.Wait(t.Context(), 100*tt.copies)
			require.NoError(t, err)
			require.NoError(t, client.Close())
			require.Empty(t, d.failures)
			require.Equal(t, 100, d.ok)
			require.Equal(t, tt.copies, srv.Stored()[uuid1])
			require.Len(t, srv.Deduplicated(), 100)

			requests := srv.Requests()
			require.Len(t, requests, 2)
			if tt.mode == posthog.CaptureModeAnalyticsV1 {
				require.Equal(t, []int{1, 2}, []int{requests[0].Attempt, requests[1].Attempt})
				require.Equal(t, requests[0].RequestID, requests[1].RequestID)
			}
		})
	}
}

func TestPostHogGoFailures(t *testing.T) {
	t.Parallel()
	capture := posthog.Capture{Event: "e", DistinctId: "ada"}

	srv := newServer(t, posthogtest.WithAPIKey("phc_other"))
	client, d := newClient(t, srv, posthog.CaptureModeAnalyticsV1, posthog.CompressionNone)
	require.NoError(t, client.Enqueue(capture))
	require.NoError(t, client.Close())
	require.Len(t, d.failures, 1)
	requestErr, ok := errors.AsType[*posthog.CaptureRequestError](d.failures[0])
	require.True(t, ok)
	require.Equal(t, 401, requestErr.StatusCode)
	require.Equal(t, "unauthorized", requestErr.Code)

	srv = newServer(t)
	client, d = newClient(t, srv, posthog.CaptureModeAnalyticsV1, posthog.CompressionBrotli)
	require.NoError(t, client.Enqueue(capture))
	require.NoError(t, client.Close())
	require.Len(t, d.failures, 1)
	requestErr, ok = errors.AsType[*posthog.CaptureRequestError](d.failures[0])
	require.True(t, ok)
	require.Equal(t, 415, requestErr.StatusCode, "brotli is a documented limitation")

	srv = newServer(t, posthogtest.WithFaults(posthogtest.QuotaLimited()))
	client, d = newClient(t, srv, posthog.CaptureModeAnalyticsV1, posthog.CompressionNone)
	require.NoError(t, client.Enqueue(capture))
	require.NoError(t, client.Close())
	require.Len(t, d.failures, 1)
	eventErr, ok := errors.AsType[*posthog.CaptureEventError](d.failures[0])
	require.True(t, ok)
	require.Equal(t, posthogtest.ResultDrop, eventErr.Result)
}
