package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestNoise is about attributes that say again what a property says.
func TestNoise(t *testing.T) {
	t.Parallel()
	const session = "0190a000-0000-7000-8000-000000000001"
	generation := func(name string, more attrs, want map[string]string, absent ...string) row {
		more["gen_ai.operation.name"] = chat
		return row{name: name, event: semconv.EventGeneration, attrs: more, want: want, absent: absent}
	}
	checkRows(t, []row{
		generation("the session again", attrs{"$session_id": session, "session.id": session, "sessionId": session},
			map[string]string{"$session_id": `"` + session + `"`}, "session.id", "sessionId"),
		generation("another session", attrs{"$session_id": session, "session.id": "thread-1"}, map[string]string{"session.id": `"thread-1"`}),
		generation("the request of a call", attrs{
			"server.address": "api.example", "server.port": 443, "url.full": "https://api.example/v1/chat", "url.path": "/v1/chat", "http.request.method": "POST",
			"http.response.status_code": 200, "http.route": "/v1/chat",
		}, map[string]string{"$ai_base_url": `"https://api.example"`}, "server.port", "url.full", "url.path", "http.request.method", "http.response.status_code", "http.route"),
		generation("the address alone", attrs{"http.url": "http://localhost:4000/v1/chat"}, map[string]string{"$ai_base_url": `"http://localhost:4000"`}, "http.url"),
		generation("a port of an unknown server", attrs{"server.port": 443}, map[string]string{"server.port": "443"}),
		generation("totals", attrs{"gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 2, "gen_ai.usage.total_tokens": 3, "llm.usage.total_tokens": 3},
			nil, "gen_ai.usage.total_tokens", "llm.usage.total_tokens"),
		generation("a total alone", attrs{"gen_ai.usage.total_tokens": 3}, map[string]string{"gen_ai.usage.total_tokens": "3"}),
		{
			name: "the request of an agent", attrs: attrs{"gen_ai.operation.name": "invoke_agent", "http.request.method": "POST", "http.route": "/chat"},
			want: map[string]string{"http.request.method": `"POST"`, "http.route": `"/chat"`},
		},
		{name: "a kind", attrs: attrs{"openinference.span.kind": "CHAIN"}, absent: []string{"openinference.span.kind"}},
		{
			name: "JSON of others", attrs: attrs{"gen_ai.operation.name": "plan", "app.metadata": `{"a":1}`, "mastra.tags": `["x"]`, "app.note": `{"a":1}`, "app.cost": "[1"},
			want: map[string]string{"app.metadata": `{"a":1}`, "mastra.tags": `["x"]`, "app.note": `"{\"a\":1}"`, "app.cost": `"[1"`},
		},
	})
}
