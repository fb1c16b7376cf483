package capture_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// poison makes an event that PostHog's AI endpoint refuses with the whole request.
func poison(e event.Event) event.Event {
	e.Name = "$ai_poison"
	return e
}

// refusePoison answers 400 on the v1 path, too, where PostHog would drop the
// event alone.
func refusePoison(c *capture.Config) {
	next := c.HTTP.Transport
	c.Compression = capture.None
	c.HTTP = &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		copied, _ := r.GetBody()
		body, err := io.ReadAll(copied)
		_ = copied.Close()
		if err == nil && r.URL.Path == "/i/v1/ai/events" && bytes.Contains(body, []byte(`"$ai_poison"`)) {
			_ = r.Body.Close()
			return &http.Response{StatusCode: 400, Body: io.NopCloser(strings.NewReader(`{"error_description":"no AI event"}`)), Request: r}, nil
		}
		return next.RoundTrip(r)
	})}
}

func TestPoison(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		n    int
		bad  []int
	}{
		{"the first", 100, []int{0}},
		{"the last", 100, []int{99}},
		{"several", 200, []int{0, 1, 63, 64, 120, 199}},
		{"alone", 1, []int{0}},
		{"a run at the start", 300, seq(0, 40)},
		{"all of a few", 10, seq(0, 10)},
		{"every fifth", 400, every(5, 400)},
		{"every second", 500, every(2, 500)},
	} {
		for _, mode := range []capture.Mode{capture.AI, capture.V1} {
			t.Run(tt.name+" "+modeNames[mode], func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				client := newClient(t, srv, func(c *capture.Config) { c.Mode = mode; refusePoison(c) })
				events := newEvents(tt.n, 10)
				for _, i := range tt.bad {
					events[i] = poison(events[i])
				}

				report := client.Send(t.Context(), events)

				requireBalanced(t, srv, events, report)
				var lost []int
				for _, loss := range report.Lost {
					require.Equal(t, outcome.Rejected, loss.Reason)
					require.False(t, loss.Retryable)
					lost = append(lost, loss.Event)
				}
				slices.Sort(lost)
				require.Equal(t, tt.bad, lost)
				require.ErrorContains(t, errOf(report), "no AI event")
				require.Equal(t, 400, statusOf(report))
				require.Zero(t, report.Retries, "the search is no retry")
			})
		}
	}
}

func seq(from, to int) (list []int) {
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

func every(step, to int) (list []int) {
	for i := 0; i < to; i += step {
		list = append(list, i)
	}
	return list
}

// TestRequestTooLarge: a proxy in front of PostHog takes small bodies only.
func TestRequestTooLarge(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaultFunc(tooLarge(100_000)))
	client := newClient(t, srv, func(c *capture.Config) { c.Compression = capture.None })
	events := newEvents(200, 5_000)

	report := client.Send(t.Context(), events)

	requireBalanced(t, srv, events, report)
	require.Equal(t, len(events), report.Stored)
	require.Zero(t, report.Shrunk)
}

func tooLarge(limit int) func(posthogtest.Request) posthogtest.Fault {
	return func(r posthogtest.Request) posthogtest.Fault {
		if n, _ := parseInt(r.Header.Get("Content-Length")); n > limit {
			return posthogtest.Status(413)
		}
		return posthogtest.Fault{}
	}
}

func parseInt(s string) (n int, ok bool) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n, s != ""
}

// TestEventTooLarge: an event that is refused although it is below the limit
// that we know is shrunk once more.
func TestEventTooLarge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit  int
		stored int
	}{{300_000, 11}, {50_000, 10}} {
		srv := newServer(t, posthogtest.WithFaultFunc(tooLarge(tt.limit)))
		client := newClient(t, srv, func(c *capture.Config) { c.Compression = capture.None })
		events := append(newEvents(10, 100), newEvent(10, 800_000))

		report := client.Send(t.Context(), events)

		requireBalanced(t, srv, events, report)
		require.Equal(t, tt.stored, report.Stored)
		require.Equal(t, 1, report.Shrunk)
		if tt.stored == 11 {
			stored := srv.Events()
			require.Equal(t, true, stored[10].Properties[semconv.PropertyTruncated])
			continue
		}
		require.Equal(t, []outcome.Loss{{Event: 10, Reason: outcome.TooLarge}}, report.Lost)
		require.ErrorContains(t, errOf(report), "WithMaxEventBytes")
	}
}

