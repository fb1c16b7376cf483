package capture_test

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestFaults plays a script of faults against each endpoint. In every row the
// ledger must balance: each event is stored once, or lost with a reason.
func TestFaults(t *testing.T) {
	t.Parallel()
	const events = 40
	soon := posthogtest.Status(503).RetryAfter("0")
	for _, tt := range []struct {
		name   string
		modes  []capture.Mode // nil: all
		faults []posthogtest.Fault
		change func(*capture.Config)

		requests  int
		lost      outcome.Reason // "" when all are stored
		retryable bool
		status    int
		says      string // part of the error
		// twice says that the server stores the events twice, which no client can
		// help: it never heard of the first time.
		twice bool
		// unknown says that the events are stored although the client counts them
		// as lost.
		unknown bool
	}{
		{name: "none", requests: 1},
		{name: "408", faults: statuses(408), requests: 2},
		{name: "500", faults: statuses(500), requests: 2},
		{name: "502 503 504", faults: statuses(502, 503, 504), requests: 4},
		{name: "Retry-After in seconds", faults: []posthogtest.Fault{soon}, requests: 2},
		{name: "Retry-After as a past date", faults: []posthogtest.Fault{posthogtest.Status(503).RetryAfterDate(time.Now().Add(-time.Hour))}, requests: 2},
		{name: "Retry-After that is nonsense", faults: []posthogtest.Fault{posthogtest.Status(503).RetryAfter("soon")}, requests: 2},
		{name: "429 with Retry-After", modes: v0, faults: []posthogtest.Fault{posthogtest.Status(429).RetryAfter("0")}, requests: 2},
		{name: "429 without", modes: v0, faults: statuses(429), requests: 1, lost: outcome.RateLimited, status: 429},
		{name: "429 is final in v1", modes: v1, faults: []posthogtest.Fault{posthogtest.Status(429).RetryAfter("0")}, requests: 1, lost: outcome.RateLimited, status: 429},
		{name: "401", faults: statuses(401), requests: 1, lost: outcome.Unauthorized, status: 401, says: "project API key"},
		{name: "402", faults: statuses(402), requests: 1, lost: outcome.OverQuota, status: 402, says: "billing"},
		{name: "403", faults: statuses(403), requests: 1, lost: outcome.Unauthorized, status: 403, says: "project API key"},
		{name: "404", faults: statuses(404), requests: 1, lost: outcome.NotFound, status: 404, says: "WithHost"},
		{name: "415", faults: statuses(415), requests: 1, lost: outcome.Refused, status: 415},
		{name: "501", faults: statuses(501), requests: 1, lost: outcome.Refused, status: 501},
		{name: "redirect", faults: []posthogtest.Fault{posthogtest.Status(301).Header("Location", "https://user:secret@elsewhere.example/batch/?key=secret")}, requests: 1, lost: outcome.Redirected, status: 301, says: "perhaps https://elsewhere.example"},
		{name: "web page", modes: v0, faults: threeTimes(posthogtest.Status(200).Body("<!doctype html><title>Welcome</title>")), requests: 3, lost: outcome.NotPostHog, retryable: true, status: 200, says: "WithHost"},
		{name: "web page in v1", modes: v1, faults: []posthogtest.Fault{posthogtest.Status(200).Body("<!doctype html><title>Welcome</title>")}, requests: 1, lost: outcome.NotPostHog, status: 200, says: "WithHost"},
		{name: "huge web page", modes: v0, faults: []posthogtest.Fault{posthogtest.Status(200).Body("<!doctype html>" + strings.Repeat("<br>", 1<<19))}, requests: 2},
		{name: "huge web page in v1", modes: v1, faults: []posthogtest.Fault{posthogtest.Status(200).Body("<!doctype html>" + strings.Repeat("<br>", 1<<19))}, requests: 1, lost: outcome.NotPostHog, status: 200, says: "WithHost"},
		{name: "a proxy's own OK", modes: v0, faults: threeTimes(posthogtest.Status(200)), requests: 3, lost: outcome.NotPostHog, retryable: true, status: 200},
		{name: "no retries wanted", faults: statuses(503), change: func(c *capture.Config) { c.Retry.Off = true }, requests: 1, lost: outcome.Unavailable, retryable: true, status: 503},
		{name: "retries used up", faults: []posthogtest.Fault{posthogtest.Status(503), posthogtest.Status(503).RetryAfter("30")}, change: soonOver, requests: 2, lost: outcome.Unavailable, retryable: true, status: 503},
		{name: "asked to wait too long", faults: []posthogtest.Fault{posthogtest.Status(503).RetryAfter("86400")}, change: soonOver, requests: 1, lost: outcome.Unavailable, retryable: true, status: 503},
		{name: "asked to wait for ever", faults: []posthogtest.Fault{posthogtest.Status(503).RetryAfter("99999999999999999999")}, change: soonOver, requests: 1, lost: outcome.Unavailable, retryable: true, status: 503},
		{name: "429 for ever", modes: v0, faults: []posthogtest.Fault{posthogtest.Status(429).RetryAfter("4294967296")}, change: soonOver, requests: 1, lost: outcome.RateLimited, retryable: true, status: 429},
		{name: "reset in the request", faults: []posthogtest.Fault{posthogtest.ResetConnection()}, requests: 2},
		{name: "reset after storing", faults: []posthogtest.Fault{posthogtest.DropAfterStore()}, requests: 2, twice: true},
		{name: "slow headers", faults: []posthogtest.Fault{posthogtest.SlowHeaders(time.Minute)}, change: timeout, requests: 2, twice: true},
		{name: "slow body", modes: v0, faults: []posthogtest.Fault{posthogtest.SlowBody(time.Minute)}, change: timeout, requests: 2, twice: true},
		{name: "slow body of results", modes: v1, faults: []posthogtest.Fault{posthogtest.SlowBody(time.Minute)}, change: timeout, requests: 1, lost: outcome.Unreadable, status: 200, unknown: true},
		{name: "slow body that comes", faults: []posthogtest.Fault{posthogtest.SlowBody(10 * time.Millisecond)}, requests: 1},
		{name: "truncated answer", modes: v0, faults: []posthogtest.Fault{posthogtest.TruncateResponse()}, requests: 2, twice: true},
		{name: "truncated results", modes: v1, faults: []posthogtest.Fault{posthogtest.TruncateResponse()}, requests: 1, lost: outcome.Unreadable, status: 200, unknown: true},
		{name: "huge answer", modes: v0, faults: []posthogtest.Fault{posthogtest.HugeResponse(8 << 20)}, requests: 2, twice: true},
		{name: "huge results", modes: v1, faults: []posthogtest.Fault{posthogtest.HugeResponse(8 << 20)}, requests: 1, lost: outcome.Unreadable, status: 200, unknown: true},
		{name: "huge error", faults: []posthogtest.Fault{posthogtest.Status(403).Body(strings.Repeat("no ", 1<<20))}, requests: 1, lost: outcome.Unauthorized, status: 403, says: "no no no"},
		{name: "over quota", modes: v0, faults: []posthogtest.Fault{posthogtest.QuotaLimited()}, requests: 1, lost: outcome.OverQuota, status: 200, says: "quota"},
		{name: "over quota in another form", modes: v0, faults: []posthogtest.Fault{posthogtest.Status(200).Body(`{"status":1,"quota_limited":true}`)}, requests: 1, lost: outcome.OverQuota, status: 200, says: "quota"},
		{name: "not over quota", modes: v0, faults: []posthogtest.Fault{posthogtest.Fault{}.Body(`{"status":1,"quota_limited":[ ]}`)}, requests: 1},
		{name: "over quota in v1", modes: v1, faults: []posthogtest.Fault{posthogtest.QuotaLimited()}, requests: 1, lost: "llm_events_over_quota", status: 200, says: "llm_events_over_quota"},
		{name: "all sorts", faults: []posthogtest.Fault{posthogtest.Status(503), posthogtest.ResetConnection(), soon, posthogtest.Status(408)}, requests: 5},
	} {
		modes := tt.modes
		if modes == nil {
			modes = []capture.Mode{capture.Batch, capture.AI, capture.V1}
		}
		for _, mode := range modes {
			t.Run(tt.name+" "+modeNames[mode], func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, posthogtest.WithFaults(tt.faults...))
				client := newClient(t, srv, func(c *capture.Config) {
					c.Mode = mode
					if tt.change != nil {
						tt.change(c)
					}
				})
				list := newEvents(events, 100)

				report := client.Send(t.Context(), list)

				require.Equal(t, tt.requests, len(srv.Requests()), "requests")
				require.Equal(t, tt.requests-1, report.Retries)
				requireStable(t, srv)
				if tt.lost == "" {
					require.Empty(t, report.Lost)
					require.Equal(t, events, report.Stored)
				} else {
					require.Zero(t, report.Stored)
					require.Equal(t, events, len(report.Lost))
					for i, loss := range report.Lost {
						require.Equal(t, outcome.Loss{Event: i, Reason: tt.lost, Retryable: tt.retryable}, loss)
					}
					require.ErrorContains(t, errOf(report), tt.says)
					require.Less(t, len(errOf(report).Error()), 600, "whole bodies do not belong in an error")
					require.NotContains(t, errOf(report).Error(), "secret")
				}
				require.Equal(t, cmp.Or(tt.status, 200), statusOf(report))
				switch {
				case tt.unknown:
					require.Equal(t, events, len(srv.Stored()))
				case tt.twice:
					require.Equal(t, events, len(srv.Deduplicated()), "PostHog can tell that it is the same")
				default:
					requireBalanced(t, srv, list, report)
				}
			})
		}
	}
}

