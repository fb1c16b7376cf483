package posthogtest

import (
	"encoding/json"
	"fmt"

	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Warning is something that PostHog stores, but does not show as it was meant.
type Warning struct {
	// Event is the event, Property the property that is at fault.
	Event    Event
	Property string
	// Text says what is wrong, without any content.
	Text string
}

// String returns the warning as a line, without any content.
func (w Warning) String() string {
	return fmt.Sprintf("%s %s: %s: %s", w.Event.Name, w.Event.UUID, w.Property, w.Text)
}

// Warnings returns what PostHog's interface would not show of the stored events:
//
//   - messages of $ai_input and $ai_output_choices, and $ai_tools, in a shape that
//     its conversation view does not know
//   - an AI event without $ai_trace_id, which is in no trace
//   - a $session_id that is no id, such as "undefined", which opens no replay
//
// A test that wants all to be shown requires that there are none.
func (s *Server) Warnings() []Warning {
	var warnings []Warning
	for _, e := range s.Events() {
		if !e.IsAI() {
			continue
		}
		warn := func(property, text string) { warnings = append(warnings, Warning{e, property, text}) }
		if e.TraceID() == "" {
			warn("$ai_trace_id", "it is missing: the event is in no trace")
		}
		if id, ok := e.Properties["$session_id"]; ok {
			text, _ := id.(string)
			if reason := session.CheckID(text); reason != session.Valid {
				warn("$session_id", "it is no session id, so no replay opens: "+string(reason))
			}
		}
		for _, c := range checks {
			for _, problem := range c.check(node(e.Properties[c.property])) {
				warn(c.property, problem)
			}
		}
	}
	return warnings
}

var checks = []struct {
	property string
	check    func(*jsontree.Node) []string
}{
	{"$ai_input", chat.Check},
	{"$ai_output_choices", chat.Check},
	{"$ai_tools", checkTools},
}

func checkTools(tools *jsontree.Node) []string {
	if !tools.Is(jsontree.Array) {
		return nil
	}
	return chat.CheckTools(tools)
}

// node is a property as the checks read it.
func node(value any) *jsontree.Node {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	n, _ := jsontree.Parse(string(text))
	return &n
}
