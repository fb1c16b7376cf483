package view

import (
	"fmt"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Check is one rule of the checklist.
type Check struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
	// PostHog says that PostHog's own instrumentation checklist has the rule.
	PostHog bool `json:"posthog"`
}

// enough is from how many events on PostHog grades a project.
const enough = 20

// Checklist grades what arrived as PostHog's instrumentation checklist does, and
// by the rule that it lacks: whether events lead to a replay.
func Checklist(snap store.Snapshot) []Check {
	var ai, chats, tools, people, tree, linked, replays int
	recorded := make(map[string]bool)
	for _, c := range snap.Chunks {
		recorded[c.SessionID] = true
	}
	for _, t := range snap.Traces {
		for _, e := range t.Events {
			if !e.IsAI() {
				continue
			}
			ai++
			p := e.Properties()
			count(&chats, has(p, "$ai_session_id"))
			count(&tools, p["$ai_tools_called"] != nil || p["$ai_tools"] != nil)
			count(&people, e.DistinctID != e.TraceID && e.DistinctID != "" && p["$process_person_profile"] != false)
			count(&tree, e.Name == "$ai_span" || e.ParentID != "")
			count(&linked, e.SessionID != "")
			count(&replays, recorded[e.SessionID])
		}
	}
	some := func(name string, n int, what, fix string) Check {
		return Check{name, n > 0, fmt.Sprintf("%d of %d AI events %s.", n, ai, what), fix, true}
	}
	all := func(name string, n int, what, fix string) Check {
		return Check{name, ai > 0 && n == ai, fmt.Sprintf("%d of %d AI events %s.", n, ai, what), fix, false}
	}
	return []Check{
		{"Enough events", ai >= enough, fmt.Sprintf("%d AI events arrived; PostHog grades from %d on.", ai, enough), "Use the application until there are more.", true},
		some("Conversations", chats, "have $ai_session_id", "Set gen_ai.conversation.id on the spans of one chat."),
		some("Tool calls", tools, "name tools ($ai_tools or $ai_tools_called)", "Record tool definitions or tool calls on the spans. Without tools in the application this does not apply."),
		some("Users", people, "name a person", "Send X-POSTHOG-DISTINCT-ID from the page, or set posthog.distinct_id on the spans."),
		some("Trace structure", tree, "have a parent or are spans", "Let agents and tools make spans, too, and pass their context on."),
		all("Session link", linked, "have $session_id", "See the page of unlinked events: it names the cause of each."),
		all("Replay", replays, "belong to a session that posthog-js recorded here", "Let the page load posthog-js from the inspector, with session recording on."),
	}
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

// has is true for an explicit null, too: it says that the trace is a whole
// conversation.
func has(p map[string]any, key string) bool {
	_, ok := p[key]
	return ok
}
