package posthogtest_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

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

func TestServeHTTP(t *testing.T) {
	t.Parallel()
	var ph posthogtest.Server // not started
	front := httptest.NewServer(&ph)
	t.Cleanup(front.Close)
	body := `{"api_key":"k","batch":[{"event":"$ai_span","distinct_id":"ada","uuid":"` + uuid1 + `"}]}`
	resp, err := http.Post(front.URL+v0Path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, uuid1, ph.Events()[0].UUID)
}
