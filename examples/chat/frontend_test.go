package main

import (
	"context"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/baggage"
)

const (
	frontend = "testdata/frontend/"
	// exampleAPI is the API in what the documentation shows.
	exampleAPI = "https://api.example.com"
)

// TestFrontend asks the gateway, on another origin than the page, in a real browser
// and in each way that docs/frontend.md shows: PostHog gets the same, and a host that
// the page did not name gets nothing.
func TestFrontend(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		script string
		trace  bool // the page sends a traceparent
	}{
		{"tracing_headers.js", false},
		{"fetch.js", false},
		{"opentelemetry.js", true},
	} {
		t.Run(way.script, func(t *testing.T) {
			t.Parallel()
			browser := newBrowser(t)
			ph := newPostHogFront(t)
			cfg := testConfig(t)
			cfg.posthogKey, cfg.posthogHost = "phc_frontend", ph.url
			a, err := start(cfg)
			require.NoError(t, err)
			defer func() { require.NoError(t, a.shutdown(context.WithoutCancel(t.Context()))) }()

			gateway, err := url.Parse(a.url)
			require.NoError(t, err)
			own := newOrigin(t, httputil.NewSingleHostReverseProxy(gateway))
			other := newOrigin(t, http.NotFoundHandler())
			page := servePageOf(t, way.script, ph.url, own.url, strings.Replace(other.url, "127.0.0.1", "localhost", 1))

			require.NoError(t, chromedp.Do(browser, chromedp.Navigate(page)))
			ready := `window.ready`
			if way.script == "tracing_headers.js" { // posthog-js loads the part that adds them when it needs it
				ready = `window.ready && window.fetch.__posthog_wrapped__`
			}
			_, err = chromedp.Run(browser, chromedp.Poll[bool](ready, chromedp.WithPollingTimeout(time.Minute)))
			require.NoError(t, err)
			_, err = chromedp.Run(browser, chromedp.Evaluate[bool](`ask(), true`))
			require.NoError(t, err)
			_, err = chromedp.Run(browser, chromedp.Poll[bool](`!!window.result`, chromedp.WithPollingTimeout(time.Minute)))
			require.NoError(t, err)
			result, err := chromedp.Run(browser, chromedp.Evaluate[struct {
				Status          []int
				Session, Person string
			}](`window.result`))
			require.NoError(t, err)
			require.Equal(t, []int{http.StatusOK, http.StatusNotFound}, result.Status)
			require.NoError(t, a.flush(t.Context()))

			kinds := make(map[string]int)
			for _, e := range ph.server.Events() {
				kinds[e.Name]++
				require.Equal(t, result.Session, e.SessionID(), e.Name)
				require.Equal(t, result.Person, e.DistinctID, e.Name)
			}
			require.Equal(t, map[string]int{"$ai_generation": 2, "$ai_span": 2}, kinds)
			for _, h := range own.seen() {
				require.Equal(t, way.trace, h.Get("traceparent") != "")
			}
			require.Len(t, other.seen(), 1)
			for name, values := range other.seen()[0] {
				require.NotContains(t, strings.Join(values, " "), result.Session, name)
				require.NotContains(t, strings.Join(values, " "), result.Person, name)
			}
		})
	}
}

// The documentation shows what the test runs.
func TestFrontendDocumentation(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/frontend.md")
	require.NoError(t, err)
	for _, script := range []string{"fetch.js", "opentelemetry.js"} {
		text, err := os.ReadFile(frontend + script)
		require.NoError(t, err)
		require.Contains(t, string(doc), "```js\n"+string(text)+"```\n", script)
	}
	for _, header := range baggage.AllowedHeaders() {
		require.Contains(t, strings.ToLower(string(doc)), strings.ToLower(header))
	}
}

// origin is a server that allows pages of other origins what an edge should allow,
// and keeps the headers of their requests.
type origin struct {
	url  string
	next http.Handler

	mu      sync.Mutex
	headers []http.Header
}

func newOrigin(t *testing.T, next http.Handler) *origin {
	t.Helper()
	o := &origin{next: next}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	o.url = srv.URL
	return o
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Headers", strings.Join(append(baggage.AllowedHeaders(), "content-type"), ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	o.mu.Lock()
	o.headers = append(o.headers, r.Header.Clone())
	o.mu.Unlock()
	o.next.ServeHTTP(w, r)
}

func (o *origin) seen() []http.Header {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.headers
}

// servePageOf serves a page and its script, with the API where it runs in the place
// of the one of the documentation.
func servePageOf(t *testing.T, script, posthog, own, other string) (address string) {
	t.Helper()
	page, err := template.ParseFiles(frontend + "page.html")
	require.NoError(t, err)
	text := bundle(t, script, own)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_ = page.Execute(w, map[string]string{"Way": script, "PostHog": posthog, "API": own, "Other": other})
	})
	mux.HandleFunc("GET /"+script, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(text)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// bundle makes one script of a way and the packages that it imports.
func bundle(t *testing.T, script, own string) []byte {
	t.Helper()
	text, err := os.ReadFile(frontend + script)
	if os.IsNotExist(err) {
		return nil // posthog-js alone
	}
	require.NoError(t, err)
	inPattern := strings.NewReplacer("/", `\/`, ".", `\.`)
	mine := strings.NewReplacer(exampleAPI, own, inPattern.Replace(exampleAPI), inPattern.Replace(own)).Replace(string(text))
	require.Contains(t, mine, "127")
	dir, err := os.Getwd()
	require.NoError(t, err)
	result := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: mine, ResolveDir: dir + "/testdata", Sourcefile: script},
		Bundle: true, Platform: api.PlatformBrowser, Format: api.FormatIIFE,
	})
	require.Empty(t, result.Errors)
	return result.OutputFiles[0].Contents
}
