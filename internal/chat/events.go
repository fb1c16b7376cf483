package chat

import (
	"slices"
	"strconv"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// EventRoles are the roles of the input message events; a choice is an output.
var EventRoles = map[string]string{
	names.GenAIEventSystemMessage:    "system",
	names.GenAIEventUserMessage:      "user",
	names.GenAIEventAssistantMessage: "assistant",
	names.GenAIEventToolMessage:      "tool",
}

// FromEvents reads the entries of the attribute "events".
func FromEvents(entries []jsontree.Node) (input, output []jsontree.Node) {
	type indexed struct {
		index   float64
		message jsontree.Node
	}
	var in []indexed
	sortable := true
	for i := range entries {
		entry := &entries[i]
		name := entry.Get(string(names.EventNameKey)).String()
		if name == names.GenAIEventChoice {
			output = append(output, Choice(entry))
			continue
		}
		role, ok := EventRoles[name]
		if !ok {
			continue
		}
		index, err := strconv.ParseFloat(NumberText(entry.Get(string(names.GenAIMessageIndexKey))), 64)
		sortable = sortable && err == nil
		in = append(in, indexed{index, EventMessage(entry, role)})
	}
	if sortable {
		slices.SortStableFunc(in, func(a, b indexed) int {
			switch {
			case a.index < b.index:
				return -1
			case a.index > b.index:
				return 1
			}
			return 0
		})
	}
	for _, m := range in {
		input = append(input, m.message)
	}
	return input, output
}

// NumberText returns the digits of a number, or of a text.
func NumberText(n *jsontree.Node) string {
	if n != nil && (n.Kind == jsontree.Number || n.Kind == jsontree.String) {
		return n.Text
	}
	return ""
}

// EventMessage picks the chat message out of an entry that also holds other
// members.
func EventMessage(entry *jsontree.Node, role string) jsontree.Node {
	if own := entry.Get("role").String(); own != "" {
		role = own
	}
	m := jsontree.Obj(jsontree.Member{Name: "role", Value: jsontree.Str(role)})
	for _, name := range []string{"content", "tool_calls", "tool_call_id"} {
		if v := entry.Get(name); v != nil {
			m.Set(name, *v)
		}
	}
	if id := entry.Get("id"); role == "tool" && id.Is(jsontree.String) && m.Get("tool_call_id") == nil {
		m.Set("tool_call_id", *id) // the conventions' first name for it
	}
	return m
}

// Choice is [EventMessage] for a completion, which has a finish reason and
// whose message may be a nested object.
func Choice(entry *jsontree.Node) jsontree.Node {
	m := EventMessage(entry, "assistant")
	own := entry.Get("message")
	if (own.Is(jsontree.Array) || own.Is(jsontree.String)) && m.Get("content") == nil {
		m.Set("content", *own)
	}
	if own.Is(jsontree.Object) {
		m = jsontree.Obj(slices.Clone(own.Members)...)
		if own.Get("role") == nil {
			m.Members = slices.Insert(m.Members, 0, jsontree.Member{Name: "role", Value: jsontree.Str("assistant")})
		}
	}
	if r := entry.Get("finish_reason").String(); IsStopReason(r) {
		m.Set("finish_reason", jsontree.Str(r))
	}
	return m
}
