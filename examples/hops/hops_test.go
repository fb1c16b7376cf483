package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	}))
}

func TestEveryHopKeepsTheSession(t *testing.T) {
	t.Parallel()
	session := baggage.Session{ID: uuid.Must(uuid.NewV7()).String(), WindowID: "window-1", DistinctID: "käthe@example.com"}
	events, err := once(t.Context(), session)
	require.NoError(t, err)
	require.Len(t, events, wantEvents)

	agents := make(map[any]string) // span id to service
	for _, e := range events {
		require.Equal(t, session.ID, e.Properties["$session_id"])
		require.Equal(t, session.WindowID, e.Properties["$window_id"])
		require.Equal(t, session.DistinctID, e.DistinctID)
		if e.Name == "$ai_span" {
			agents[e.Properties["$ai_span_id"]] = e.Properties["service.name"].(string)
		}
	}
	// The parent of each event, as service below service.
	below := make(map[string]string)
	for _, e := range events {
		child := e.Properties["service.name"].(string)
		if e.Name == "$ai_generation" {
			child = "model of the " + child
		}
		below[child] = agents[e.Properties["$ai_parent_id"]]
	}
	require.Equal(t, map[string]string{
		"planner": "", "model of the planner": "planner",
		"writer": "planner", "model of the writer": "writer",
		"librarian": "writer", "model of the librarian": "librarian",
		"worker": "writer", "model of the worker": "worker",
	}, below)
}

func TestCheckFails(t *testing.T) {
	t.Parallel()
	_, err := once(t.Context(), baggage.Session{})
	require.Error(t, err, "no session was sent")

	events, err := once(t.Context(), baggage.Session{ID: "session-1"})
	require.NoError(t, err)
	require.ErrorContains(t, check(events, baggage.Session{ID: "session-2"}), "$session_id")
	var withoutWorker []posthogtest.Event
	for _, e := range events {
		if e.Properties["service.name"] != "worker" {
			withoutWorker = append(withoutWorker, e)
		}
	}
	require.ErrorContains(t, check(withoutWorker, baggage.Session{ID: "session-1"}), "no event of the worker")
}

func TestRun(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-once"}, &stdout, io.Discard))
	lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	require.Len(t, lines, wantEvents)
	for _, line := range lines {
		var e posthogtest.Event
		require.NoError(t, json.Unmarshal([]byte(line), &e))
	}

	stdout.Reset()
	require.NoError(t, run(t.Context(), nil, &stdout, io.Discard))
	require.Equal(t, wantEvents, strings.Count(stdout.String(), " the session\n"))
	require.NotContains(t, stdout.String(), "SESSION")

	require.Error(t, run(t.Context(), []string{"-nonsense"}, io.Discard, io.Discard))
	require.NoError(t, run(t.Context(), []string{"-h"}, io.Discard, io.Discard))
}

func TestCarrierKeepsCase(t *testing.T) {
	t.Parallel()
	c := carrier(nats.Header{})
	propagation.TraceContext{}.Inject(t.Context(), c)
	require.Empty(t, c.Keys(), "there is no span")
	c.Set("baggage", "a=b")
	require.Equal(t, []string{"baggage"}, c.Keys())
	require.Equal(t, "a=b", c.Get("baggage"))
}
