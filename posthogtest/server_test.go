package posthogtest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	uuid1 = "0190a7c2-0000-7000-8000-000000000001"
	uuid2 = "0190a7c2-0000-7000-8000-000000000002"
	uuid3 = "0190a7c2-0000-7000-8000-000000000003"
	noon  = "2026-03-01T12:00:00Z"

	v0Path   = "/batch/"
	v0AIPath = "/i/v0/ai/batch/"
	v1Path   = "/i/v1/analytics/events"
	v1AIPath = "/i/v1/ai/events"
)

// v0Event is an event with a uuid that every path takes.
func v0Event(uuid string) string {
	return fmt.Sprintf(`{"event":"$ai_generation","distinct_id":"ada","uuid":%q,"timestamp":%q,"properties":{"$ai_model":"m"}}`, uuid, noon)
}

func v0Batch(events ...string) string {
	return `{"api_key":"phc_test","batch":[` + strings.Join(events, ",") + `]}`
}

func v1Batch(events ...string) string {
	return `{"created_at":"` + noon + `","batch":[` + strings.Join(events, ",") + `]}`
}

// bodyFor wraps events in the envelope of the path.
func bodyFor(path string, events ...string) string {
	if strings.HasPrefix(path, "/i/v1/") {
		return v1Batch(events...)
	}
	return v0Batch(events...)
}

// newRequest builds a POST that the path takes. Each header is a name and a
// value; an empty value takes the header away.
func newRequest(t *testing.T, srv *posthogtest.Server, path string, body io.Reader, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/i/v1/") {
		req.Header.Set("Authorization", "Bearer phc_test")
		req.Header.Set("User-Agent", "test/1.0")
		req.Header.Set("PostHog-Sdk-Info", "test/1.0")
		req.Header.Set("PostHog-Attempt", "1")
		req.Header.Set("PostHog-Request-Id", uuid.NewString())
		req.Header.Set("PostHog-Request-Timestamp", time.Now().UTC().Format(time.RFC3339Nano))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" && headers[i] != "User-Agent" {
			req.Header.Del(headers[i])
		}
	}
	return req
}

// post sends a body and returns the status and the body of the answer.
func post(t *testing.T, srv *posthogtest.Server, path, body string, headers ...string) (int, string) {
	t.Helper()
	resp, err := srv.Client().Do(newRequest(t, srv, path, strings.NewReader(body), headers...))
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func newServer(t *testing.T, opts ...posthogtest.Option) *posthogtest.Server {
	t.Helper()
	srv := posthogtest.NewServer(opts...)
	t.Cleanup(srv.Close)
	return srv
}

func TestEveryPathStoresTheSameEvent(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/batch/", "/batch", "/i/v0/e/", "/i/v0/e", "/e/", "/capture/",
		"/i/v0/ai/batch/", "/i/v0/ai/batch", "/i/v1/analytics/events", "/i/v1/ai/events",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			body := bodyFor(path, v0Event(uuid1), v0Event(uuid2))
			status, answer := post(t, srv, path, body)
			require.Equal(t, http.StatusOK, status, answer)
			if strings.HasPrefix(path, "/i/v1/") {
				require.JSONEq(t, `{"results":{"`+uuid1+`":{"result":"ok"},"`+uuid2+`":{"result":"ok"}}}`, answer)
			} else {
				require.JSONEq(t, `{"status":1}`, answer)
			}

			events := srv.Events()
			require.Len(t, events, 2)
			require.Equal(t, uuid2, events[1].UUID)
			e := events[0]
			require.Equal(t, "$ai_generation", e.Name)
			require.Equal(t, "ada", e.DistinctID)
			require.Equal(t, uuid1, e.UUID)
			require.Equal(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), e.Timestamp)
			require.Equal(t, "m", e.Properties["$ai_model"])
			require.Equal(t, path, e.Path)
			require.Equal(t, "phc_test", e.APIKey)

			requests := srv.Requests()
			require.Len(t, requests, 1)
			r := requests[0]
			require.Equal(t, http.MethodPost, r.Method)
			require.Equal(t, path, r.Path)
			require.Equal(t, "application/json", r.Header.Get("Content-Type"))
			require.Equal(t, "phc_test", r.APIKey)
			require.Equal(t, len(body), r.WireBytes)
			require.Equal(t, len(body), r.PlainBytes)
			require.Equal(t, events, r.Events)
			require.Equal(t, 2, r.Stored)
			require.Equal(t, http.StatusOK, r.Status)
			require.Empty(t, r.Error)
		})
	}
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	cloud := newServer(t)
	old := newServer(t, posthogtest.WithoutAIEndpoints())
	for _, tt := range []struct {
		name, method, path string
		srv                *posthogtest.Server
		want               int
	}{
		{"unknown path", http.MethodPost, "/flags/", cloud, 404},
		{"root", http.MethodPost, "/", cloud, 404},
		{"get", http.MethodGet, v0Path, cloud, 405},
		{"put on v1", http.MethodPut, v1Path, cloud, 405},
		{"get on an unknown path", http.MethodGet, "/nowhere", cloud, 404},
		{"old server, AI path", http.MethodPost, v0AIPath, old, 404},
		{"old server, v1", http.MethodPost, v1Path, old, 404},
		{"old server, v1 AI", http.MethodPost, v1AIPath, old, 404},
		{"old server, batch", http.MethodPost, v0Path, old, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.srv.URL+tt.path, strings.NewReader(v0Batch(v0Event(uuid1))))
			require.NoError(t, err)
			resp, err := tt.srv.Client().Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, tt.want, resp.StatusCode)
			if tt.want == 405 {
				require.Equal(t, http.MethodPost, resp.Header.Get("Allow"))
			}
		})
	}
}