var (
	v0        = []capture.Mode{capture.Batch, capture.AI}
	v1        = []capture.Mode{capture.V1}
	modeNames = map[capture.Mode]string{capture.Auto: "auto", capture.Batch: "batch", capture.AI: "ai", capture.V1: "v1"}
)

func threeTimes(f posthogtest.Fault) []posthogtest.Fault {
	return slices.Repeat([]posthogtest.Fault{f}, 3)
}

func statuses(codes ...int) []posthogtest.Fault {
	var faults []posthogtest.Fault
	for _, code := range codes {
		faults = append(faults, posthogtest.Status(code))
	}
	return faults
}

// soonOver leaves no time for a wait of 30 s.
func soonOver(c *capture.Config) { c.Retry.MaxElapsed = 25 * time.Second }

func timeout(c *capture.Config) { c.Timeout = 2 * time.Second }

// requireStable checks that what identifies an event is the same in every
// attempt, and that what belongs to the attempt is fresh.
func requireStable(t *testing.T, srv *posthogtest.Server) {
	t.Helper()
	first := make(map[string]posthogtest.Event)
	var last time.Time
	ids := make(map[string]bool)
	for i, req := range srv.Requests() {
		if req.Attempt > 0 {
			require.Equal(t, i+1, req.Attempt)
			ids[req.RequestID] = true
			require.Len(t, ids, 1, "the request id stays")
		}
		if !req.SentAt.IsZero() {
			require.False(t, req.SentAt.Before(last), "sent_at is that of the attempt")
			last = req.SentAt
		}
		for _, e := range req.Events {
			known, ok := first[e.UUID]
			if !ok {
				first[e.UUID] = e
				continue
			}
			require.Equal(t, known.Timestamp, e.Timestamp)
			require.Equal(t, known.Name, e.Name)
			require.Equal(t, known.DistinctID, e.DistinctID)
			require.Equal(t, known.Properties, e.Properties)
		}
	}
}

