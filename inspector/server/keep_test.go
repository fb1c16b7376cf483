package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

const otherSession = "0198f2a0-0000-7000-8000-00000000000f"

// fill sends two sessions: spans, browser events, a recording.
func fill(t *testing.T, url string) {
	t.Helper()
	tp := provider(t, url, "assistant")
	for _, id := range []string{sessionID, otherSession} {
		chat(t.Context(), tp, attribute.String("$session_id", id), attribute.StringSlice("tags", []string{"a", "b"}))
		event := fmt.Sprintf(`[{"event":"$pageview","uuid":%q,"distinct_id":"ada","properties":{"token":"phc_x","$session_id":%q,"big":12345678901234567890}}]`, uuid.NewString(), id)
		status, answer, _ := do(t, http.MethodPost, url+"/e/", event)
		require.Equal(t, http.StatusOK, status, answer)
		snapshot := fmt.Sprintf(`[{"event":"$snapshot","properties":{"$session_id":%q,"$window_id":"w","distinct_id":"ada","$snapshot_data":[{"type":4,"timestamp":1000,"data":{"href":"http://x/"}},{"type":2,"timestamp":1500,"data":{}}]}}]`, id)
		status, answer, _ = do(t, http.MethodPost, url+"/s/", gz(snapshot))
		require.Equal(t, http.StatusOK, status, answer)
	}
}

func sessionText(t *testing.T, url, id string) string {
	t.Helper()
	status, answer, _ := do(t, http.MethodGet, url+"/inspector/api/sessions/"+id, "")
	require.Equal(t, http.StatusOK, status, answer)
	_, replay, _ := do(t, http.MethodGet, url+"/inspector/api/sessions/"+id+"/replay", "")
	return answer + replay
}

func TestExportAndImport(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	fill(t, url)
	status, file, header := do(t, http.MethodGet, url+"/inspector/api/export?session="+sessionID, "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, header.Get("Content-Disposition"), sessionID+".jsonl")
	require.Contains(t, file, "12345678901234567890", "numbers keep their digits")

	other := start(t, server.Options{})
	status, answer, _ := do(t, http.MethodPost, other+"/inspector/api/import", file)
	require.Equal(t, http.StatusOK, status, answer)
	require.JSONEq(t, `{"records":3}`, answer)
	require.Len(t, ask[[]session](t, other, "sessions"), 1, "the other session stayed at home")
	require.Equal(t, sessionText(t, url, sessionID), sessionText(t, other, sessionID), "the replay as well")

	trace := ask[[]traceSummary](t, url, "traces")[0].ID
	_, file, _ = do(t, http.MethodGet, url+"/inspector/api/export?trace="+trace, "")
	require.Equal(t, 1, strings.Count(file, "\n"))

	status, answer, _ = do(t, http.MethodPost, other+"/inspector/api/import", file+"{\"nonsense\":1}\n")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer, "line 2")
}

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url, stop := startStoppable(t, server.Options{Dir: dir})
	fill(t, url)
	before := sessionText(t, url, sessionID)
	stop()

	file := filepath.Join(dir, "inspector.jsonl")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "prompts are private")
	// A crash cuts the last line.
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(text, `{"event":{"ev`...), 0o600))

	url, stop = startStoppable(t, server.Options{Dir: dir})
	require.Equal(t, before, sessionText(t, url, sessionID))
	require.Len(t, ask[overview](t, url, "overview").Refused, 1, "the cut line is told")
	status, _, _ := do(t, http.MethodPost, url+"/inspector/api/clear", "")
	require.Equal(t, http.StatusNoContent, status)
	stop()

	url, stop = startStoppable(t, server.Options{Dir: dir})
	defer stop()
	require.Empty(t, ask[[]session](t, url, "sessions"))

	_, err = server.New(server.Options{Dir: file})
	require.ErrorContains(t, err, "cannot keep its data")
}

func TestTheOldestGoFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const limit = 200_000
	url := start(t, server.Options{Limit: limit, Dir: dir})
	for i := range 100 {
		event := fmt.Sprintf(`[{"event":"e%d","uuid":%q,"distinct_id":"ada","properties":{"token":"phc_x","$session_id":%q,"text":%q}}]`,
			i, uuid.NewString(), sessionID, strings.Repeat("x", 10_000))
		status, answer, _ := do(t, http.MethodPost, url+"/e/", event)
		require.Equal(t, http.StatusOK, status, answer)
	}
	o := ask[overview](t, url, "overview")
	require.LessOrEqual(t, o.Bytes, limit)
	require.Equal(t, 100, o.Stored.Events+o.Dropped.Events)
	require.Positive(t, o.Dropped.Events)
	text := sessionText(t, url, sessionID)
	require.Contains(t, text, `"event":"e99"`)
	require.NotContains(t, text, `"event":"e0"`)
	info, err := os.Stat(filepath.Join(dir, "inspector.jsonl"))
	require.NoError(t, err)
	require.LessOrEqual(t, info.Size(), int64(2*limit+20_000))

	// Spans and recordings make room as well.
	fill(t, url)
	tp := provider(t, url, "assistant")
	for range 20 {
		chat(t.Context(), tp, attribute.String("input.value", strings.Repeat("y", 10_000)))
	}
	o = ask[overview](t, url, "overview")
	require.LessOrEqual(t, o.Bytes, limit)
	require.Positive(t, o.Dropped.Spans)
	require.Equal(t, 2, o.Dropped.Chunks)
}
