package posthogtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// send posts one event and returns the answer as far as it came.
func send(t *testing.T, srv *posthogtest.Server, path, uuid string) (resp *http.Response, body []byte, err error) {
	t.Helper()
	resp, err = srv.Client().Do(newRequest(t, srv, path, strings.NewReader(bodyFor(path, v0Event(uuid)))))
	if err != nil {
		return nil, nil, err
	}
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, resp.Body.Close())
	return resp, body, err
}

func TestFaultsArePlayedInOrder(t *testing.T) {
	t.Parallel()
	date := time.Date(2030, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(400)), posthogtest.WithFaults(
		posthogtest.Status(503),
		posthogtest.Status(429).RetryAfter("1"),
		posthogtest.Status(503).RetryAfterDate(date),
		posthogtest.Fault{},
		posthogtest.Status(307).Header("Location", "http://127.0.0.1:1/").Header("X-A", "1").Header("X-A", "2"),
	))
	srv.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for i, want := range []struct {
		status     int
		retryAfter string
	}{{503, ""}, {429, "1"}, {503, "Wed, 02 Jan 2030 02:04:05 GMT"}, {200, ""}, {307, ""}, {200, ""}, {200, ""}} {
		require.Equal(t, max(5-i, 0), srv.FaultsLeft())
		resp, body, err := send(t, srv, v0Path, uuid1)
		require.NoError(t, err)
		require.Equal(t, want.status, resp.StatusCode, "request %d", i)
		require.Equal(t, want.retryAfter, resp.Header.Get("Retry-After"))
		require.NotEmpty(t, body)
		if want.status == 307 {
			require.Equal(t, []string{"1", "2"}, resp.Header.Values("X-A"))
		}
	}
	require.Equal(t, map[string]int{uuid1: 3}, srv.Stored())

	// What was refused is on record with its events all the same.
	r := srv.Requests()[0]
	require.Equal(t, 503, r.Status)
	require.Equal(t, "scripted: status 503", r.Error)
	require.Equal(t, "phc_test", r.APIKey)
	require.Len(t, r.Events, 1)
	require.Zero(t, r.Stored)
}

func TestStatusFaults(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, tt := range []struct {
		name       string
		path       string
		fault      posthogtest.Fault
		wantStatus int
		wantBody   string
	}{
		{"v0", v0Path, posthogtest.Status(503), 503, "Service Unavailable"},
		{"v1", v1Path, posthogtest.Status(503), 503, `{"error":"service_unavailable","error_description":"Service Unavailable"}`},
		{"own body", v1Path, posthogtest.Status(400).Body("phc_test is bad"), 400, "phc_test is bad"},
		{"success that stores nothing", v0Path, posthogtest.Status(200).Body("{"), 200, "{"},
		{"no content", v0Path, posthogtest.Status(204).Body("x"), 204, ""},
		{"no such status", v0Path, posthogtest.Status(42), 500, "posthogtest: Status(42) is no status to answer"},
		{"information only", v0Path, posthogtest.Status(100), 500, "posthogtest: Status(100) is no status to answer"},
		{"unnamed status", v0Path, posthogtest.Status(599), 599, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv.SetFaults(tt.fault)
			resp, body, err := send(t, srv, tt.path, uuid1)
			require.NoError(t, err)
			require.Equal(t, tt.wantStatus, resp.StatusCode)
			require.Equal(t, tt.wantBody, string(body))
			require.Empty(t, srv.Events())
		})
	}
}

func TestFaultsSkipUnroutedRequests(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithoutAIEndpoints(), posthogtest.WithFaults(posthogtest.Status(503)))
	for _, want := range []struct {
		path   string
		status int
	}{{v0AIPath, 404}, {"/nowhere", 404}, {v0Path, 503}, {v0Path, 200}} {
		status, _ := post(t, srv, want.path, bodyFor(want.path, v0Event(uuid1)))
		require.Equal(t, want.status, status, want.path)
	}
}