func TestUnroutedRequestIsRecorded(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	status, _ := post(t, srv, "/nowhere", "x")
	require.Equal(t, 404, status)
	requests := srv.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, 404, requests[0].Status)
	require.Equal(t, "404 no such path", requests[0].Error)
}

func TestAPIKey(t *testing.T) {
	t.Parallel()
	anyKey := newServer(t, posthogtest.WithAPIKey(""), nil)
	oneKey := newServer(t, posthogtest.WithAPIKey("phc_right"))
	event := v0Event(uuid1)
	for _, tt := range []struct {
		name, path, body, auth string
		srv                    *posthogtest.Server
		want                   int
	}{
		{"v0 none", v0Path, `{"batch":[` + event + `]}`, "", anyKey, 401},
		{"v0 blank", v0Path, `{"api_key":" ","batch":[` + event + `]}`, "", anyKey, 401},
		{"v0 any", v0Path, `{"api_key":"k","batch":[` + event + `]}`, "", anyKey, 200},
		{"v0 as token", v0Path, `{"token":"k","batch":[` + event + `]}`, "", anyKey, 200},
		{"v0 wrong", v0Path, `{"api_key":"phc_wrong","batch":[` + event + `]}`, "", oneKey, 401},
		{"v0 right", v0Path, `{"api_key":"phc_right","batch":[` + event + `]}`, "", oneKey, 200},
		{"v0 ignores Authorization", v0Path, `{"batch":[` + event + `]}`, "Bearer phc_right", oneKey, 401},
		{"v0 no string", v0Path, `{"api_key":7,"batch":[` + event + `]}`, "", anyKey, 400},
		{"v0 two keys", v0Path, `{"api_key":"a","batch":[{"api_key":"b",` + event[1:] + `]}`, "", anyKey, 400},
		{"v0 list with a key", "/e/", `[{"api_key":"a",` + event[1:] + `]`, "", anyKey, 200},
		{"v0 list without", "/e/", `[` + event + `]`, "", anyKey, 401},
		{"v1 none", v1Path, v1Batch(event), "", anyKey, 401},
		{"v1 not bearer", v1Path, v1Batch(event), "Basic phc_right", oneKey, 401},
		{"v1 empty bearer", v1Path, v1Batch(event), "Bearer ", anyKey, 401},
		{"v1 wrong", v1Path, v1Batch(event), "Bearer phc_wrong", oneKey, 401},
		{"v1 right", v1Path, v1Batch(event), "Bearer phc_right", oneKey, 200},
		{"v1 wrong key before a bad body", v1Path, `{`, "Bearer phc_wrong", oneKey, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, answer := post(t, tt.srv, tt.path, tt.body, "Authorization", tt.auth)
			require.Equal(t, tt.want, status, answer)
			require.NotContains(t, answer, "phc_")
			for _, r := range tt.srv.Requests() {
				require.NotContains(t, r.Error, "phc_")
			}
		})
	}
}

