package capture_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
)

// TestWhichStatusesAreRetried writes PostHog's tables out, for every status, with
// and without a Retry-After.
func TestWhichStatusesAreRetried(t *testing.T) {
	t.Parallel()
	always := []int{408, 500, 502, 503, 504}
	for _, mode := range []capture.Mode{capture.Batch, capture.AI, capture.V1} {
		for status := 300; status < 600; status++ {
			for _, retryAfter := range []string{"", "0"} {
				requests := 0
				client := newClientFor(mode, time.Minute, func(r *http.Request) (*http.Response, error) {
					_, _ = io.Copy(io.Discard, r.Body)
					_ = r.Body.Close()
					requests++
					resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
					if retryAfter != "" {
						resp.Header.Set("Retry-After", retryAfter)
					}
					if requests == 2 {
						resp.StatusCode, resp.Body = 200, io.NopCloser(strings.NewReader(stored(mode)))
					}
					return resp, nil
				})
				report := client.Send(t.Context(), newEvents(1, 10))
				want := 0
				if slices.Contains(always, status) || status == 429 && retryAfter != "" && mode != capture.V1 {
					want = 1
				}
				require.Equal(t, want, report.Retries, "%d on %s, Retry-After %q", status, modeNames[mode], retryAfter)
			}
		}
	}
}

// TestAttemptsCarryTheSameBytes: PostHog finds duplicates by fields that must be
// equal to the last digit.
func TestAttemptsCarryTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, mode := range []capture.Mode{capture.Batch, capture.AI, capture.V1} {
		var batches, heads []string
		client := newClientFor(mode, time.Minute, func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			_ = r.Body.Close()
			head, batch, _ := strings.Cut(string(body), `"batch":`)
			heads, batches = append(heads, head+r.Header.Get("PostHog-Request-Timestamp")), append(batches, batch)
			time.Sleep(2 * time.Millisecond) // the times are in milliseconds
			status := []int{500, 503, 504, 200}[len(batches)-1]
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(stored(mode))), Request: r}, err
		})
		require.Empty(t, client.Send(t.Context(), newEvents(3, 10)).Lost)
		require.Len(t, batches, 4)
		require.Len(t, slices.Compact(slices.Clone(batches)), 1)
		require.Len(t, slices.Compact(slices.Clone(heads)), 4, "but the time of the attempt is fresh")
	}
}

func newClientFor(mode capture.Mode, maxElapsed time.Duration, roundTrip roundTripFunc) *capture.Client {
	return capture.New(capture.Config{
		Host: &url.URL{Scheme: "https", Host: "posthog.example"}, APIKey: testKey, Mode: mode, Compression: capture.None,
		HTTP: &http.Client{Transport: roundTrip}, Timeout: time.Second, SDK: "otelposthog-go/test",
		Retry: capture.Retry{Initial: 1, Max: 1, MaxElapsed: maxElapsed, Off: maxElapsed == 0},
	})
}

// stored is the body of an answer that all events are stored.
func stored(mode capture.Mode) string {
	if mode == capture.V1 {
		return `{"results":{}}`
	}
	return `{"status":1}`
}

// FuzzAnswer lets a server say anything: every event is accounted for, and the
// error is short and holds no key.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", `{"status":1}`, `{"status":1,"quota_limited":["events"]}`, `{"quota_limited":7}`, "<html>", `{"results":null}`,
		`{"results":{"00000000-0000-0000-0000-000000000001":{"result":"retry"}}}`,
		`{"results":{"00000000-0000-0000-0000-000000000002":{"result":"drop","details":"` + testKey + `"}}}`,
		`{"error":"` + testKey + `"}`, `{"detail":"\ud800 \u0000"}`, strings.Repeat("x ", 1000), "\xff" + testKey, "https://" + strings.Repeat("x", 1000),
	} {
		for _, status := range []int{200, 204, 302, 400, 401, 413, 429, 503} {
			f.Add(uint16(status), body, "1")
		}
	}
	f.Fuzz(func(t *testing.T, status uint16, body, retryAfter string) {
		for mode := range modeNames {
			client := newClientFor(mode, time.Millisecond, func(r *http.Request) (*http.Response, error) {
				_ = r.Body.Close()
				h := http.Header{"Retry-After": {retryAfter}, "Location": {body}}
				return &http.Response{StatusCode: int(status) % 1000, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
			})
			events := newEvents(5, 10)
			report := client.Send(t.Context(), events)
			require.Equal(t, len(events), report.Stored+len(report.Lost))
			require.LessOrEqual(t, report.RetryAfter, 30*time.Second)
			if errOf(report) != nil {
				require.NotContains(t, errOf(report).Error(), testKey)
				require.Less(t, len(errOf(report).Error()), 1200)
			}
		}
	})
}

// TestHTTP2 sends over one connection whose server refuses bodies before it has
// read them, so that buffers are given back while the transport still has them.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	stored := make(map[string]int)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, _ := strconv.Atoi(r.Header.Get("Content-Length")); n > 100_000 || r.ContentLength > 100_000 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		var body struct {
			Batch []struct{ UUID string }
		}
		z, err := gzip.NewReader(r.Body)
		if err == nil {
			err = json.NewDecoder(z).Decode(&body)
		}
		if err != nil || r.ProtoMajor != 2 {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, e := range body.Batch {
			stored[e.UUID]++
		}
		_, _ = io.WriteString(w, `{"status":1}`)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	host, err := url.Parse(srv.URL)
	require.NoError(t, err)
	client := capture.New(capture.Config{
		Host: host, APIKey: testKey, Mode: capture.AI, Compression: capture.Gzip, HTTP: srv.Client(), Timeout: time.Hour, SDK: "otelposthog-go/test",
		Retry: capture.Retry{Initial: time.Millisecond, Max: time.Millisecond, MaxElapsed: time.Hour},
	})

	all := newEvents(400, 0)
	for i := range all {
		all[i].Properties[5].Value = textOf(6000, i)
	}
	var wg sync.WaitGroup
	for part := range slices.Chunk(all, 100) {
		wg.Go(func() {
			report := client.Send(t.Context(), part)
			if report.Stored != len(part) {
				t.Errorf("%d of %d: %v", report.Stored, len(part), errOf(report))
			}
		})
	}
	wg.Wait()
	require.Equal(t, len(all), len(stored))
	for _, copies := range stored {
		require.Equal(t, 1, copies)
	}
}
