package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// attrs builds attributes from key, value, key, value, ...
func attrs(pairs ...string) []attribute.KeyValue {
	var kvs []attribute.KeyValue
	for i := 0; i < len(pairs); i += 2 {
		kvs = append(kvs, attribute.String(pairs[i], pairs[i+1]))
	}
	return kvs
}

func TestFromAttributes(t *testing.T) {
	t.Parallel()
	start, _ := session.StartTime(idA)
	at := start.Add(time.Minute)
	long := strings.Repeat("a", 201)
	for name, tc := range map[string]struct {
		attrs []attribute.KeyValue
		want  session.Session
	}{
		"none":               {nil, session.Session{}},
		"nothing of ours":    {attrs("http.route", "/", "gen_ai.conversation.id", idA, "x", "y", "", idA), session.Session{}},
		"$session_id":        {attrs("session.id", "e", "sessionId", "d", "posthogSessionId", "c", "posthog.session_id", "b", "$session_id", "a"), session.Session{ID: "a"}},
		"posthog.session_id": {attrs("session.id", "e", "sessionId", "d", "posthogSessionId", "c", "posthog.session_id", "b"), session.Session{ID: "b"}},
		"posthogSessionId":   {attrs("session.id", "e", "sessionId", "d", "posthogSessionId", "c"), session.Session{ID: "c"}},
		"sessionId":          {attrs("session.id", "e", "sessionId", "d"), session.Session{ID: "d"}},
		"session.id":         {attrs("session.id", "e"), session.Session{ID: "e"}},
		"an invalid one does not end the search": {
			attrs("$session_id", "undefined", "posthog.session_id", "a,b", "posthogSessionId", "", "sessionId", long, "session.id", "e"),
			session.Session{ID: "e"},
		},
		"a number is no id": {[]attribute.KeyValue{attribute.Int("$session_id", 7), attribute.String("session.id", "e")}, session.Session{ID: "e"}},
		"window and person": {
			attrs("posthog.window_id", "v", "$window_id", "w", "posthogDistinctId", "p", "posthog.distinct_id", "zoe"),
			session.Session{WindowID: "w", DistinctID: "zoe"},
		},
		"other spellings of them":    {attrs("posthog.window_id", "v", "posthogDistinctId", "p"), session.Session{WindowID: "v", DistinctID: "p"}},
		"invalid window and person":  {attrs("$window_id", "null", "posthog.distinct_id", "anonymous"), session.Session{}},
		"a chat of OpenInference":    {attrs("session.id", "chat-1", "openinference.span.kind", "LLM"), session.Session{}},
		"a chat of Langfuse":         {attrs("langfuse.observation.type", "generation", "session.id", "chat-1"), session.Session{}},
		"a chat of LangWatch":        {attrs("langwatch.span.type", "llm", "session.id", "chat-1"), session.Session{}},
		"a chat of LangSmith":        {attrs("langsmith.span.kind", "llm", "session.id", "chat-1"), session.Session{}},
		"a chat of Claude Code":      {attrs("claude_code.tool", "x", "session.id", "chat-1"), session.Session{}},
		"no chat of another library": {attrs("langchain.x", "y", "openinference.span", "y", "session.id", "chat-1"), session.Session{ID: "chat-1"}},
		"a browser session beside a library with chats": {
			attrs("session.id", idA, "openinference.span.kind", "LLM", "metadata", `{"tenant": "acme"}`), session.Session{ID: idA},
		},
		"a marker that is not a string": {
			[]attribute.KeyValue{attribute.Bool("langfuse.x", true), attribute.String("session.id", "chat-1")}, session.Session{},
		},
		"a thread that looks like one": {attrs("session.id", idA, "openinference.span.kind", "LLM", "thread_id", idA), session.Session{}},
		"a thread in metadata": {
			attrs("metadata", `{"thread_id": "`+idA+`"}`, "session.id", idA, "openinference.span.kind", "LLM"), session.Session{},
		},
		"a conversation":                   {attrs("session.id", idA, "openinference.span.kind", "LLM", "gen_ai.conversation.id", idA), session.Session{}},
		"another thread":                   {attrs("session.id", idA, "openinference.span.kind", "LLM", "langsmith.metadata.thread_id", idB), session.Session{ID: idA}},
		"the session itself in metadata":   {attrs("session.id", idA, "langfuse.x", "y", "langfuse.trace.metadata", `{"replay":"`+idA+`"}`), session.Session{ID: idA}},
		"more threads than are looked at":  {attrs("session.id", idA, "langfuse.x", "y", "a.thread_id", "1", "b.thread_id", "2", "c.thread_id", "3", "d.thread_id", "4", "e.thread_id", "5"), session.Session{}},
		"ours wins over a chat":            {attrs("session.id", "chat-1", "openinference.span.kind", "LLM", "$session_id", "b"), session.Session{ID: "b"}},
		"a thread without such a library":  {attrs("session.id", idA, "thread_id", idA), session.Session{ID: idA}},
		"an old one of a library of chats": {attrs("session.id", "0099a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", "langfuse.x", "y"), session.Session{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, session.FromAttributes(tc.attrs, at))
			require.Equal(t, tc.want == session.Session{}, tc.want.IsZero())

			var r session.Reader // in the other order, and everything
			for i := len(tc.attrs) - 1; i >= 0; i-- {
				value := ""
				if tc.attrs[i].Value.Type() == attribute.STRING {
					value = tc.attrs[i].Value.AsString()
				}
				r.Add(string(tc.attrs[i].Key), value)
			}
			require.Equal(t, tc.want, r.Session(at))
		})
	}
}