func TestPartialResults(t *testing.T) {
	t.Parallel()
	again := make(map[string]int)
	srv := newServer(t, posthogtest.WithFaults(slices.Repeat([]posthogtest.Fault{posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
		n, _ := e.Int(semconv.PropertyInputTokens)
		again[e.UUID]++
		switch {
		case n%4 == 1:
			return posthogtest.EventResult{Result: posthogtest.ResultDrop, Details: "ai_event_too_big"}
		case n%4 == 2 && again[e.UUID] < 3:
			return posthogtest.EventResult{Result: posthogtest.ResultRetry}
		case n%4 == 3:
			return posthogtest.EventResult{Result: posthogtest.ResultWarning, Details: "odd"}
		}
		return posthogtest.EventResult{}
	})}, 3)...))
	client := newClient(t, srv, func(c *capture.Config) { c.Mode, c.Compression = capture.V1, capture.Zstd })
	events := newEvents(40, 10)

	report := client.Send(t.Context(), events)

	requireBalanced(t, srv, events, report)
	require.Equal(t, 30, report.Stored)
	require.Len(t, report.Lost, 10)
	for _, loss := range report.Lost {
		require.Equal(t, outcome.Reason("ai_event_too_big"), loss.Reason)
		require.False(t, loss.Retryable)
	}
	requests := srv.Requests()
	require.Equal(t, 3, len(requests))
	require.Equal(t, 10, len(requests[1].Events), "only what is to be retried is sent again")
	requireStable(t, srv)
}

