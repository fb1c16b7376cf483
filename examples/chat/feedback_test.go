package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/baggage"
)

func TestFeedback(t *testing.T) {
	t.Parallel()
	a, err := start(testConfig(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.shutdown(context.WithoutCancel(t.Context()))) })
	session := baggage.Session{ID: "session-1", DistinctID: "ada"}
	answer, err := askAsBrowser(t.Context(), a.url, session, posthogHeaders)
	require.NoError(t, err)

	send := func(body string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+"/api/feedback", strings.NewReader(body))
		require.NoError(t, err)
		posthogHeaders(req.Header, session)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, http.StatusBadRequest, send("hello"))
	require.Equal(t, http.StatusBadGateway, send(`{"trace_id":"1","text":"Helpful"}`))
	require.Equal(t, http.StatusNoContent, send(`{"trace_id":"`+answer.TraceID+`","text":"Helpful"}`))

	require.NoError(t, a.flush(t.Context()))
	var found int
	for _, e := range a.posthog.Events() {
		if e.Name != "$ai_feedback" {
			continue
		}
		found++
		require.Equal(t, answer.TraceID, e.Properties["$ai_trace_id"])
		require.Equal(t, "Helpful", e.Properties["$ai_feedback_text"])
		require.Equal(t, "session-1", e.Properties["$session_id"])
		require.Equal(t, "ada", e.DistinctID)
	}
	require.Equal(t, 1, found)
}
