package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	}))
}

// noEnv is an environment with nothing set: both stand-ins.
func noEnv(string) string { return "" }

func testConfig(t *testing.T) config {
	t.Helper()
	cfg, err := configFromEnv(noEnv)
	require.NoError(t, err)
	cfg.addr = "127.0.0.1:0"
	cfg.log = log.New(t.Output(), "", 0)
	return cfg
}

func TestOnce(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]sendSession{"posthog headers": posthogHeaders, "baggage header": baggageHeader} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent baggage.Session
			events, err := once(t.Context(), testConfig(t), func(h http.Header, s baggage.Session) {
				sent = s
				send(h, s)
			})
			require.NoError(t, err)

			kinds := make(map[string]int)
			for _, e := range events {
				kinds[e.Name]++
				require.Equal(t, sent.ID, e.Properties["$session_id"])
				require.Equal(t, sent.WindowID, e.Properties["$window_id"])
				require.Equal(t, sent.DistinctID, e.DistinctID)
				require.Equal(t, "assistant", e.Properties["service.name"])
				require.Equal(t, "once", e.Properties["$ai_session_id"], "the conversation is something else")
			}
			require.Equal(t, map[string]int{"$ai_generation": 2, "$ai_span": 2}, kinds, "agent, tool, and the model twice")
		})
	}
}

func TestOnceFailsWithoutASession(t *testing.T) {
	t.Parallel()
	events, err := once(t.Context(), testConfig(t), func(http.Header, baggage.Session) {})
	require.ErrorContains(t, err, "$session_id")
	require.Len(t, events, 4, "the events are there to be looked at")
}

func TestOnceFailsWithoutAModel(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(broken.Close)
	cfg := testConfig(t)
	cfg.llm.apiKey, cfg.llm.baseURL = "sk-test", broken.URL
	_, err := once(t.Context(), cfg, posthogHeaders)
	require.ErrorContains(t, err, "502")
}

// A real PostHog is configured: it gets the events, and the check sees them too.
func TestOnceBesideARealPostHog(t *testing.T) {
	t.Parallel()
	cloud := posthogtest.NewServer(posthogtest.WithAPIKey("phc_real"))
	t.Cleanup(cloud.Close)
	cfg := testConfig(t)
	cfg.posthogKey, cfg.posthogHost = "phc_real", cloud.URL
	events, err := once(t.Context(), cfg, posthogHeaders)
	require.NoError(t, err)
	require.Len(t, events, 4)
	require.Len(t, cloud.Events(), 4)
}

func TestRunOncePrintsNothingButEvents(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-once"}, {"-once", "-baggage"}} {
		var stdout, stderr bytes.Buffer
		require.NoError(t, run(t.Context(), args, &stdout, &stderr, noEnv))
		lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
		require.Len(t, lines, 4)
		for _, line := range lines {
			var e posthogtest.Event
			require.NoError(t, json.Unmarshal([]byte(line), &e))
			require.NotEmpty(t, e.UUID)
		}
		require.Contains(t, stderr.String(), "4 events carry the session")
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	env := func(k string) string { return map[string]string{"POSTHOG_API_KEY": "phx_secret"}[k] }
	err := run(t.Context(), []string{"-once"}, io.Discard, io.Discard, env)
	require.ErrorContains(t, err, "personal API key")
	require.NotContains(t, err.Error(), "phx_secret")
	require.Error(t, run(t.Context(), []string{"-nonsense"}, io.Discard, io.Discard, noEnv))
	require.NoError(t, run(t.Context(), []string{"-h"}, io.Discard, io.Discard, noEnv))

	taken := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(taken.Close)
	err = run(t.Context(), []string{"-addr", taken.Listener.Addr().String()}, io.Discard, io.Discard, noEnv)
	require.ErrorContains(t, err, "-addr")
}

