package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/baggage"
)

var screenshots = flag.String("screenshots", "", "folder for the pictures of the inspector's README, ../../inspector/docs")

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
	require.NoError(t, chromedp.Do(browser, chromedp.EmulateViewport(1280, 860), chromedp.Navigate(a.url)))
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
	require.NoError(t, chromedp.Do(browser, chromedp.Click(chromedp.CSS(".feedback button"))))
	require.Eventually(t, func() bool {
		return strings.Contains(get(t, a.inspector.url+"/inspector/api/sessions/"+session), "$ai_feedback")
	}, time.Minute, 100*time.Millisecond, "what the person thinks of the answer is there")

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

	if *screenshots == "" {
		return
	}
	shot := func(name string) {
		t.Helper()
		image, err := chromedp.Run(browser, func(ctx context.Context, tab *chromedp.Target) (page.CaptureScreenshotResult, error) {
			return cdp.Call(ctx, tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp})
		})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(*screenshots, name+".webp"), image.Data, 0o644)) //nolint:gosec // public
	}
	shot("session")
	nodes := `document.querySelectorAll('a.node')`
	_ = read(`([...document.querySelectorAll('a.span')][0].click(), '')`)
	poll(nodes + `.length > 5`)
	_ = read(`([...document.querySelectorAll('a.node.ai')].filter((row) => row.textContent.startsWith('chat')).at(-1).click(), '')`)
	poll(`document.querySelector('.side .chat') !== null`)
	shot("trace")
	_, err = askAsBrowser(t.Context(), a.url, baggage.Session{}, func(http.Header, baggage.Session) {})
	require.NoError(t, err)
	require.NoError(t, a.flush(t.Context()))
	require.NoError(t, chromedp.Do(browser, chromedp.Navigate(a.inspector.url+"/unlinked")))
	poll(`document.querySelectorAll('.cause li').length > 0`)
	shot("unlinked")
}

// needPlayer skips where the inspector was built without its files from npm.
func needPlayer(t *testing.T) {
	t.Helper()
	for _, file := range []string{"player/rrweb-player.min.js", "static/array.js"} {
		if _, err := os.Stat(filepath.Join("..", "..", "inspector", "internal", "assets", "dist", file)); err != nil {
			t.Skip("no player and no posthog-js: run `go generate ./internal/assets` in the folder inspector")
		}
	}
}
