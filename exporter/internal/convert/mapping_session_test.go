package convert_test

import (
	"strings"
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestMappingSessions is section 5: four ids, never mixed.
func TestMappingSessions(t *testing.T) {
	t.Parallel()
	const v7, v4 = "018cc24e-e6c0-7000-8000-000000000001", "0190a000-0000-4000-8000-000000000001"
	session := func(name, want string, span, res attrs) row {
		span["gen_ai.request.model"] = "m"
		r := row{name: name, attrs: span, res: res}
		if want == "" {
			r.absent = []string{"$session_id"}
		} else {
			r.want = map[string]string{"$session_id": `"` + want + `"`}
		}
		return r
	}
	checkRows(t, []row{
		session("none", "", attrs{}, nil),
		session("first", "a", attrs{"$session_id": "a", "posthog.session_id": "b", "posthogSessionId": "c", "session.id": "d"}, attrs{"$session_id": "r"}),
		session("second", "b", attrs{"posthog.session_id": "b", "posthogSessionId": "c", "session.id": "d"}, attrs{"$session_id": "r"}),
		session("third", "c", attrs{"posthogSessionId": "c", "session.id": "d"}, attrs{"$session_id": "r"}),
		session("fourth", "d", attrs{"session.id": "d"}, attrs{"$session_id": "r"}),
		session("resource, first", "a", attrs{}, attrs{"$session_id": "a", "posthog.session_id": "b", "session.id": "d"}),
		session("resource, last", "d", attrs{}, attrs{"session.id": "d"}),
		session("empty", "r", attrs{"$session_id": ""}, attrs{"$session_id": "r"}),
		session("200 characters", strings.Repeat("x", 200), attrs{"$session_id": strings.Repeat("x", 200)}, nil),
		session("201 characters", "", attrs{"$session_id": strings.Repeat("x", 201)}, nil),
		session("space", "", attrs{"$session_id": "a b"}, nil),
		session("control character", "", attrs{"$session_id": "a\n"}, nil),
		session("no ASCII", "", attrs{"$session_id": "é"}, nil),
		session("delete character", "", attrs{"$session_id": "a\x7f"}, nil),
		session("all of ASCII", "!~", attrs{"$session_id": "!~"}, nil),
		session("no text", "", attrs{"$session_id": 42}, nil),
		session("no text on the resource", "", attrs{}, attrs{"$session_id": 42}),
		session("openinference: a chat", "", attrs{"openinference.span.kind": "CHAIN", "session.id": "chat-1"}, nil),
		session("openinference: a UUID of another version", "", attrs{"openinference.span.kind": "CHAIN", "session.id": v4}, nil),
		session("openinference: posthog-js", v7, attrs{"openinference.span.kind": "CHAIN", "session.id": v7}, nil),
		session("openinference: by a name of its own", "a", attrs{"openinference.span.kind": "CHAIN", "$session_id": "a", "session.id": "chat-1"}, nil),
		session("openinference: braces are no UUID", "", attrs{"openinference.span.kind": "CHAIN", "session.id": "{" + v7 + "}"}, nil),
		session("langfuse: a chat", "", attrs{"langfuse.user.id": "u", "session.id": "chat-1"}, nil),
		session("langfuse: posthog-js", v7, attrs{"langfuse.user.id": "u", "session.id": v7}, nil),
		session("langfuse: a chat of the resource", "", attrs{"langfuse.user.id": "u"}, attrs{"session.id": "chat-1"}),
		session("never from a conversation", "", attrs{"gen_ai.conversation.id": "c", "$ai_session_id": "s"}, nil),
		{
			name: "window", attrs: attrs{"gen_ai.request.model": "m", "$window_id": "w", "posthog.window_id": "x"},
			want: map[string]string{"$window_id": `"w"`},
		},
		{name: "window, alias", attrs: attrs{"gen_ai.request.model": "m", "posthog.window_id": "x"}, want: map[string]string{"$window_id": `"x"`}},
		{
			name: "window of the resource", attrs: attrs{"gen_ai.request.model": "m"}, res: attrs{"$window_id": "w"},
			want: map[string]string{"$window_id": `"w"`},
		},
		{
			name: "conversation", attrs: attrs{"gen_ai.request.model": "m", "gen_ai.conversation.id": "c"},
			want: map[string]string{"$ai_session_id": `"c"`, "gen_ai.conversation.id": `"c"`}, absent: []string{"$session_id"},
		},
		{
			name: "conversation, explicit", attrs: attrs{"$ai_session_id": "s", "anthropic.session.id": "l", "gen_ai.conversation.id": "c"},
			span: "ai.x", want: map[string]string{"$ai_session_id": `"s"`, "gen_ai.conversation.id": `"c"`},
		},
		{
			name: "conversation of the library", attrs: attrs{"anthropic.session.id": "l", "gen_ai.conversation.id": "c"},
			want: map[string]string{"$ai_session_id": `"l"`, "gen_ai.conversation.id": `"c"`},
		},
		{
			name: "on generations", event: semconv.EventGeneration, attrs: attrs{"gen_ai.operation.name": chat, "$session_id": "a"},
			want: map[string]string{"$session_id": `"a"`},
		},
		{
			name: "on traces", event: semconv.EventTrace, root: true, attrs: attrs{"gen_ai.operation.name": "invoke_agent", "$session_id": "a"},
			want: map[string]string{"$session_id": `"a"`},
		},
	})
}