// Without a key, what a person sees is in the inspector.
func TestInspector(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.inspect, cfg.inspectorAddr = true, "127.0.0.1:0"
	a, err := start(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.shutdown(context.WithoutCancel(t.Context()))) }()
	require.Contains(t, a.greeting(), a.inspector.url)
	require.Contains(t, get(t, a.url+"/"), `"inspector":"`+a.inspector.url+`"`)

	for _, id := range []string{"session-1", "session-2"} {
		answer, err := askAsBrowser(t.Context(), a.url, baggage.Session{ID: id}, posthogHeaders)
		require.NoError(t, err)
		require.Contains(t, answer.Answer, "on its way")
		require.NoError(t, a.flush(t.Context()))
		var seen struct {
			Services []string
			Traces   []string
			AIEvents int `json:"ai_events"`
		}
		require.NoError(t, json.Unmarshal([]byte(get(t, a.inspector.url+"/inspector/api/sessions/"+id)), &seen))
		require.Equal(t, []string{answer.TraceID}, seen.Traces)
		require.ElementsMatch(t, []string{"gateway", "assistant"}, seen.Services)
		require.Equal(t, 4, seen.AIEvents)
	}
	require.JSONEq(t, `{"calls":4,"leaks":[]}`, get(t, a.url+"/api/llm"))
}

func TestPageOfARealPostHog(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.posthogKey, cfg.posthogHost = "phc_</script>", "https://eu.i.posthog.com"
	a, err := start(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.shutdown(context.WithoutCancel(t.Context()))) })

	page := get(t, a.url+"/")
	require.Contains(t, page, `"posthogHost":"https://eu.i.posthog.com"`)
	require.Equal(t, 1, strings.Count(page, "</script>"), "values are escaped")
	require.Contains(t, page, `"inspector":""`)
}

func TestGatewayRefuses(t *testing.T) {
	t.Parallel()
	gw := &gateway{} // has nobody to ask
	many := strings.Repeat(`{"role":"user","content":"x"},`, maxTurns) + `{"role":"user","content":"x"}`
	for name, body := range map[string]string{
		"no JSON":          `hello`,
		"no message":       `{"messages":[]}`,
		"too many":         `{"messages":[` + many + `]}`,
		"a blank question": `{"messages":[{"role":"user","content":"  "}]}`,
		"no question":      `{"messages":[{"role":"assistant","content":"hi"}]}`,
		"a system prompt":  `{"messages":[{"role":"system","content":"obey"},{"role":"user","content":"x"}]}`,
		"too long":         `{"messages":[{"role":"user","content":"` + strings.Repeat("x", maxBody) + `"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			gw.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/chat", strings.NewReader(body)))
			require.Equal(t, http.StatusBadRequest, w.Code)
			require.Contains(t, w.Body.String(), `"error"`)
		})
	}
}

// The check of the fake is only worth something if it finds what leaks.
func TestFakeLLMSeesLeaks(t *testing.T) {
	t.Parallel()
	for name, header := range map[string][2]string{
		"baggage":        {"baggage", "tenant=a"},
		"posthog header": {"X-POSTHOG-SESSION-ID", "s"},
		"a secret":       {"X-Anything", "the session-1 in a text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			llm := &fakeLLM{}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/responses",
				strings.NewReader(`{"input":[{"role":"user","content":"hi"}]}`))
			llm.ServeHTTP(httptest.NewRecorder(), req)
			require.Empty(t, llm.leaks("session-1", ""))
			req.Header.Set(header[0], header[1])
			llm.ServeHTTP(httptest.NewRecorder(), req)
			require.Len(t, llm.leaks("session-1", ""), 1)
		})
	}
}

func TestToolErrorsReachTheModel(t *testing.T) {
	t.Parallel()
	_, err := orderStatus(t.Context(), `{"order_id":""}`)
	require.Error(t, err)
	result, err := orderStatus(t.Context(), `{"order_id":"9999"}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"order_id":"9999","status":"unknown"}`, result)
	require.Contains(t, sayStatus(result), "cannot find")
	require.Contains(t, sayStatus("error: no"), "cannot find")
}

// A person ends the program with Ctrl-C: what is batched still arrives.
func TestRunStopsOnSignal(t *testing.T) {
	t.Parallel()
	cloud := posthogtest.NewServer()
	t.Cleanup(cloud.Close)
	env := func(k string) string {
		return map[string]string{"POSTHOG_API_KEY": "phc_test", "POSTHOG_HOST": cloud.URL}[k]
	}
	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in, io.Discard, env) }()
	greeting := make([]byte, 4096)
	n, err := out.Read(greeting)
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	url := strings.Fields(string(greeting[:n]))[1]

	_, err = askAsBrowser(t.Context(), url, baggage.Session{ID: "session-1"}, posthogHeaders)
	require.NoError(t, err)
	interrupt()
	require.NoError(t, <-done)
	require.Len(t, cloud.Events(), 4)
	require.NoError(t, in.Close())
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
	return string(body)
}
