package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is the example, a PostHog for it and a browser.
type site struct {
	url     string
	posthog *posthogtest.Server
	t       *telemetry
	spans   *tracetest.InMemoryExporter // what any other backend sees
	client  *http.Client
	server  *httptest.Server
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{posthog: posthogtest.Start(t), spans: tracetest.NewInMemoryExporter()}
	var err error
	s.t, err = newTelemetry(projectKey, s.posthog.URL)
	require.NoError(t, err)
	s.t.provider.RegisterSpanProcessor(sdktrace.NewSimpleSpanProcessor(s.spans))
	t.Cleanup(func() { require.NoError(t, s.t.provider.Shutdown(context.WithoutCancel(t.Context()))) })
	s.server = httptest.NewServer(newHandler(s.t))
	t.Cleanup(s.server.Close)
	s.url = s.server.URL
	s.client = s.server.Client()
	return s
}

// sessions returns the sessions of the generations, one after the other.
func (s *site) sessions(t *testing.T, n int) (list []string) {
	t.Helper()
	require.NoError(t, s.t.provider.ForceFlush(t.Context()))
	events := s.posthog.Deduplicated()
	require.Len(t, events, n)
	for _, e := range events {
		require.Equal(t, "$ai_generation", e.Name)
		list = append(list, e.SessionID())
	}
	return list
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// cookie is the one of posthog-js.
func cookie(session string) string {
	now := time.Now().UnixMilli()
	return "ph_" + projectKey + "_posthog=" + url.QueryEscape(fmt.Sprintf(`{"distinct_id":"ada","$sesid":[%d,"%s",%d]}`, now, session, now))
}

func TestEventSource(t *testing.T) {
	t.Parallel()
	id := newID()
	for name, tt := range map[string]struct{ query, cookie, want string }{
		"by query":          {"&ph_session=" + id, "", id},
		"by cookie":         {"", cookie(id), id},
		"the query wins":    {"&ph_session=" + id, cookie(newID()), id},
		"an empty variable": {"&ph_session=undefined", "", ""},
		"no session":        {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/events?q=one+two"+tt.query, nil)
			require.NoError(t, err)
			if tt.cookie != "" {
				req.Header.Set("Cookie", tt.cookie)
			}
			resp, err := s.client.Do(req)
			require.NoError(t, err)
			defer func() { _ = resp.Body.Close() }()
			var said []string
			for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
				if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					said = append(said, text)
				}
			}
			require.Equal(t, []string{"You", "asked:", "one", "two"}, said)
			s.server.Close() // the server span has ended
			require.Equal(t, []string{tt.want}, s.sessions(t, 1))
			requireNotInURL(t, s, id)
		})
	}
}

// requireNotInURL fails when a span says the session in another attribute than the
// one that is for it.
func requireNotInURL(t *testing.T, s *site, id string) {
	t.Helper()
	require.NotEmpty(t, s.spans.GetSpans())
	for _, span := range s.spans.GetSpans() {
		for _, kv := range span.Attributes {
			if kv.Key != "$session_id" {
				require.NotContains(t, kv.Value.String(), id, "%s of %s", kv.Key, span.Name)
			}
		}
	}
}

func (s *site) dial(t *testing.T, query string, opts *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), s.url+"/socket"+query, opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func chat(t *testing.T, conn *websocket.Conn, q question) string {
	t.Helper()
	require.NoError(t, wsjson.Write(t.Context(), conn, q))
	var said []string
	for {
		var w word
		require.NoError(t, wsjson.Read(t.Context(), conn, &w))
		if w.Done {
			return strings.Join(said, " ")
		}
		said = append(said, w.Word)
	}
}

// The session of a socket changes while it is open. The events are there while the
// socket still is: no question waits for its end.
func TestSocket(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	opened, later := newID(), newID()
	conn := s.dial(t, "?ph_session="+opened, nil)
	require.Equal(t, "You asked: one", chat(t, conn, question{Text: "one"}))
	require.Equal(t, "You asked: two", chat(t, conn, question{Text: "two", Session: later}))
	require.Equal(t, "You asked: three", chat(t, conn, question{Text: "three"}))
	events, err := s.posthog.Wait(t.Context(), 3)
	require.NoError(t, err)
	traces := make(map[string]bool)
	for _, e := range events {
		traces[e.TraceID()] = true
	}
	require.Len(t, traces, 3, "each question has a trace of its own")
	require.ElementsMatch(t, []string{opened, later, opened}, s.sessions(t, 3))

	require.NoError(t, conn.Close(websocket.StatusNormalClosure, ""))
	require.Eventually(t, func() bool { return len(s.spans.GetSpans()) == 7 }, 10*time.Second, 10*time.Millisecond, "the span of the request has ended")
	requireNotInURL(t, s, opened)
}

func TestSocketByCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := newID()
	conn := s.dial(t, "", &websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {cookie(id)}}})
	chat(t, conn, question{Text: "one"})
	_, err := s.posthog.Wait(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []string{id}, s.sessions(t, 1))
}

// What is no id costs nobody an answer.
func TestSocketWithoutAnID(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	opened := newID()
	conn := s.dial(t, "?ph_session="+opened, nil)
	require.Equal(t, "You asked: one", chat(t, conn, question{Text: "one", Session: "undefined"}))
	_, err := s.posthog.Wait(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []string{opened}, s.sessions(t, 1))
}

func TestSocketOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, resp, err := websocket.Dial(t.Context(), s.url+"/socket", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example.com"}}})
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
}

// output can be written and read at the same time.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var stdout output
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, &stdout, io.Discard) }()
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), "and ask") }, 10*time.Second, 10*time.Millisecond)
	base := strings.Fields(stdout.String())[1]
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	id := newID()
	for path, want := range map[string]string{"/": "<h1>Streams without headers</h1>", "/events?q=x&ph_session=" + id: "event: done"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		require.NoError(t, err)
		resp, err := client.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Contains(t, string(body), want)
	}
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), id) }, 10*time.Second, 10*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	require.Error(t, run(t.Context(), []string{"-nonsense"}, io.Discard, io.Discard))
	require.NoError(t, run(t.Context(), []string{"-h"}, io.Discard, io.Discard))
}
