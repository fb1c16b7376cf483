package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// TestSearch has PostHog refuse a share of 5,000 events. Every other event is
// stored, whatever the pattern, and the number of requests depends on how many
// are bad: it is what the table in docs/delivery.md shows.
func TestSearch(t *testing.T) {
	t.Parallel()
	const n = 5000
	patterns := map[string]func(bad int) []bool{
		"at random": func(bad int) []bool {
			marks := make([]bool, n)
			for _, i := range rand.New(rand.NewPCG(1, uint64(bad))).Perm(n)[:bad] {
				marks[i] = true
			}
			return marks
		},
		"evenly": func(bad int) []bool {
			marks := make([]bool, n)
			for i := range n {
				marks[i] = i*bad%n < bad
			}
			return marks
		},
		"the first": func(bad int) []bool {
			marks := make([]bool, n)
			for i := range bad {
				marks[i] = true
			}
			return marks
		},
		"the last": func(bad int) []bool {
			marks := make([]bool, n)
			for i := range bad {
				marks[n-1-i] = true
			}
			return marks
		},
	}
	for _, tt := range []struct{ bad, atMost int }{{0, 10}, {1, 40}, {5, 100}, {50, 600}, {64, 700}, {250, 2200}, {500, 3500}, {1250, 5800}, {2500, 8200}} {
		for name, pattern := range patterns {
			t.Run(fmt.Sprintf("%d %s", tt.bad, name), func(t *testing.T) {
				t.Parallel()
				bad := pattern(tt.bad)
				events := newEvents(n, 10)
				for i := range events {
					if bad[i] {
						events[i] = poison(events[i])
					}
				}
				requests, stored := 0, 0
				client := newClientFor(capture.Batch, time.Hour, func(r *http.Request) (*http.Response, error) {
					requests++
					body, err := io.ReadAll(r.Body)
					_ = r.Body.Close()
					resp := &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"status":1}`)), Request: r}
					if bytes.Contains(body, []byte(`"$ai_poison"`)) {
						resp.StatusCode, resp.Body = 400, http.NoBody
					} else {
						stored += bytes.Count(body, []byte(`"uuid":`))
					}
					return resp, err
				})

				report := client.Send(t.Context(), events)

				t.Logf("%d requests", requests)
				require.Equal(t, n-tt.bad, stored)
				require.Equal(t, n-tt.bad, report.Stored)
				require.Len(t, report.Lost, tt.bad)
				for _, loss := range report.Lost {
					require.True(t, bad[loss.Event])
					require.Equal(t, outcome.Rejected, loss.Reason)
				}
				require.LessOrEqual(t, requests, tt.atMost)
			})
		}
	}
}

// TestRefusalOfEverything: the fault is then in the request, so the search ends,
// and what was not sent alone may be sent again.
func TestRefusalOfEverything(t *testing.T) {
	t.Parallel()
	for _, n := range []int{33, 1200, 5000} {
		requests := 0
		client := newClientFor(capture.Batch, time.Hour, func(r *http.Request) (*http.Response, error) {
			requests++
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
			return &http.Response{StatusCode: 400, Body: io.NopCloser(strings.NewReader("no such field")), Request: r}, nil
		})
		report := client.Send(t.Context(), newEvents(n, 10))
		require.Len(t, report.Lost, n)
		alone := 0
		for _, loss := range report.Lost {
			if loss.Reason == outcome.Rejected {
				require.False(t, loss.Retryable)
				alone++
				continue
			}
			require.Equal(t, outcome.Loss{Event: loss.Event, Reason: outcome.NotTried, Retryable: true}, loss)
		}
		require.GreaterOrEqual(t, alone, 32)
		require.Less(t, requests, 100, "%d events", n)
		require.ErrorContains(t, errOf(report), "400 Bad Request (no such field)")
	}
}

// TestSizesOfRequests: a proxy that takes small bodies only is not asked again
// and again for large ones.
func TestSizesOfRequests(t *testing.T) {
	t.Parallel()
	requests, stored := 0, 0
	client := newClientFor(capture.Batch, time.Hour, func(r *http.Request) (*http.Response, error) {
		requests++
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if len(body) > 100_000 {
			return &http.Response{StatusCode: 413, Body: http.NoBody, Request: r}, err
		}
		stored += bytes.Count(body, []byte(`"uuid":`))
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"status":1}`)), Request: r}, err
	})
	report := client.Send(t.Context(), newEvents(1000, 5_000))
	require.Equal(t, 1000, report.Stored)
	require.Equal(t, 1000, stored)
	require.Less(t, requests, 1000*5_500/65_000+10)
}