func TestFaultWinsOverRefusal(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(503), posthogtest.QuotaLimited()))
	status, _ := post(t, srv, v0Path, "{")
	require.Equal(t, 503, status)
	status, _ = post(t, srv, v0Path, "{")
	require.Equal(t, 400, status, "a body that is no batch cannot be over quota")
}

// TestBrokenConnections plays what cuts the connection and looks at what the
// client gets and what is stored.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	reset := func(t *testing.T, err error) {
		t.Helper()
		require.Error(t, err)
		require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE), err)
	}
	cutShort := func(t *testing.T, err error) {
		t.Helper()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	resetOrCut := func(t *testing.T, err error) {
		t.Helper()
		require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF), err)
	}
	for _, tt := range []struct {
		name       string
		fault      posthogtest.Fault
		check      func(*testing.T, error)
		stored     int
		wantStatus int
		wantError  string
	}{
		{"reset in the request", posthogtest.ResetConnection(), reset, 0, 0, "scripted: connection reset in the request body"},
		{"reset in the request wins over a status", posthogtest.Status(503).And(posthogtest.ResetConnection()), reset, 0, 0, "scripted: connection reset in the request body"},
		{"drop after store", posthogtest.DropAfterStore(), reset, 1, 0, "scripted: connection reset before the answer"},
		{"truncated", posthogtest.TruncateResponse(), cutShort, 1, 200, "scripted: answer truncated"},
		{"reset after the headers", posthogtest.ResetAfterHeaders(), resetOrCut, 1, 200, "scripted: connection reset after the headers"},
		{"truncated error", posthogtest.Status(503).And(posthogtest.TruncateResponse()), cutShort, 0, 503, "scripted: answer truncated"},
		{"truncated padding", posthogtest.HugeResponse(1 << 20).And(posthogtest.TruncateResponse()), cutShort, 1, 200, "scripted: answer truncated"},
	} {
		for _, mode := range []struct {
			name string
			opts []posthogtest.Option
		}{{"", nil}, {" over TLS", []posthogtest.Option{posthogtest.WithTLS()}}} {
			t.Run(tt.name+mode.name, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, mode.opts...)
				srv.SetFaults(tt.fault)
				_, _, err := send(t, srv, v0Path, uuid1)
				tt.check(t, err)
				require.Len(t, srv.Events(), tt.stored)
				requests := srv.Requests()
				require.Len(t, requests, 1)
				require.Equal(t, tt.stored, requests[0].Stored)
				require.Equal(t, tt.wantStatus, requests[0].Status)
				require.Equal(t, tt.wantError, requests[0].Error)
				require.NotZero(t, requests[0].WireBytes)

				_, _, err = send(t, srv, v0Path, uuid1)
				require.NoError(t, err, "the next request is fine")
				require.Equal(t, map[string]int{uuid1: tt.stored + 1}, srv.Stored())
				require.Len(t, srv.Deduplicated(), 1)
			})
		}
	}
}

// TestAnswersThatProveNothing: HTTP is content with them, and the events are
// stored, but the client cannot know.
func TestAnswersThatProveNothing(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.SetFaults(posthogtest.EmptyResponse(), posthogtest.Status(500).And(posthogtest.EmptyResponse()), posthogtest.TruncateGzip())
	for _, status := range []int{200, 500} {
		resp, body, err := send(t, srv, v0Path, uuid1)
		require.NoError(t, err)
		require.Equal(t, status, resp.StatusCode)
		require.Empty(t, body)
	}
	resp, body, err := send(t, srv, v0Path, uuid1)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.True(t, resp.Uncompressed)
	require.NotContains(t, string(body), "}")
	require.Equal(t, map[string]int{uuid1: 2}, srv.Stored())
	for _, r := range srv.Requests() {
		require.NotEmpty(t, r.Error)
	}
}

func TestResetOfALargeRequest(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.ResetConnection()))
	body := v0Batch(slices.Repeat([]string{padded(t, uuid1, 900_000)}, 10)...)
	resp, err := srv.Client().Do(newRequest(t, srv, v0Path, strings.NewReader(body)))
	if err == nil {
		_ = resp.Body.Close()
	}
	require.Error(t, err)
	require.Equal(t, len(body)/2, srv.Requests()[0].WireBytes)
}

