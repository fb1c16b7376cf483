package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/inspector/internal/assets"
	"github.com/otelposthog/otelposthog-go/inspector/server"
)

// newBrowser returns the context of a tab in a browser of its own.
func newBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no Chromium: install it, on Debian with `apt-get install chromium`")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"),
		chromedp.NoSandbox, // root, in CI
		chromedp.Flag("disable-quic", true),
		// posthog-js sends nothing for what looks like a robot.
		chromedp.Flag("enable-automation", false),
		chromedp.Flag("disable-blink-features", "AutomationControlled"),
		chromedp.UserAgent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"),
		chromedp.WindowSize(1300, 900),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	return ctx
}

func needAssets(t *testing.T) {
	t.Helper()
	if !assets.Has("player/rrweb-player.min.js") || !assets.Has("static/array.js") {
		t.Skipf("no player and no posthog-js: run `%s` in the folder inspector", assets.Command)
	}
}

// open shows a page of the inspector and waits until it is drawn.
func open(tab context.Context, t *testing.T, address string) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS("main h1"))))
}

func eval[T any](tab context.Context, t *testing.T, script string, opts ...chromedp.EvaluateOption) T {
	t.Helper()
	v, err := chromedp.Run(tab, chromedp.Evaluate[T](script, opts...))
	require.NoError(t, err)
	return v
}

func wait(tab context.Context, t *testing.T, condition string) {
	t.Helper()
	if _, err := chromedp.Run(tab, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(time.Minute))); err != nil {
		at, _ := chromedp.Run(tab, chromedp.Evaluate[string](`location.href + ' ' + document.activeElement.outerHTML.slice(0, 300)`))
		require.NoError(t, err, condition+" at "+at)
	}
}

// pages returns the address of every kind of page, up to n of each.
func pages(t *testing.T, at string, n int) []string {
	t.Helper()
	list := []string{"/", "/?q=gpt", "/traces", "/unlinked", "/checklist", "/setup", "/nowhere"}
	sessions := ask[[]session](t, at, "sessions")
	for _, s := range sessions[:min(n, len(sessions))] {
		list = append(list, "/sessions/"+url.PathEscape(s.ID))
	}
	traces := ask[[]traceSummary](t, at, "traces")
	for i, tr := range traces[:min(n, len(traces))] {
		list = append(list, "/traces/"+url.PathEscape(tr.ID), "/traces/"+url.PathEscape(tr.ID)+"?with="+url.PathEscape(traces[(i+1)%len(traces)].ID))
		for _, n := range ask[traceRows](t, at, "traces/"+url.PathEscape(tr.ID)).Nodes {
			list = append(list, "/traces/"+url.PathEscape(tr.ID)+"?span="+url.QueryEscape(n.ID))
			if n.UUID != "" {
				list = append(list, "/events/"+n.UUID)
			}
		}
	}
	return list
}

// hostile tries to break out of text, attributes, URLs and scripts.
const hostile = `"'><script>window.pwned=1</script><img src=x onerror="window.pwned=1"><svg onload=window.pwned=1>javascript:window.pwned=1</title></script>`

