package shrink

import (
	"cmp"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// latest is how many messages at the end of a conversation count as its latest
// turns. The last user message always counts.
const latest = 4

// classify separates the messages that are to be kept longest from those of the
// middle.
func classify(messages []jsontree.Node) []class {
	classes := make([]class, len(messages)) // middle
	for i := range messages {
		if isRole(&messages[i], "system", "developer") {
			classes[i] = turns
			break
		}
	}
	for i := len(messages) - 1; i >= 0; i-- {
		if isRole(&messages[i], "user", "human") {
			classes[i] = turns
			break
		}
	}
	for i := max(len(messages)-latest, 0); i < len(messages); i++ {
		classes[i] = turns
	}
	return classes
}

// isRole compares the type if there is no role, because LangChain writes the
// role there.
func isRole(message *jsontree.Node, roles ...string) bool {
	role := cmp.Or(message.Get("role").String(), message.Get("type").String())
	for _, r := range roles {
		if r == role {
			return true
		}
	}
	return false
}
