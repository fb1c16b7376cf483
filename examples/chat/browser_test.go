package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// TestBrowser opens the page in a real browser, with the real posthog-js: what
// PostHog gets from the page and what it gets from the assistant has one
// session. It needs Chromium and what `npm ci` puts into testdata.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := newBrowser(t)
	ph := newPostHogFront(t)
	cfg := testConfig(t)
	cfg.posthogKey, cfg.posthogHost = "phc_browser", ph.url
	a, err := start(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.shutdown(context.WithoutCancel(t.Context()))) }()

	require.NoError(t, chromedp.Do(browser, chromedp.Navigate(a.url)))
	// posthog-js loads the part that adds the headers when it needs it.
	_, err = chromedp.Run(browser, chromedp.Poll[bool](`window.fetch.__posthog_wrapped__`, chromedp.WithPollingTimeout(time.Minute)))
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(
		browser,
		chromedp.WaitVisible("//dd[text()='posthog-js']"),
		chromedp.Click(chromedp.CSS("#ask button")),
		chromedp.WaitVisible(chromedp.CSS("#talk .assistant")),
	))
	page, err := chromedp.Run(browser, chromedp.Evaluate[struct{ Session, Window, Person, Shown string }](`({
		Session: posthog.get_session_id(),
		Window: posthog.sessionManager.checkAndGetSessionAndWindowId(true).windowId,
		Person: posthog.get_distinct_id(),
		Shown: document.getElementById('session').textContent,
	})`))
	require.NoError(t, err)
	require.NoError(t, a.flush(t.Context()))

	require.Equal(t, page.Session, page.Shown)
	kinds := make(map[string]int)
	for _, e := range ph.server.Events() {
		kinds[e.Name]++
		require.Equal(t, page.Session, e.Properties["$session_id"], e.Name)
		require.Equal(t, page.Window, e.Properties["$window_id"], e.Name)
		require.Equal(t, page.Person, e.DistinctID, e.Name)
	}
	require.Equal(t, map[string]int{"$ai_generation": 2, "$ai_span": 2}, kinds)

	// posthog-js sends its own events a few seconds later.
	require.Eventually(t, func() bool { return ph.sessionOf("$pageview") != "" }, time.Minute, 100*time.Millisecond)
	require.Equal(t, page.Session, ph.sessionOf("$pageview"))
}

// newBrowser returns the context of a tab in a browser of its own.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no Chromium: install it, on Debian with `apt-get install chromium`")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"),
		chromedp.NoSandbox, // root, in CI
		chromedp.Flag("disable-quic", true),
		// posthog-js sends nothing for what looks like a robot.
		chromedp.Flag("enable-automation", false),
		chromedp.Flag("disable-blink-features", "AutomationControlled"),
		chromedp.UserAgent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"),
		chromedp.WSURLReadTimeout(time.Minute),
	)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	return ctx
}

// postHogFront is a PostHog for a page and a service: it serves posthog-js,
// keeps what that sends, and leaves the service's events to a stand-in.
type postHogFront struct {
	url    string
	server *posthogtest.Server

	mu       sync.Mutex
	captured []capturedEvent
}

type capturedEvent struct {
	Event      string
	Properties map[string]any
}

func newPostHogFront(t *testing.T) *postHogFront {
	t.Helper()
	const posthogJS = "testdata/node_modules/posthog-js/dist"
	if _, err := os.Stat(posthogJS); err != nil {
		t.Skip("no posthog-js: run `npm ci` in examples/chat/testdata")
	}
	f := &postHogFront{server: posthogtest.NewServer()}
	t.Cleanup(f.server.Close)
	target, err := url.Parse(f.server.URL)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/batch/", httputil.NewSingleHostReverseProxy(target))
	mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeFile(w, r, filepath.Join(posthogJS, path.Base(r.URL.Path))) // with and without the version in front
	})
	mux.HandleFunc("/", f.fromPage)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

// fromPage answers whatever posthog-js asks for, from another origin, with
// nothing, and keeps the events.
func (f *postHogFront) fromPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Headers", "*")
	body, _ := io.ReadAll(r.Body)
	if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
		body, _ = io.ReadAll(z)
	}
	var sent struct{ Batch []capturedEvent }
	_ = json.Unmarshal(body, &sent) // other requests have no events
	f.mu.Lock()
	f.captured = append(f.captured, sent.Batch...)
	f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}")
}

// sessionOf returns the session of an event that posthog-js sent.
func (f *postHogFront) sessionOf(event string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.captured {
		if id, ok := e.Properties["$session_id"].(string); ok && e.Event == event {
			return id
		}
	}
	return ""
}