// TestResultsThatStayRetry: what still is to be retried at the end is lost, but
// could be exported again.
func TestResultsThatStayRetry(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
		if n, _ := e.Int(semconv.PropertyInputTokens); n < 5 {
			return posthogtest.EventResult{Result: posthogtest.ResultRetry}
		}
		return posthogtest.EventResult{}
	}).RetryAfter("20")))
	client := newClient(t, srv, func(c *capture.Config) { c.Mode, c.Retry.MaxElapsed = capture.V1, 10*time.Second })
	events := newEvents(20, 10)

	report := client.Send(t.Context(), events)

	requireBalanced(t, srv, events, report)
	require.Equal(t, 15, report.Stored)
	require.Len(t, report.Lost, 5)
	require.True(t, report.Lost[0].Retryable)
	require.Equal(t, 20*time.Second, report.RetryAfter)
}

// TestOneThatStaysRetryDoesNotCostTheOthers: PostHog works, so the next batch is
// sent all the same.
func TestOneThatStaysRetryDoesNotCostTheOthers(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault {
		return posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
			if n, _ := e.Int(semconv.PropertyInputTokens); n == 7 {
				return posthogtest.EventResult{Result: posthogtest.ResultRetry}
			}
			return posthogtest.EventResult{}
		})
	}))
	client := newClient(t, srv, func(c *capture.Config) { c.Mode, c.Retry.Off = capture.V1, true })
	events := newEvents(1200, 10)
	report := client.Send(t.Context(), events)
	requireBalanced(t, srv, events, report)
	require.Equal(t, []outcome.Loss{{Event: 7, Reason: outcome.Unavailable, Retryable: true}}, report.Lost)
}

// TestResultThatIsUnknown: what PostHog does not say it stored is not counted as
// stored, and not sent again, for it may be.
func TestResultThatIsUnknown(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
		if n, _ := e.Int(semconv.PropertyInputTokens); n == 7 {
			return posthogtest.EventResult{Result: "limited"}
		}
		return posthogtest.EventResult{}
	})))
	events := newEvents(20, 10)
	report := newClient(t, srv, func(c *capture.Config) { c.Mode = capture.V1 }).Send(t.Context(), events)
	requireBalanced(t, srv, events, report)
	require.Equal(t, []outcome.Loss{{Event: 7, Reason: outcome.Unreadable}}, report.Lost)
}

// TestReasonOfADropIsAName: a detail becomes the value of a metric attribute, so
// it must not be just any text.
func TestReasonOfADropIsAName(t *testing.T) {
	t.Parallel()
	for _, details := range []string{"", "The user said: hello", strings.Repeat("a", 65), "UPPER"} {
		srv := newServer(t, posthogtest.WithFaults(posthogtest.PartialV1(func(posthogtest.Event) posthogtest.EventResult {
			return posthogtest.EventResult{Result: posthogtest.ResultDrop, Details: details}
		})))
		report := newClient(t, srv, func(c *capture.Config) { c.Mode = capture.V1 }).Send(t.Context(), newEvents(1, 10))
		require.Equal(t, outcome.Dropped, report.Lost[0].Reason)
	}
}

