package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/inspector/server"
)

// TestExporterModes sends the same span by each way that PostHog has.
func TestExporterModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []exporter.CaptureMode{exporter.CaptureBatch, exporter.CaptureAI, exporter.CaptureV1} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			url := start(t, server.Options{})
			exp, err := exporter.New("phc_test", exporter.WithHost(url), exporter.WithCaptureMode(mode))
			require.NoError(t, err)
			tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp))
			chat(t.Context(), tp, attribute.String("$session_id", sessionID))
			require.NoError(t, tp.Shutdown(t.Context()))

			sessions := ask[[]session](t, url, "sessions")
			require.Len(t, sessions, 1)
			require.Equal(t, sessionID, sessions[0].ID)
			require.Equal(t, 1, sessions[0].AIEvents)
			require.Equal(t, 12, sessions[0].InputTokens)
			require.Equal(t, []string{"gpt-5-mini"}, sessions[0].Models)
		})
	}
}

func TestPosthogGo(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	client, err := posthog.NewWithConfig("phc_test", posthog.Config{Endpoint: url})
	require.NoError(t, err)
	require.NoError(t, client.Enqueue(posthog.Capture{DistinctId: "ada", Event: "order sent", Properties: posthog.NewProperties().Set("$session_id", sessionID)}))
	require.NoError(t, client.Close())
	sessions := ask[[]session](t, url, "sessions")
	require.Len(t, sessions, 1)
	require.Equal(t, "ada", sessions[0].Person)
	require.Equal(t, 1, sessions[0].BrowserEvents)
}

func gz(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

// TestBodiesOfBrowsers: posthog-js sends in several forms, by its version.
func TestBodiesOfBrowsers(t *testing.T) {
	t.Parallel()
	event := func() string {
		return fmt.Sprintf(`{"event":"$pageview","uuid":%q,"properties":{"token":"phc_x","distinct_id":"ada","$session_id":%q}}`, uuid.NewString(), sessionID)
	}
	for name, send := range map[string]struct{ path, body, contentType string }{
		"JSON":                    {"/e/", event(), "application/json"},
		"list":                    {"/i/v0/e/", "[" + event() + "]", "text/plain"},
		"gzip that nobody named":  {"/e/?ip=0&ver=1.449.2", gz(`{"api_key":"phc_x","batch":[` + event() + `]}`), "text/plain"},
		"gzip that the URL names": {"/e/?compression=gzip-js", gz("[" + event() + "]"), "text/plain"},
		"form with base64":        {"/e/?compression=base64", "data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(event()))), "application/x-www-form-urlencoded"},
		"form with JSON":          {"/e/", "data=" + url.QueryEscape(event()), "application/x-www-form-urlencoded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := start(t, server.Options{})
			status, answer, header := do(t, http.MethodPost, at+send.path, send.body, "Content-Type", send.contentType, "Origin", "https://app.example.com")
			require.Equal(t, http.StatusOK, status, answer)
			require.Equal(t, "https://app.example.com", header.Get("Access-Control-Allow-Origin"))
			require.Len(t, ask[[]session](t, at, "sessions"), 1)
		})
	}
}

func TestRefusedRequestsAreShown(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	status, _, _ := do(t, http.MethodPost, url+"/batch/", `{"api_key":"phc_secret","batch":[{"event":"x"}]}`)
	require.Equal(t, http.StatusBadRequest, status)
	status, _, _ = do(t, http.MethodPost, url+"/e/", "\x1f\x8bnonsense")
	require.Equal(t, http.StatusBadRequest, status)
	status, _, _ = do(t, http.MethodPost, url+"/v1/traces", "nonsense")
	require.Equal(t, http.StatusBadRequest, status)
	refused := ask[overview](t, url, "overview").Refused
	require.Len(t, refused, 3)
	require.Equal(t, "/batch/", refused[0].Path)
	require.Contains(t, refused[0].Reason, "distinct_id is missing")
	require.NotContains(t, fmt.Sprint(refused), "phc_secret")
}

// bomb is a body that is small on the wire and large when unpacked.
func TestDecompressionIsBounded(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 65 {
		_, err := z.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	for _, path := range []string{"/e/", "/s/", "/batch/"} {
		status, answer, _ := do(t, http.MethodPost, url+path, bomb.String())
		require.Equal(t, http.StatusBadRequest, status)
		require.Contains(t, answer, "limit")
	}
	status, answer, _ := do(t, http.MethodPost, url+"/v1/traces", bomb.String(), "Content-Encoding", "gzip")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer, "limit")
}

func TestPosthogJSIsServed(t *testing.T) {
	t.Parallel()
	at := start(t, server.Options{})
	status, answer, header := do(t, http.MethodGet, at+"/array/phc_x/config.js", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, header.Get("Content-Type"), "javascript")
	require.Contains(t, answer, `["phc_x"] = {config: {`)
	status, answer, _ = do(t, http.MethodGet, at+"/array/phc_x/config", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, `"endpoint":"/s/"`)
	status, _, _ = do(t, http.MethodGet, at+`/array/%22%3B%20alert(1)/config.js`, "")
	require.Equal(t, http.StatusBadRequest, status)
	status, answer, _ = do(t, http.MethodPost, at+"/flags/?v=2", "{}")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, `"errorsWhileComputingFlags":false`)
	status, _, header = do(t, http.MethodGet, at+"/static/1.2.3/no-such-file.js", "")
	require.Equal(t, http.StatusTemporaryRedirect, status)
	require.Equal(t, "https://us-assets.i.posthog.com/static/1.2.3/no-such-file.js", header.Get("Location"))
	require.Contains(t, ask[overview](t, at, "overview").Refused[0].Reason, "go generate")
	status, _, header = do(t, http.MethodOptions, at+"/e/", "", "Origin", "https://app.example.com", "Access-Control-Request-Headers", "content-type,x-a")
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, "content-type,x-a", header.Get("Access-Control-Allow-Headers"))
	// The address of posthog.get_session_replay_url().
	status, _, header = do(t, http.MethodGet, at+"/project/phc_x/replay/"+sessionID+"?t=5", "")
	require.Equal(t, http.StatusFound, status)
	require.Equal(t, "/sessions/"+sessionID+"?t=5", header.Get("Location"))
}

func TestForward(t *testing.T) {
	t.Parallel()
	cloud := start(t, server.Options{})
	url, stop := startStoppable(t, server.Options{Forward: cloud, ForwardKey: "phc_real"})
	body := fmt.Sprintf(`{"api_key":"phc_x","batch":[{"event":"a","distinct_id":"ada","uuid":%q,"timestamp":%q,"properties":{"$session_id":%q}}]}`,
		uuid.NewString(), time.Now().Format(time.RFC3339), sessionID)
	status, _, _ := do(t, http.MethodPost, url+"/batch/", body)
	require.Equal(t, http.StatusOK, status)
	chat(t.Context(), provider(t, url, "assistant"), attribute.String("$session_id", sessionID))
	stop() // sends what waits
	got := ask[[]session](t, cloud, "sessions")
	require.Len(t, got, 1)
	require.Equal(t, 1, got[0].BrowserEvents)
	require.Equal(t, 1, got[0].AIEvents)

	_, err := server.New(server.Options{Forward: "us.i.posthog.com"})
	require.ErrorContains(t, err, "-forward")
}