// TestNothingRuns feeds markup through every field and looks in a browser.
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	tab := newBrowser(t)
	at := start(t, server.Options{})
	message := map[string]any{
		"role": hostile, "name": hostile, "content": []any{
			map[string]any{"type": "text", "text": hostile},
			map[string]any{"type": hostile, "x": hostile},
			map[string]any{"type": "image_url", "image_url": map[string]any{"url": "https://evil.example.com/" + hostile}},
			map[string]any{"type": "tool_call", "name": hostile, "arguments": hostile},
			map[string]any{"type": "tool_result", "result": hostile},
		},
		"tool_calls": []any{map[string]any{"function": map[string]any{"name": hostile, "arguments": hostile}}},
	}
	for _, name := range []string{"$ai_generation", "$ai_span", "$ai_trace", "$pageview", "$autocapture", "$exception", hostile} {
		properties := map[string]any{
			hostile: hostile, "$session_id": hostile, "$window_id": hostile, "$ai_trace_id": hostile, "$ai_span_id": hostile + name, "$ai_parent_id": hostile,
			"$ai_span_name": hostile, "$ai_model": hostile, "$ai_provider": hostile, "$ai_error": hostile, "$ai_is_error": true, "$ai_session_id": hostile,
			"$ai_input": []any{message}, "$ai_output_choices": []any{message}, "$ai_input_state": hostile, "$ai_tools": []any{hostile}, "$ai_stop_reason": hostile,
			"$ai_model_parameters": map[string]any{hostile: hostile}, "$current_url": "javascript:" + hostile, "$el_text": hostile, "$elements_chain": hostile, "service.name": hostile,
		}
		if strings.HasPrefix(name, "$page") || name == "$autocapture" {
			delete(properties, "$ai_trace_id")
		}
		body, err := json.Marshal(map[string]any{"api_key": "phc_x", "event": name, "distinct_id": hostile, "properties": properties})
		require.NoError(t, err)
		status, answer, _ := do(t, http.MethodPost, at+"/e/", string(body))
		require.Equal(t, http.StatusOK, status, answer)
	}
	tp := provider(t, at, hostile)
	ctx, span := tp.Tracer(hostile).Start(t.Context(), hostile, trace.WithAttributes(attribute.String(hostile, hostile), attribute.String("$session_id", hostile)))
	chat(ctx, tp, attribute.String("gen_ai.response.model", hostile), attribute.String("posthog.link.status", "refused"), attribute.String("posthog.link.reason", hostile))
	span.SetStatus(codes.Error, hostile)
	span.End()
	chat(t.Context(), tp, attribute.String("posthog.link.status", "refused"), attribute.String("posthog.link.reason", hostile))
	_, _, _ = do(t, http.MethodPost, at+"/e/", `{"event":"`+strings.ReplaceAll(hostile, `"`, ``)+`","uuid":"<img src=x onerror=window.pwned=1>","distinct_id":"a"}`)
	quoted, err := json.Marshal(hostile)
	require.NoError(t, err)
	recording := fmt.Sprintf(`[{"event":"$snapshot","properties":{"$session_id":%s,"$window_id":%s,"distinct_id":%s,"$snapshot_data":[{"type":4,"timestamp":1700000000000,"data":{"href":%s,"width":100,"height":100}},
		{"type":2,"timestamp":1700000000500,"data":{"initialOffset":{"top":0,"left":0},"node":{"type":0,"id":1,"childNodes":[{"type":2,"tagName":"html","id":2,"attributes":{},"childNodes":[{"type":2,"tagName":"body","id":3,"attributes":{"onload":"top.pwned=1"},"childNodes":[
		{"type":2,"tagName":"script","id":4,"attributes":{},"childNodes":[{"type":3,"id":5,"textContent":"top.pwned=1"}]},{"type":2,"tagName":"img","id":6,"attributes":{"src":"x","onerror":"top.pwned=1"},"childNodes":[]},
		{"type":2,"tagName":"iframe","id":7,"attributes":{"srcdoc":"<script>top.pwned=1</script>"},"childNodes":[]}]}]}]}}},{"type":3,"timestamp":1700000001000,"data":{"source":1,"positions":[]}}]}}]`, quoted, quoted, quoted, quoted)
	status, answer, _ := do(t, http.MethodPost, at+"/s/", recording)
	require.Equal(t, http.StatusOK, status, answer)

	list := pages(t, at, 100)
	require.Greater(t, len(list), 15)
	for _, path := range list {
		open(tab, t, at+path)
		found := eval[struct {
			Pwned bool
			Made  int
			Title string
		}](tab, t, `new Promise((done) => setTimeout(() => done({
			Pwned: window.pwned !== undefined,
			Made: document.querySelectorAll('main script, main img, main svg:not(.rr-player svg), main [onerror], main [onload], a[href^="javascript:"]').length,
			Title: document.title,
		}), 150))`, chromedp.EvalAwaitPromise)
		require.False(t, found.Pwned, path)
		require.Zero(t, found.Made, path)
	}
	// The text itself is there to be read.
	open(tab, t, at+"/unlinked")
	require.Contains(t, eval[string](tab, t, `document.querySelector('main').innerHTML`), html.EscapeString("<script>window.pwned=1</script>")[:20])
}

// TestAccessible asks axe about every page, in both colour schemes.
func TestAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../internal/assets/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skipf("no axe-core: run `%s` in the folder inspector", assets.Command)
	}
	at := start(t, server.Options{})
	fill(t, at)
	tp := provider(t, at, "gateway")
	ctx, span := tp.Tracer("t").Start(t.Context(), "POST /api/chat", trace.WithSpanKind(trace.SpanKindServer))
	chat(ctx, tp, attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Where is my order?"}]},{"role":"assistant","parts":[{"type":"tool_call","name":"order","arguments":"{\"id\":1}"}]},{"role":"tool","parts":[{"type":"tool_call_response","result":"{\"status\":\"sent\"}"}]}]`))
	chat(ctx, tp, attribute.String("error.type", "429"))
	span.End()
	_, _, _ = do(t, http.MethodPost, at+"/e/", `{"nonsense":1}`)

	for scheme, number := range map[string]string{"dark": "0", "light": "1"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			tab := newBrowser(t, chromedp.Flag("blink-settings", "preferredColorScheme="+number))
			for _, path := range pages(t, at, 1) {
				open(tab, t, at+path)
				_ = eval[bool](tab, t, `(() => { for (const d of document.querySelectorAll('details')) d.open = true; return true })()`)
				_ = eval[bool](tab, t, string(axe)+`;true`)
				// The recorded page is somebody else's.
				violations := eval[[]string](tab, t, `axe.run({exclude: ['.replayer-wrapper']}, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(({violations}) =>
					violations.map((v) => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | ')))`, chromedp.EvalAwaitPromise)
				assert.Empty(t, violations, scheme+" "+path)
			}
		})
	}
}