// TestReasonsOfDropsAreFew: a server that gives every event a reason of its own
// does not fill the metrics.
func TestReasonsOfDropsAreFew(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
		return posthogtest.EventResult{Result: posthogtest.ResultDrop, Details: "detail_" + strings.ReplaceAll(e.UUID, "-", "_")}
	})))
	report := newClient(t, srv, func(c *capture.Config) { c.Mode = capture.V1 }).Send(t.Context(), newEvents(200, 10))
	require.Len(t, report.Lost, 200)
	reasons := make(map[outcome.Reason]int)
	for _, loss := range report.Lost {
		reasons[loss.Reason]++
	}
	require.Len(t, reasons, 51)
	require.Equal(t, 150, reasons[outcome.Dropped])
}

func TestContext(t *testing.T) {
	t.Parallel()
	t.Run("over before the start", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		report := newClient(t, srv, nil).Send(ctx, newEvents(3, 10))
		require.Len(t, report.Lost, 3)
		require.Equal(t, outcome.Loss{Event: 0, Reason: outcome.Canceled, Retryable: true}, report.Lost[0])
		require.ErrorIs(t, errOf(report), context.Canceled)
		require.Empty(t, srv.Requests())
	})
	t.Run("cancelled in a request", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		srv := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault {
			cancel()
			return posthogtest.SlowHeaders(time.Minute)
		}))
		report := newClient(t, srv, nil).Send(ctx, newEvents(3, 10))
		require.Len(t, report.Lost, 3)
		require.ErrorIs(t, errOf(report), context.Canceled)
	})
	t.Run("cancelled in a wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Second, cancel)
			report := newClientFor(capture.Batch, time.Minute, func(r *http.Request) (*http.Response, error) {
				_ = r.Body.Close()
				return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody, Request: r}, nil
			}).Send(ctx, newEvents(3, 10))
			require.Len(t, report.Lost, 3)
			require.Equal(t, outcome.Canceled, report.Lost[0].Reason)
			require.ErrorIs(t, errOf(report), context.Canceled)
			require.ErrorContains(t, errOf(report), "503", "what it was waiting for")
			require.Equal(t, 30*time.Second, report.RetryAfter)
		})
	})
	t.Run("the deadline comes before the next attempt", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(503).RetryAfterDate(time.Now().Add(time.Hour))))
		report := newClient(t, srv, nil).Send(ctx, newEvents(3, 10))
		require.NoError(t, ctx.Err(), "there is no use in waiting for it")
		require.Equal(t, outcome.Loss{Event: 0, Reason: outcome.Unavailable, Retryable: true}, report.Lost[0])
		require.Equal(t, 30*time.Second, report.RetryAfter, "clamped")
	})
	t.Run("the deadline passes in a request", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		srv := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.SlowHeaders(time.Minute) }))
		report := newClient(t, srv, nil).Send(ctx, newEvents(3, 10))
		require.Equal(t, outcome.Loss{Event: 0, Reason: outcome.TimedOut, Retryable: true}, report.Lost[0])
		require.ErrorIs(t, errOf(report), context.DeadlineExceeded)
	})
}

func TestConnectionRefusedThenBack(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Stop()
	refused := 0
	client := newClient(t, srv, func(c *capture.Config) {
		c.HTTP = &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
			resp, err := srv.Client().Transport.RoundTrip(r)
			if err != nil {
				if refused++; refused == 3 {
					require.NoError(t, srv.Start())
				}
			}
			return resp, err
		})}
	})
	events := newEvents(10, 10)

	report := client.Send(t.Context(), events)

	requireBalanced(t, srv, events, report)
	require.Equal(t, 10, report.Stored)
	require.Equal(t, 3, report.Retries)
}