// Every key that the lists name is read.
func TestKeysAreRead(t *testing.T) {
	t.Parallel()
	for _, key := range session.IDKeys {
		require.Equal(t, session.Session{ID: "s"}, session.FromAttributes(attrs(string(key), "s"), time.Now()), key)
	}
	for _, key := range session.WindowIDKeys {
		require.Equal(t, session.Session{WindowID: "s"}, session.FromAttributes(attrs(string(key), "s"), time.Now()), key)
	}
	for _, name := range session.Members {
		require.True(t, session.IsMember(name), name)
	}
	for _, name := range session.MemberIDs {
		require.True(t, session.IsMember(name), name)
	}
	for _, name := range []string{"", "Session.ID", "session", "user.id", "%24user", "%2"} {
		require.False(t, session.IsMember(name), name)
	}
}

func FuzzFromAttributes(f *testing.F) {
	f.Add("session.id", idA, "metadata", "thread_id "+idA)
	f.Add("$session_id", "undefined", "langfuse.", "")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		at := time.UnixMilli(0x0199a5b01c2d)
		got := session.FromAttributes(attrs(k1, v1, k2, v2), at)
		require.True(t, got.ID == "" || session.ValidID(got.ID))
		require.True(t, got.WindowID == "" || session.ValidID(got.WindowID))
		require.True(t, got.DistinctID == "" || session.CheckDistinctID(got.DistinctID) == session.Valid)
		if k1 != k2 {
			require.Equal(t, got, session.FromAttributes(attrs(k2, v2, k1, v1), at), "the order of attributes does not matter")
		}
	})
}

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestFromAttributesDoesNotAllocate(t *testing.T) {
	now := time.Now()
	set := append(attrs("session.id", idA, "metadata", "thread_id", "langfuse.x", "y", "$window_id", "w"), attribute.Int("http.response.status_code", 200))
	require.Zero(t, testing.AllocsPerRun(100, func() { session.FromAttributes(set, now) }))
}

func BenchmarkFromAttributes(b *testing.B) {
	http := append(attrs("http.request.method", "GET", "http.route", "/chat/{id}", "url.scheme", "https", "server.address", "api.example.com",
		"client.address", "10.1.2.3", "network.protocol.version", "1.1", "user_agent.original", "curl", "network.peer.address", "10.1.2.3"),
		attribute.Int("http.response.status_code", 200), attribute.Int("server.port", 443))
	now := time.Now()
	for name, set := range map[string][]attribute.KeyValue{"HTTP": http, "Stamped": append(attrs("$session_id", idA, "$window_id", windowA), http...)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				session.FromAttributes(set, now)
			}
		})
	}
}