func TestRefusedKeyIsRecorded(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithAPIKey("phc_right"))
	for _, path := range []string{v0Path, v1Path} {
		post(t, srv, path, bodyFor(path, v0Event(uuid1)))
	}
	for _, r := range srv.Requests() {
		require.Equal(t, 401, r.Status)
		require.Equal(t, "phc_test", r.APIKey)
	}
	require.Empty(t, srv.Events())
}

func TestWait(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	events, err := srv.Wait(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, events)

	done := make(chan error, 1)
	go func() {
		events, err := srv.Wait(t.Context(), 3)
		if err == nil && len(events) != 3 {
			err = fmt.Errorf("%d events", len(events))
		}
		done <- err
	}()
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	post(t, srv, v0Path, `{"api_key":"k","batch":[]}`)
	post(t, srv, v0Path, v0Batch(v0Event(uuid2), v0Event(uuid3)))
	require.NoError(t, <-done)

	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	events, err = srv.Wait(ctx, 4)
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "otelposthog: 3 of 4 events stored, the last failed request was POST /batch/: 400 the request holds no event: enough")
	require.Len(t, events, 3)

	srv.Reset()
	_, err = srv.Wait(ctx, 1)
	require.EqualError(t, err, "otelposthog: 0 of 1 events stored in 0 requests: enough")
}

func TestCloseEndsWait(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	done := make(chan error, 1)
	go func() {
		_, err := srv.Wait(context.Background(), 2)
		done <- err
	}()
	srv.Close()
	srv.Close()
	require.ErrorIs(t, <-done, posthogtest.ErrClosed)
	require.ErrorIs(t, srv.Start(), posthogtest.ErrClosed)
	srv.Stop()
	events, err := srv.Wait(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, events, 1)
}

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	url := srv.URL
	post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.NoError(t, srv.Start())

	srv.Stop()
	srv.Stop()
	srv.Client().CloseIdleConnections()
	resp, err := srv.Client().Do(newRequest(t, srv, v0Path, strings.NewReader("{}")))
	if err == nil {
		_ = resp.Body.Close()
	}
	require.ErrorContains(t, err, "refused")

	require.NoError(t, srv.Start())
	require.Equal(t, url, srv.URL)
	status, _ := post(t, srv, v0Path, v0Batch(v0Event(uuid2)))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, map[string]int{uuid1: 1, uuid2: 1}, srv.Stored())
}

func TestStartNeedsItsAddress(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Stop()
	var lc net.ListenConfig
	thief, err := lc.Listen(t.Context(), "tcp", strings.TrimPrefix(srv.URL, "http://"))
	require.NoError(t, err)
	require.ErrorContains(t, srv.Start(), "otelposthog: start the test server: ")
	require.NoError(t, thief.Close())
	require.NoError(t, srv.Start())
}

func TestZeroServer(t *testing.T) {
	t.Parallel()
	var srv posthogtest.Server
	srv.Stop()
	require.Empty(t, srv.Events())
	require.Empty(t, srv.Requests())
	require.Empty(t, srv.Reset())
	require.NotNil(t, srv.Client())
	require.NoError(t, srv.Start())
	srv.Client().Transport = &http.Transport{}
	status, _ := post(t, &srv, v1AIPath, v1Batch(v0Event(uuid1)))
	require.Equal(t, http.StatusOK, status)
	require.Len(t, srv.Events(), 1)
	srv.Close()

	var closed posthogtest.Server
	closed.Close()
	require.ErrorIs(t, closed.Start(), posthogtest.ErrClosed)
}

// TestBodyThatEndsEarly breaks off an upload: nothing of it is stored.
func TestBodyThatEndsEarly(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(srv.URL, "http://"))
	require.NoError(t, err)
	body := v0Batch(v0Event(uuid1))
	_, err = fmt.Fprintf(conn, "POST /batch/ HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%s", len(body)+1, body)
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, conn.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Equal(t, "400 the body ended early", srv.Requests()[0].Error)
	require.Empty(t, srv.Events())
}