// TestSmallEventTooLarge: nothing of a small event can go, so it is not sent
// once more.
func TestSmallEventTooLarge(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(413)))
	report := newClient(t, srv, nil).Send(t.Context(), newEvents(1, 100))
	require.Len(t, srv.Requests(), 1)
	require.Equal(t, []outcome.Loss{{Event: 0, Reason: outcome.TooLarge}}, report.Lost)
	require.Zero(t, report.Shrunk)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode  capture.Mode
		lower int
		limit int
	}{
		{capture.Batch, 0, 900_000},
		{capture.Batch, 5_000_000, 900_000},
		{capture.AI, 0, 7_500_000},
		{capture.V1, 100_000, 100_000},
	} {
		srv := newServer(t)
		client := newClient(t, srv, func(c *capture.Config) { c.Mode, c.MaxEventBytes = tt.mode, tt.lower })
		events := []event.Event{newEvent(0, tt.limit+tt.limit/10), newEvent(1, tt.limit-1000), newEvent(2, 10)}

		report := client.Send(t.Context(), events)

		requireBalanced(t, srv, events, report)
		require.Equal(t, 3, report.Stored, "shrunk, not dropped")
		require.Equal(t, 1, report.Shrunk)
		for _, e := range srv.Events() {
			require.LessOrEqual(t, len(e.String()), tt.limit+100) // the server adds $lib on v1
			require.Equal(t, e.UUID == events[0].UUID.String(), e.Properties[semconv.PropertyTruncated] == true)
		}
	}
}

// TestCut: requests are cut by bytes and by count.
func TestCut(t *testing.T) {
	t.Parallel()
	empty := newEvent(1, 0)
	for _, tt := range []struct {
		name     string
		events   []event.Event
		requests int
	}{
		{"bytes", newEvents(30, 500_000), 4},
		{"bytes to the brim", newEvents(10, 4<<20/8-len(empty.Append(nil)))[1:], 2},
		{"count", newEvents(1200, 10), 3},
		{"just one", newEvents(500, 10), 1},
		{"large among small", append(newEvents(3, 10), newEvent(3, 7_000_000), newEvent(4, 10)), 2},
		{"none", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			client := newClient(t, srv, func(c *capture.Config) { c.Mode = capture.AI })

			report := client.Send(t.Context(), tt.events)

			requireBalanced(t, srv, tt.events, report)
			require.Equal(t, len(tt.events), report.Stored)
			require.Equal(t, tt.requests, len(srv.Requests()))
			var order []string
			for _, r := range srv.Requests() {
				require.Less(t, r.PlainBytes, 12<<20)
				for _, e := range r.Events {
					order = append(order, e.UUID)
				}
			}
			for i := range tt.events {
				require.Equal(t, tt.events[i].UUID.String(), order[i])
			}
		})
	}
}

// TestStopLosesTheRest: after a 401 no further request makes sense.
func TestStopLosesTheRest(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Fault{}, posthogtest.Status(401)))
	events := newEvents(1700, 10)
	report := newClient(t, srv, nil).Send(t.Context(), events)
	requireBalanced(t, srv, events, report)
	require.Equal(t, 500, report.Stored)
	require.Equal(t, 1200, len(report.Lost))
	require.Equal(t, 2, len(srv.Requests()))
}

// TestConcurrentSafe uses one client from many goroutines, whose buffers must
// not mix, while requests are repeated and cut off.
func TestConcurrentSafe(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	srv := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault {
		switch n.Add(1) % 5 {
		case 0:
			return posthogtest.ResetConnection()
		case 1:
			return posthogtest.Status(503)
		}
		return posthogtest.Fault{}
	}))
	client := newClient(t, srv, nil)
	const senders, each = 8, 50
	done := make(chan outcome.Report, senders)
	all := newEvents(senders*each, 3000)
	for i := range senders {
		go func() { done <- client.Send(t.Context(), all[i*each:(i+1)*each]) }()
	}
	for range senders {
		report := <-done
		require.Empty(t, report.Lost)
		require.Equal(t, each, report.Stored)
	}
	for _, copies := range srv.Stored() {
		require.Equal(t, 1, copies)
	}
	require.Equal(t, len(all), len(srv.Events()))
}

