package chat

import (
	"fmt"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Check returns one sentence for each message that PostHog's UI would not show.
// It knows only the UI's shapes and is independent of Show.
func Check(messages *jsontree.Node) (problems []string) {
	if !messages.Is(jsontree.Array) {
		return nil // a text or a document is shown as it is
	}
	for i := range messages.Items {
		m := &messages.Items[i]
		if !m.Is(jsontree.Object) || m.Get("role") == nil {
			continue
		}
		if why := checkMessage(m); why != "" {
			problems = append(problems, fmt.Sprintf("message %d: %s", i, why))
		}
	}
	return problems
}

func checkMessage(m *jsontree.Node) string {
	if parts := m.Get("parts"); parts.Is(jsontree.Array) {
		for i := range parts.Items {
			switch p := &parts.Items[i]; p.Get("type").String() {
			case "tool_call_response":
				if p.Get("result") == nil {
					return "a tool_call_response without result"
				}
			case "text", "tool_call":
			default:
				if p.Get("type") == nil && (p.Is(jsontree.String) || p.Get("content") != nil) {
					continue // a part of somebody's own
				}
				return fmt.Sprintf("a part of the type %q", p.Get("type").String())
			}
		}
		return ""
	}
	content := m.Get("content")
	if content == nil && m.Get("type") == nil {
		return "no content: it must be null where there is no text"
	}
	if calls := m.Get("tool_calls"); calls.Is(jsontree.Array) && len(calls.Items) > 0 {
		if content.Is(jsontree.Array) {
			return "content is a list beside tool_calls"
		}
		for i := range calls.Items {
			if call := &calls.Items[i]; call.Get("type").String() != "function" || call.Path("function.name").String() == "" {
				return "a tool call without type function, or without a name"
			}
		}
	}
	if content.Is(jsontree.Array) {
		for i := range content.Items {
			if why := checkItem(&content.Items[i]); why != "" {
				return why
			}
		}
	}
	return ""
}

func checkItem(p *jsontree.Node) string {
	if p.Is(jsontree.String) {
		return ""
	}
	missing := func(names ...string) string {
		for _, name := range names {
			if p.Get(name) == nil {
				return fmt.Sprintf("a content part of the type %q without %s", p.Get("type").String(), name)
			}
		}
		return ""
	}
	switch p.Get("type").String() {
	case "text":
		return missing("text")
	case "thinking":
		return missing("thinking")
	case "redacted_thinking", "refusal", "input_audio", "file", "server_tool_use", "web_search_tool_result":
		return ""
	case "image", "document":
		return missing("source")
	case "image_url":
		return missing("image_url")
	case "tool_use":
		return missing("name", "input")
	case "tool_result":
		return missing("tool_use_id")
	case "tool-call":
		return missing("toolCallId", "toolName", "input")
	case "tool-result":
		return missing("toolCallId", "output")
	case "input_image", "input_file":
		return ""
	}
	return fmt.Sprintf("a content part of the type %q", p.Get("type").String())
}

// CheckTools is [Check] for the tools of a request.
func CheckTools(tools *jsontree.Node) (problems []string) {
	for i := range tools.Items {
		tool := &tools.Items[i]
		function := tool.Get("function")
		switch {
		case function.Is(jsontree.Object) && tool.Get("type").String() == "function":
			if v := function.Get("parameters"); v != nil && !v.Is(jsontree.Object) {
				problems = append(problems, fmt.Sprintf("tool %d: parameters are no object", i))
			}
		case tool.Get("name") != nil && tool.Get("input_schema").Is(jsontree.Object):
		case tool.Get("type") != nil && tool.Get("type").String() != "function" && function == nil && tool.Get("name") == nil:
			// a tool of the provider, such as web search
		default:
			problems = append(problems, fmt.Sprintf("tool %d: neither {type: function, function} nor {name, input_schema}", i))
		}
	}
	return problems
}
