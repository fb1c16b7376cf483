package posthogtest

// Text returns a property that is a string. It is false when the property is
// absent or something else.
func (e Event) Text(property string) (string, bool) {
	text, ok := e.Properties[property].(string)
	return text, ok
}

// Bool returns a property that is true or false. It is false, false when the
// property is absent or something else.
func (e Event) Bool(property string) (value, ok bool) {
	value, ok = e.Properties[property].(bool)
	return value, ok
}

// List returns a property that is a list, such as $ai_input. It is nil, false
// when the property is absent or something else.
func (e Event) List(property string) ([]any, bool) {
	list, ok := e.Properties[property].([]any)
	return list, ok
}

// SessionID returns $session_id, "" without one.
func (e Event) SessionID() string { return e.text("$session_id") }

// TraceID returns $ai_trace_id, "" without one.
func (e Event) TraceID() string { return e.text("$ai_trace_id") }

// SpanID returns $ai_span_id, "" without one.
func (e Event) SpanID() string { return e.text("$ai_span_id") }

// ParentID returns $ai_parent_id, "" without one. It is a span id, or the trace
// id at the top of a trace.
func (e Event) ParentID() string { return e.text("$ai_parent_id") }

// Model returns $ai_model, "" without one.
func (e Event) Model() string { return e.text("$ai_model") }

// IsAI reports whether the event is one of PostHog's AI events.
func (e Event) IsAI() bool { return isAI(e.Name) }

func (e Event) text(property string) string {
	text, _ := e.Text(property)
	return text
}
