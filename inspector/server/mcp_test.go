package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/inspector/server"
)

// TestMCP uses each tool with the SDK's own client.
func TestMCP(t *testing.T) {
	t.Parallel()
	url := start(t, server.Options{})
	fill(t, url)
	tp := provider(t, url, "worker")
	long := strings.Repeat("tell me more ", 100)
	chat(t.Context(), tp, attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+long+`"}]}]`))

	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	s, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url + "/mcp", DisableStandaloneSSE: true}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	tools, err := s.ListTools(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, tools.Tools, 8)

	call := func(name string, arguments map[string]any) (string, bool) {
		result, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
		require.NoError(t, err)
		text, ok := result.Content[0].(*mcp.TextContent)
		require.True(t, ok)
		return text.Text, !result.IsError
	}
	answer := func(name string, arguments map[string]any, into any) string {
		text, ok := call(name, arguments)
		require.True(t, ok, text)
		require.NoError(t, json.Unmarshal([]byte(text), into), text)
		return text
	}

	var sessions struct {
		Total int
		Items []session
	}
	answer("list_sessions", map[string]any{"limit": 1}, &sessions)
	require.Equal(t, 2, sessions.Total)
	require.Len(t, sessions.Items, 1)

	var generations struct{ Items []node }
	answer("list_generations", map[string]any{"unlinked": true}, &generations)
	require.Len(t, generations.Items, 1)
	id := generations.Items[0].UUID

	var object map[string]any
	require.NotContains(t, answer("get_generation", map[string]any{"id": id, "level": "none"}, &object), "tell me more")
	preview := answer("get_generation", map[string]any{"id": id}, &object)
	require.Contains(t, preview, "tell me more")
	require.NotContains(t, preview, long)
	require.Contains(t, answer("get_generation", map[string]any{"id": id, "level": "full"}, &object), long)

	var why struct{ Cause string }
	answer("explain_unlinked", map[string]any{"id": id}, &why)
	require.Equal(t, "no_request", why.Cause)
	var groups struct{ Items []group }
	answer("explain_unlinked", nil, &groups)
	require.Equal(t, "no_request", groups.Items[0].Cause)

	var page struct{ Traces []string }
	answer("follow_session", map[string]any{"id": sessionID}, &page)
	require.Len(t, page.Traces, 1)
	var trace traceRows
	answer("get_trace", map[string]any{"id": page.Traces[0]}, &trace)
	require.Len(t, trace.Nodes, 1)
	require.Contains(t, answer("posthog_checklist", nil, &object), "Replay")

	for name, arguments := range map[string]map[string]any{
		"get_generation":   {"id": "nope"},
		"get_trace":        {"id": "nope"},
		"follow_session":   {"id": "nope"},
		"explain_unlinked": {"id": "nope"},
		"check_endpoint":   {"url": "http://169.254.169.254/latest/meta-data"},
	} {
		text, ok := call(name, arguments)
		require.False(t, ok, name)
		require.NotEmpty(t, text, name)
	}

	gw := newService(t, url, "gateway", true)
	var report struct {
		OK      bool
		Results []struct{ Name, Grade, Detail string }
	}
	answer("check_endpoint", map[string]any{"url": gw.edge(gw.llm())}, &report)
	require.Len(t, report.Results, 7)
	for _, r := range report.Results[:3] {
		require.Equal(t, "pass", r.Grade, r)
	}
	status, _, _ := do(t, http.MethodGet, url+"/mcp", "")
	require.Equal(t, http.StatusMethodNotAllowed, status)
}