func TestHugeResponse(t *testing.T) {
	t.Parallel()
	const n = 5 << 20
	srv := newServer(t, posthogtest.WithFaults(
		posthogtest.HugeResponse(n), posthogtest.Status(500).And(posthogtest.HugeResponse(n)), posthogtest.HugeResponse(-1)))
	for _, want := range []struct{ status, size int }{{200, n + len(`{"status":1}`)}, {500, n + len("Internal Server Error")}, {200, len(`{"status":1}`)}} {
		resp, body, err := send(t, srv, v0Path, uuid1)
		require.NoError(t, err)
		require.Equal(t, want.status, resp.StatusCode)
		require.Len(t, body, want.size)
		require.Equal(t, int64(want.size), resp.ContentLength)
	}
	require.Equal(t, map[string]int{uuid1: 2}, srv.Stored())
}

// TestSlowAnswers holds answers back for an hour: the client sees how far they
// come before it gives up, and the events are stored.
func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.SlowHeaders(time.Hour), posthogtest.SlowBody(time.Hour)))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req := newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid1)))).WithContext(ctx)
	answered := make(chan error, 1)
	go func() {
		resp, err := srv.Client().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		answered <- err
	}()
	_, err := srv.Wait(t.Context(), 1)
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, <-answered, context.Canceled)

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	resp, err := srv.Client().Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid2)))).WithContext(ctx))
	require.NoError(t, err)
	half := make([]byte, len(`{"status":1}`)/2)
	_, err = io.ReadFull(resp.Body, half)
	require.NoError(t, err)
	require.JSONEq(t, `{"status":1}`, string(half)+`us":1}`)
	cancel()
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, resp.Body.Close())

	require.Equal(t, map[string]int{uuid1: 1, uuid2: 1}, srv.Stored())
}

func TestSlowAnswersArriveWhole(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(
		posthogtest.SlowHeaders(time.Millisecond).And(posthogtest.SlowBody(time.Millisecond)),
		posthogtest.Status(503).And(posthogtest.SlowBody(time.Millisecond)),
		posthogtest.SlowBody(-1),
	))
	for _, want := range []string{`{"status":1}`, "Service Unavailable", `{"status":1}`} {
		_, body, err := send(t, srv, v0Path, uuid1)
		require.NoError(t, err)
		require.Equal(t, want, string(body))
	}
}

func TestQuotaLimited(t *testing.T) {
	t.Parallel()
	pageview := strings.Replace(v0Event(uuid2), "$ai_generation", "$pageview", 1)
	srv := newServer(t)
	for _, tt := range []struct{ path, body, want string }{
		{v0Path, v0Batch(v0Event(uuid1), pageview), `{"status":1,"quota_limited":["events"]}`},
		{v0AIPath, v0Batch(v0Event(uuid1)), `{"status":1,"quota_limited":["llm_events"]}`},
		{v1Path, v1Batch(v0Event(uuid1), pageview), `{"results":{"` + uuid1 + `":{"result":"drop","details":"llm_events_over_quota"},"` +
			uuid2 + `":{"result":"drop","details":"events_over_quota"}}}`},
	} {
		srv.SetFaults(posthogtest.QuotaLimited())
		status, answer := post(t, srv, tt.path, tt.body)
		require.Equal(t, http.StatusOK, status)
		require.JSONEq(t, tt.want, answer)
		require.Empty(t, srv.Events())
	}
	for _, r := range srv.Requests() {
		require.Equal(t, "scripted: over quota", r.Error)
		require.Zero(t, r.Stored)
	}
}