// TestSecretsStayInside: a server may repeat what it was sent.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		return posthogtest.Status(403).Body("no: "+testKey+" "+r.Header.Get("Authorization")+" hunter2/x joe-user").
			Header("Location", "https://"+testKey+".example/")
	}))
	for _, mode := range []capture.Mode{capture.Batch, capture.V1} {
		client := newClient(t, srv, func(c *capture.Config) {
			c.Mode = mode
			if mode != capture.V1 {
				c.User = url.UserPassword("joe-user", "hunter2/x")
			}
		})
		report := client.Send(t.Context(), newEvents(1, 10))
		for _, secret := range []string{testKey, "hunter2", "joe-user", "am9lLXVzZXI"} {
			if mode == capture.V1 && secret != testKey {
				continue // not a secret here
			}
			require.NotContains(t, errOf(report).Error(), secret)
		}
		require.Contains(t, errOf(report).Error(), "[redacted]")
	}
}

// TestSecretsOfTheTransport: a transport may tell the address of its proxy, and
// more, in its errors.
func TestSecretsOfTheTransport(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`invalid proxy address "http://joe:hunter2@pro xy"`, "via http://joe:hunter2@proxy:3128, key " + testKey, "socks5://joe:hunter2@[::1]:1080: refused",
	} {
		client := newClientFor(capture.Batch, 0, func(r *http.Request) (*http.Response, error) {
			_ = r.Body.Close()
			return nil, errors.New(text)
		})
		err := errOf(client.Send(t.Context(), newEvents(1, 10)))
		require.ErrorContains(t, err, "[redacted]@")
		for ; err != nil; err = errors.Unwrap(err) {
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), testKey)
		}
	}
}

// TestHalfASecret: a text is cut after its secrets are gone, not through them.
func TestHalfASecret(t *testing.T) {
	t.Parallel()
	for n := 150; n < 220; n++ {
		client := newClientFor(capture.Batch, 0, func(r *http.Request) (*http.Response, error) {
			_ = r.Body.Close()
			return &http.Response{StatusCode: 403, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", n) + testKey)), Request: r}, nil
		})
		require.NotContains(t, errOf(client.Send(t.Context(), newEvents(1, 10))).Error(), testKey[:len("phc_t")])
	}
}

func TestBasicAuthentication(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	newClient(t, srv, func(c *capture.Config) { c.User = url.UserPassword("joe", "pass word") }).Send(t.Context(), newEvents(1, 10))
	r := http.Request{Header: srv.Requests()[0].Header}
	user, password, ok := r.BasicAuth()
	require.True(t, ok)
	require.Equal(t, "joe", user)
	require.Equal(t, "pass word", password)
}

// TestBodyCanBeReadAgain: net/http sends a body again when a connection that it
// reused turns out to be closed.
func TestBodyCanBeReadAgain(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	var bodies []string
	read := func(r io.ReadCloser) string {
		z, err := gzip.NewReader(r)
		require.NoError(t, err)
		raw, err := io.ReadAll(z)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		_, err = r.Read(make([]byte, 1))
		require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
		require.NoError(t, r.Close(), "twice")
		return string(raw)
	}
	client := newClient(t, srv, func(c *capture.Config) {
		c.HTTP = &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
			bodies = append(bodies, read(r.Body))
			again, err := r.GetBody()
			require.NoError(t, err)
			bodies = append(bodies, read(again))
			return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader([]byte(`{"status":1}`))), Request: r}, nil
		})}
	})
	require.Equal(t, 1, client.Send(t.Context(), newEvents(1, 10)).Stored)
	require.Equal(t, 2, len(bodies))
	require.Equal(t, bodies[0], bodies[1])
	require.True(t, strings.HasPrefix(bodies[0], `{"api_key":"`+testKey+`","sent_at":"`))
}
