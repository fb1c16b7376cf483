package chat

import (
	"slices"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Some libraries record the whole request and the whole response of a call as
// JSON. The functions of this file find the messages in them, for every
// provider's shape: OpenAI's Chat Completions and Responses, Anthropic, Gemini,
// Bedrock Converse and Titan, LangChain, the GenAI conventions. A shape that
// PostHog's UI can show is kept unchanged.

// FromRequest returns the messages of a request, a list of messages or a text,
// with the system prompt first; nil if there are none.
func FromRequest(n *jsontree.Node) []jsontree.Node {
	if n.Is(jsontree.Object) && !isMessage(n) {
		for _, name := range []string{"messages", "input", "contents", "prompt", "inputText", "text"} {
			if list := FromRequest(n.Get(name)); len(list) > 0 {
				return withSystem(list, SystemPrompt(n))
			}
		}
		return nil
	}
	return Messages(n, "user")
}

// SystemNames are the members in which requests have a system prompt outside
// the messages.
var SystemNames = []string{"system", "instructions", "systemInstruction", "system_instruction"}

// SystemPrompt returns the system prompt outside the messages of a request.
func SystemPrompt(request *jsontree.Node) string {
	for _, name := range SystemNames {
		if s := PromptText(request.Get(name)); s != "" {
			return s
		}
	}
	if config := request.Get("config"); config.Is(jsontree.Object) {
		return SystemPrompt(config)
	}
	return ""
}

// PromptText returns the texts of a prompt: a text, a list of parts, or an
// object around such a list.
func PromptText(n *jsontree.Node) string {
	switch {
	case n == nil || n.Kind == jsontree.Null:
		return ""
	case n.Is(jsontree.String):
		return n.Text
	case n.Get("parts") != nil:
		n = n.Get("parts")
	}
	return JoinTexts(n)
}

func withSystem(messages []jsontree.Node, prompt string) []jsontree.Node {
	if prompt == "" || messages[0].Get("role").String() == "system" {
		return messages
	}
	return slices.Insert(slices.Clone(messages), 0, Message("system", prompt))
}

// JoinTexts joins the texts of a list of parts by a blank line.
func JoinTexts(parts *jsontree.Node) string {
	var texts []string
	for _, part := range Flattened(parts) {
		if s := partText(&part); s != "" {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, "\n\n")
}

// partText returns the text of a message part, in any of its spellings.
func partText(part *jsontree.Node) string {
	if part.Is(jsontree.String) {
		return part.Text
	}
	switch part.Get("type").String() {
	case "", "text", "input_text", "output_text", "summary_text":
	default:
		return ""
	}
	for _, name := range []string{"content", "text"} {
		if s := part.Get(name).String(); s != "" {
			return s
		}
	}
	return ""
}