func TestPartialV1(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	partial := posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
		switch e.UUID {
		case uuid1:
			return posthogtest.EventResult{Result: posthogtest.ResultRetry}
		case uuid2:
			return posthogtest.EventResult{Result: posthogtest.ResultWarning, Details: "odd"}
		}
		return posthogtest.EventResult{}
	})
	srv.SetFaults(posthogtest.SlowBody(time.Nanosecond).And(partial), posthogtest.PartialV1(nil), partial)
	foul := strings.Replace(v0Event("0190a7c2-0000-7000-8000-000000000004"), noon, "noon", 1)
	_, answer := post(t, srv, v1Path, v1Batch(v0Event(uuid1), v0Event(uuid2), v0Event(uuid3), foul))
	require.JSONEq(t, `{"results":{
		"`+uuid1+`":{"result":"retry"},
		"`+uuid2+`":{"result":"warning","details":"odd"},
		"`+uuid3+`":{"result":"ok"},
		"0190a7c2-0000-7000-8000-000000000004":{"result":"drop","details":"timestamp_invalid"}}}`, answer)
	require.Equal(t, map[string]int{uuid2: 1, uuid3: 1}, srv.Stored())

	_, answer = post(t, srv, v1Path, v1Batch(v0Event(uuid1)))
	require.JSONEq(t, `{"results":{"`+uuid1+`":{"result":"ok"}}}`, answer)
	_, answer = post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.JSONEq(t, `{"status":1}`, answer, "v0 has no results")
	require.Equal(t, map[string]int{uuid1: 2, uuid2: 1, uuid3: 1}, srv.Stored())
}

func TestAnd(t *testing.T) {
	t.Parallel()
	base := posthogtest.Status(503).RetryAfter("1").Header("X-A", "a").Body("base")
	srv := newServer(t, posthogtest.WithFaults(
		base.And(posthogtest.Status(429).RetryAfter("2").Body("over")),
		base.And(posthogtest.Fault{}),
		posthogtest.Fault{}.And(base),
		posthogtest.QuotaLimited().And(posthogtest.SlowBody(time.Nanosecond)),
	))
	for _, want := range []struct {
		status                int
		retryAfter, xa, begin string
	}{{429, "2", "a", "over"}, {503, "1", "a", "base"}, {503, "1", "a", "base"}, {200, "", "", `{"quota_limited"`}} {
		resp, body, err := send(t, srv, v0Path, uuid1)
		require.NoError(t, err)
		require.Equal(t, want.status, resp.StatusCode)
		require.Equal(t, want.retryAfter, resp.Header.Get("Retry-After"))
		require.Equal(t, want.xa, resp.Header.Get("X-A"))
		require.True(t, strings.HasPrefix(string(body), want.begin), string(body))
	}
}

func TestFaultFunc(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(500)), posthogtest.WithFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		calls.Add(1)
		if r.Path == v1Path && r.Method == http.MethodPost && r.Attempt == 1 && r.Header.Get("PostHog-Request-Id") == r.RequestID {
			return posthogtest.Status(502)
		}
		return posthogtest.Fault{}
	}))
	body := v1Batch(v0Event(uuid1))
	status, _ := post(t, srv, v1Path, body)
	require.Equal(t, 500, status, "the script comes first")
	status, _ = post(t, srv, v1Path, body)
	require.Equal(t, 502, status)
	status, _ = post(t, srv, v1Path, body, "PostHog-Attempt", "2")
	require.Equal(t, 200, status)
	srv.SetFaultFunc(nil)
	status, _ = post(t, srv, v1Path, body)
	require.Equal(t, 200, status)
	require.Equal(t, int32(2), calls.Load())
}

func TestSetFaultsReplacesTheRest(t *testing.T) {
	t.Parallel()
	faults := slices.Repeat([]posthogtest.Fault{posthogtest.Status(503)}, 3)
	srv := newServer(t)
	srv.SetFaults(faults...)
	faults[0] = posthogtest.Status(500)
	status, _ := post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.Equal(t, 503, status, "the server has its own copy")
	require.Equal(t, 2, srv.FaultsLeft())
	srv.SetFaults()
	require.Zero(t, srv.FaultsLeft())
	status, _ = post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.Equal(t, 200, status)
}

func TestResetKeepsFaults(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.Status(503)))
	srv.Reset()
	require.Equal(t, 1, srv.FaultsLeft())
}