func TestStopCutsRequestsInFlight(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaults(posthogtest.SlowHeaders(time.Hour)))
	done := make(chan error, 1)
	req := newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid1))))
	go func() {
		resp, err := srv.Client().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		done <- err
	}()
	_, err := srv.Wait(t.Context(), 1)
	require.NoError(t, err)
	srv.Stop()
	require.Error(t, <-done)
	require.Len(t, srv.Events(), 1)
}

func TestLedger(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	require.NotNil(t, srv.Stored())
	post(t, srv, v0Path, v0Batch(v0Event(uuid1), v0Event(uuid2)))
	post(t, srv, v1Path, v1Batch(v0Event(uuid1)))
	later := strings.Replace(v0Event(uuid1), noon, "2026-03-01T12:00:01Z", 1)
	post(t, srv, v0Path, v0Batch(later))
	sameInstant := strings.Replace(v0Event(uuid1), noon, "2026-03-01T13:00:00+01:00", 1)
	post(t, srv, v0Path, v0Batch(sameInstant))

	require.Equal(t, map[string]int{uuid1: 4, uuid2: 1}, srv.Stored())
	require.Len(t, srv.Events(), 5)
	left := srv.Deduplicated()
	require.Len(t, left, 3)
	require.Equal(t, []string{uuid1, uuid2, uuid1}, []string{left[0].UUID, left[1].UUID, left[2].UUID})
	require.NotEqual(t, left[0].Timestamp, left[2].Timestamp)

	require.Len(t, srv.Reset(), 5)
	require.Empty(t, srv.Events())
	require.Empty(t, srv.Stored())
	require.Empty(t, srv.Requests())
	require.Empty(t, srv.Reset())
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithTLS())
	require.True(t, strings.HasPrefix(srv.URL, "https://"))
	status, answer := post(t, srv, v0Path, v0Batch(v0Event(uuid1)))
	require.Equal(t, http.StatusOK, status, answer)

	stranger := &http.Client{Transport: &http.Transport{}}
	defer stranger.CloseIdleConnections()
	resp, err := stranger.Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid2)))))
	if err == nil {
		_ = resp.Body.Close()
	}
	var unknown *tls.CertificateVerificationError
	require.ErrorAs(t, err, &unknown)
	require.Len(t, srv.Events(), 1)

	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	friend := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer friend.CloseIdleConnections()
	resp, err = friend.Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(uuid2)))))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Len(t, srv.Events(), 2)

	require.Nil(t, newServer(t).Certificate())
}

func TestServerConcurrentSafe(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		if r.Header.Get("X-Poison") != "" {
			return posthogtest.DropAfterStore()
		}
		return posthogtest.Fault{}
	}))
	const senders, each = 8, 25
	var wg sync.WaitGroup
	for n := range senders {
		wg.Go(func() {
			for i := range each {
				var headers []string
				if i%5 == 0 {
					headers = []string{"X-Poison", "1"}
				}
				id := fmt.Sprintf("0190a7c2-0000-7000-8000-%06d%06d", n, i)
				req := newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(id))), headers...)
				resp, err := srv.Client().Do(req)
				if err == nil {
					_ = resp.Body.Close()
				}
				srv.Events()
				srv.Requests()
				srv.Deduplicated()
				srv.SetFaults()
				srv.FaultsLeft()
			}
		})
	}
	events, err := srv.Wait(t.Context(), senders*each)
	wg.Wait()
	require.NoError(t, err)
	require.Len(t, events, senders*each)
	for id, n := range srv.Stored() {
		require.Equal(t, 1, n, id)
	}
}

func TestRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	stop := make(chan struct{})
	acked := make([]string, 0, 100)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			id := fmt.Sprintf("0190a7c2-0000-7000-8000-%012d", i)
			resp, err := srv.Client().Do(newRequest(t, srv, v0Path, strings.NewReader(v0Batch(v0Event(id)))))
			if err == nil {
				_ = resp.Body.Close()
				acked = append(acked, id)
			}
		}
	})
	for range 5 {
		_, err := srv.Wait(t.Context(), len(srv.Events())+3)
		require.NoError(t, err)
		srv.Stop()
		require.NoError(t, srv.Start())
	}
	close(stop)
	wg.Wait()
	stored := srv.Stored()
	for _, id := range acked {
		require.NotZero(t, stored[id], id)
	}
}
