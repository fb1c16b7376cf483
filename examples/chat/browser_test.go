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
	"strings"
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

// TestReplay is the whole demonstration without an account: ask, open the session,
// open a generation, play from there, and see the page of that moment.
func TestReplay(t *testing.T) {
	t.Parallel()
	needPlayer(t)
	browser := newBrowser(t)
	cfg := testConfig(t)
	cfg.inspect, cfg.inspectorAddr = true, "127.0.0.1:0"
	a, err := start(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.shutdown(context.WithoutCancel(t.Context()))) }()

	poll := func(condition string) {
		t.Helper()
		_, err := chromedp.Run(browser, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(time.Minute)))
		require.NoError(t, err, condition)
	}
	read := func(script string) string {
		t.Helper()
		text, err := chromedp.Run(browser, chromedp.Evaluate[string](script))
		require.NoError(t, err, script)
		return text
	}
	require.NoError(t, chromedp.Do(browser, chromedp.Navigate(a.url)))
	poll(`window.fetch.__posthog_wrapped__ && posthog.sessionRecording?.started`)
	ask := func(question string) {
		_ = read(`document.getElementById('question').value = ''`)
		require.NoError(t, chromedp.Do(browser, chromedp.SendKeys(chromedp.CSS("#question"), question), chromedp.Click(chromedp.CSS("#ask button"))))
	}
	ask("Where is my order 1042?")
	poll(`document.querySelectorAll('#talk .assistant').length === 1 && !document.querySelector('#ask button').disabled`)
	ask("And what is 77 doing?")
	poll(`document.querySelectorAll('#talk .assistant').length === 2`)
	session := read(`posthog.get_session_id()`)
	links := `[...document.querySelectorAll('#result a')].map((a) => a.href).join(' ')`
	poll(`document.querySelectorAll('#result a').length === 2`)
	require.Contains(t, read(links), a.inspector.url+"/sessions/"+session)
	require.Contains(t, read(`document.querySelector('.verdict').textContent`), "✓ the LLM API saw no baggage")
	require.NoError(t, a.flush(t.Context()))

	// The recorder sends every few seconds, and once more when the page goes.
	require.Eventually(t, func() bool {
		return strings.Contains(get(t, a.inspector.url+"/inspector/api/sessions/"+session+"/replay"), "is on its way")
	}, time.Minute, 200*time.Millisecond, "the recording shows the first answer")

	require.NoError(t, chromedp.Do(browser, chromedp.Navigate(a.inspector.url+"/sessions/"+session)))
	poll(`document.querySelectorAll('.story .line.call').length === 3 && document.querySelector('.replayer-wrapper iframe') !== null`)
	// The page of the last call has the first answer; the page at the start has none.
	recorded := `document.querySelector('.replayer-wrapper iframe').contentDocument.body.innerText`
	require.NotContains(t, read(recorded), "is on its way")
	_ = read(`([...document.querySelectorAll('.story .line.call a')].at(-1).click(), '')`)
	poll(`location.pathname.startsWith('/events/') && document.querySelector('.verdict b')?.textContent === 'Linked to a browser session'`)
	require.Contains(t, read(`document.querySelector('.hops').textContent`), "gateway")
	require.Contains(t, read(`document.querySelector('.chat').textContent`), "And what is 77 doing?")
	_ = read(`(document.querySelector('a.button.go').click(), '')`)
	poll(`location.pathname.startsWith('/sessions/') && document.querySelector('.replayer-wrapper iframe') !== null`)
	poll(`document.querySelector('.replayer-wrapper iframe').contentDocument.body?.innerText.includes('is on its way')`)
	require.Equal(t, "allow-same-origin", read(`document.querySelector('.replayer-wrapper iframe').getAttribute('sandbox')`), "no script of the recorded page runs")
	poll(`document.querySelector('.playhead i').hidden === false && document.querySelectorAll('.lit').length > 0`)
}

// needPlayer skips where the inspector was built without its files from npm.
func needPlayer(t *testing.T) {
	t.Helper()
	for _, file := range []string{"player/rrweb-player.min.js", "static/array.js"} {
		if _, err := os.Stat(filepath.Join("..", "..", "inspector", "assets", "dist", file)); err != nil {
			t.Skip("no player and no posthog-js: run `go generate ./assets` in the folder inspector")
		}
	}
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