// TestKeyboard goes from page to page without a mouse.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	tab := newBrowser(t)
	at := start(t, server.Options{})
	fill(t, at)
	open(tab, t, at+"/")
	press := func(keys string) { require.NoError(t, chromedp.Do(tab, chromedp.KeyEvent(keys))) }
	path := func(want string) {
		t.Helper()
		wait(tab, t, fmt.Sprintf(`document.getElementById('main').dataset.shows === %q`, want))
	}
	press("j")
	wait(tab, t, `document.activeElement.matches('a.row')`)
	press("j")
	press("k")
	first := eval[string](tab, t, `document.activeElement.getAttribute('href')`)
	press("\r")
	path(first)
	press("\x1b") // up
	path("/")
	for i, want := range []string{"/", "/traces", "/unlinked", "/checklist", "/setup"} {
		press(fmt.Sprint(i + 1))
		path(want)
	}
	press("2")
	path("/traces")
	press("/")
	wait(tab, t, `document.activeElement.id === 'q'`)
	// The key of a driver writes its character even where the page takes the key.
	_ = eval[bool](tab, t, `(document.getElementById('q').value = '', true)`)
	press("gpt-5")
	path("/traces?q=gpt-5")
	press("\x1b")
	press("?")
	wait(tab, t, `document.getElementById('keys').open`)
	press("\x1b")
	wait(tab, t, `!document.getElementById('keys').open`)
	wait(tab, t, `document.querySelectorAll('a.row').length === 2`)
	press("j")
	press("\r")
	wait(tab, t, `location.pathname.startsWith('/traces/') && document.querySelectorAll('a.node').length === 1`)
	press("j")
	press("\r")
	wait(tab, t, `location.search.startsWith('?span=') && document.querySelector('.side .verdict') !== null`)
	press("\x1b")
	wait(tab, t, `location.search === '' && document.querySelector('.side .verdict') === null`)
	// Tab reaches every control, in the order of the page.
	open(tab, t, at+"/")
	press("\t")
	require.Equal(t, "skip", eval[string](tab, t, `document.activeElement.className`))
}