func TestWrongHostFailsAtOnce(t *testing.T) {
	t.Parallel()
	notFound := &net.DNSError{Err: "no such host", Name: "posthog.invalid", IsNotFound: true}
	for _, tt := range []struct {
		name   string
		client func(srv *posthogtest.Server) *http.Client
		tls    bool
		reason outcome.Reason
		says   string
	}{
		{"unknown name", func(*posthogtest.Server) *http.Client {
			return &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, notFound })}
		}, false, outcome.NameNotFound, "WithHost"},
		{"untrusted certificate", func(*posthogtest.Server) *http.Client { return &http.Client{Transport: &http.Transport{}} }, true, outcome.TLSFailed, "WithHTTPClient"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var opts []posthogtest.Option
			if tt.tls {
				opts = append(opts, posthogtest.WithTLS())
			}
			srv := newServer(t, opts...)
			hc := tt.client(srv)
			defer hc.CloseIdleConnections()
			report := newClient(t, srv, func(c *capture.Config) { c.HTTP = hc }).Send(t.Context(), newEvents(3, 10))
			require.Zero(t, report.Retries)
			require.Equal(t, outcome.Loss{Event: 0, Reason: tt.reason, Retryable: true}, report.Lost[0])
			require.ErrorContains(t, errOf(report), tt.says)
		})
	}
	t.Run("TLS to a plain port", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		report := newClient(t, srv, func(c *capture.Config) { c.Host.Scheme = "https" }).Send(t.Context(), newEvents(3, 10))
		require.Equal(t, outcome.TLSFailed, report.Lost[0].Reason)
		require.ErrorContains(t, errOf(report), "scheme of WithHost")
		require.Zero(t, report.Retries)
	})
}

// TestProxyAtFault: the host may be right when its proxy has no name.
func TestProxyAtFault(t *testing.T) {
	t.Parallel()
	notFound := &net.OpError{Op: "proxyconnect", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "proxy.invalid", IsNotFound: true}}
	client := newClientFor(capture.Batch, 0, func(r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		return nil, notFound
	})
	report := client.Send(t.Context(), newEvents(1, 10))
	require.Equal(t, outcome.Unreachable, report.Lost[0].Reason)
	require.ErrorContains(t, errOf(report), "check the proxy")
	require.NotContains(t, errOf(report).Error(), "WithHost")
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFallback(t *testing.T) {
	t.Parallel()
	// A client for a Cloud host whose connections end at the test server.
	cloud := func(t *testing.T, srv *posthogtest.Server) *capture.Client {
		return newClient(t, srv, func(c *capture.Config) {
			address := c.Host.Host
			c.Host.Host = "us.i.posthog.com"
			transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, address)
			}}
			t.Cleanup(transport.CloseIdleConnections)
			c.HTTP = &http.Client{Transport: transport}
		})
	}
	paths := func(srv *posthogtest.Server) (list []string) {
		for _, r := range srv.Requests() {
			list = append(list, r.Path)
		}
		return list
	}
	t.Run("the AI path is there", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		require.Equal(t, 3, cloud(t, srv).Send(t.Context(), newEvents(3, 10)).Stored)
		require.Equal(t, []string{"/i/v0/ai/batch/"}, paths(srv))
	})
	t.Run("it is missing", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t, posthogtest.WithoutAIEndpoints())
		client := cloud(t, srv)
		// The second is over the limit of the batch path, but not of the AI path.
		events := []event.Event{newEvent(0, 10), newEvent(1, 2_000_000), newEvent(2, 10)}
		report := client.Send(t.Context(), events)
		requireBalanced(t, srv, events, report)
		require.Equal(t, 3, report.Stored)
		require.Equal(t, 1, report.Shrunk)
		client.Send(t.Context(), newEvents(1, 10)[:1])
		require.Equal(t, []string{"/i/v0/ai/batch/", "/batch/", "/batch/"}, paths(srv), "the fallback lasts")
	})
	t.Run("405", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t, posthogtest.WithFaults(statuses(405)...))
		require.Equal(t, 3, cloud(t, srv).Send(t.Context(), newEvents(3, 10)).Stored)
		require.Equal(t, []string{"/i/v0/ai/batch/", "/batch/"}, paths(srv))
	})
	t.Run("both are missing", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t, posthogtest.WithFaults(statuses(404, 404)...))
		report := cloud(t, srv).Send(t.Context(), newEvents(3, 10))
		require.Equal(t, outcome.NotFound, report.Lost[0].Reason)
		require.Equal(t, []string{"/i/v0/ai/batch/", "/batch/"}, paths(srv))
	})
}