// site is a page that posthog-js records, on an origin of its own.
func site(t *testing.T, inspector, more string) string {
	t.Helper()
	return serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html><body><h1>This is tab %s</h1><button id="b" onclick="document.querySelector('p').textContent += 'clicked '">Click</button><p></p>
<script src="%[2]s/static/array.js"></script>
<script>
posthog.init('phc_local', {api_host: '%[2]s', request_queue_config: {flush_interval_ms: 250}, loaded: () => { window.ready = true }, %[3]s})
const session = () => posthog.get_session_id()
</script></body></html>`, html.EscapeString(r.URL.Query().Get("name")), inspector, more)
	}))
}

// TestTabsAndSessionsDoNotMix records two tabs of one session, and a session after
// it.
func TestTabsAndSessionsDoNotMix(t *testing.T) {
	t.Parallel()
	needAssets(t)
	one := newBrowser(t)
	at := start(t, server.Options{})
	page := site(t, at, "")
	visit := func(tab context.Context, name string) string {
		require.NoError(t, chromedp.Do(tab, chromedp.Navigate(page+"/?name="+name)))
		wait(tab, t, `window.ready === true && window.posthog.sessionRecording?.started === true`)
		require.NoError(t, chromedp.Do(tab, chromedp.Click(chromedp.CSS("#b"))))
		return eval[string](tab, t, `session()`)
	}
	first := visit(one, "one")
	two, cancel := chromedp.NewContext(one) // a tab of the same browser
	t.Cleanup(cancel)
	require.Equal(t, first, visit(two, "two"), "tabs share a session")

	type window struct {
		ID     string            `json:"window_id"`
		Events []json.RawMessage `json:"events"`
	}
	recorded := func(id string) []string {
		var texts []string
		for _, w := range ask[[]window](t, at, "sessions/"+id+"/replay") {
			text, err := json.Marshal(w.Events)
			require.NoError(t, err)
			texts = append(texts, string(text))
		}
		return texts
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		texts := recorded(first)
		require.Len(c, texts, 2, "a recording for each tab")
		require.Contains(c, texts[0], "This is tab one")
		require.Contains(c, texts[1], "This is tab two")
	}, time.Minute, 200*time.Millisecond)

	_ = eval[bool](two, t, `(posthog.sessionManager.resetSessionId(), true)`)
	require.NoError(t, chromedp.Do(two, chromedp.Click(chromedp.CSS("#b"))))
	second := eval[string](two, t, `session()`)
	require.NotEqual(t, first, second)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		texts := recorded(second)
		require.Len(c, texts, 1)
		require.Contains(c, texts[0], "This is tab two")
		require.NotContains(c, texts[0], "This is tab one")
	}, time.Minute, 200*time.Millisecond)
	for _, text := range recorded(first) {
		require.False(t, strings.Contains(text, "tab one") && strings.Contains(text, "tab two"))
	}
}

// TestCrossOrigin calls an API on another origin, with and without the lines that
// the documentation asks for.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	needAssets(t)
	for name, headers := range map[string][]string{"with": baggage.AllowedHeaders(), "without": {"content-type"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := newBrowser(t)
			at := start(t, server.Options{})
			gw := newService(t, at, "gateway", true)
			gw.export(at)
			api := httptest.NewServer(baggage.NewHandler(cors(headers, gw)))
			t.Cleanup(api.Close)
			require.NoError(t, chromedp.Do(tab, chromedp.Navigate(site(t, at, "tracing_headers: ['127.0.0.1']"))))
			wait(tab, t, `window.ready === true && window.fetch.__posthog_wrapped__ === true`)
			answer := eval[string](tab, t, fmt.Sprintf(`fetch(%q, {method: 'POST'}).then((r) => 'status ' + r.status, (e) => 'blocked')`, api.URL), chromedp.EvalAwaitPromise)
			id := eval[string](tab, t, `session()`)
			if name == "without" {
				require.Equal(t, "blocked", answer)
				return
			}
			require.Equal(t, "status 200", answer)
			require.EventuallyWithT(t, func(c *assert.CollectT) {
				sessions := ask[[]session](t, at, "sessions")
				require.NotEmpty(c, sessions)
				require.Equal(c, id, sessions[0].ID)
				require.Equal(c, 1, sessions[0].AIEvents)
			}, time.Minute, 100*time.Millisecond)
		})
	}
}

func cors(allowed []string, gw *svc) http.Handler {
	call := gw.llm()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Headers", strings.Join(allowed, ","))
			return
		}
		call(w, r)
	})
}

// TestLargeTrace opens a trace of 2,000 spans and says how long scripts ran.
func TestLargeTrace(t *testing.T) {
	t.Parallel()
	tab := newBrowser(t)
	at := start(t, server.Options{})
	id := largeTrace(t, at, 2000)
	open(tab, t, at+"/checklist") // the scripts are loaded
	require.NoError(t, chromedp.Do(tab, chromedp.WaitReady(chromedp.CSS("main h1"))))
	before := scriptTime(tab, t)
	_ = eval[bool](tab, t, fmt.Sprintf(`(history.pushState(null, '', '/traces/%s'), dispatchEvent(new PopStateEvent('popstate')))`, id))
	wait(tab, t, `document.querySelectorAll('a.node').length > 50`)
	t.Logf("2,000 spans: %.0f ms of script", (scriptTime(tab, t)-before)*1000)
	// All of them are there for who scrolls, or walks down by keyboard.
	_ = eval[bool](tab, t, `(document.querySelector('.waterfall').lastChild.scrollIntoView({block: 'end'}), true)`)
	wait(tab, t, `document.querySelectorAll('a.node').length === 2000`)
	last := eval[string](tab, t, `[...document.querySelectorAll('a.node')].at(-1).getAttribute('href')`)
	open(tab, t, at+last)
	wait(tab, t, `document.querySelector('a.node[aria-current]') !== null && document.querySelector('.side .event-head') !== null`)
}

// TestWithoutTheServer says so.
func TestWithoutTheServer(t *testing.T) {
	t.Parallel()
	tab := newBrowser(t)
	at, stop := startStoppable(t, server.Options{})
	open(tab, t, at+"/")
	wait(tab, t, `document.getElementById('live').classList.contains('on')`)
	// A new session appears by itself.
	event := fmt.Sprintf(`[{"event":"$pageview","uuid":%q,"distinct_id":"ada","properties":{"token":"phc_x","$session_id":%q}}]`, uuid.NewString(), sessionID)
	status, _, _ := do(t, http.MethodPost, at+"/e/", event)
	require.Equal(t, http.StatusOK, status)
	wait(tab, t, `document.querySelector('a.row b')?.textContent === 'ada'`)
	stop()
	wait(tab, t, `document.getElementById('live-text').textContent === 'The inspector is not running'`)
}
