package store

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Source says how an event arrived.
type Source string

// The sources of events.
const (
	// Captured events came by PostHog's capture endpoints.
	Captured Source = "capture"
	// Converted events were made here from OTLP spans.
	Converted Source = "otlp"
)

// Event is one PostHog event. Raw holds it whole; the other fields are those that
// lists and links need. It is never changed once stored.
type Event struct {
	Raw    json.RawMessage
	Source Source
	Path   string

	UUID, Name, DistinctID      string
	Time                        time.Time // PostHog's: the end of a span
	SessionID, WindowID, ChatID string
	TraceID, SpanID, ParentID   string
	Title, Model, Lib, Service  string
	LinkStatus, LinkReason      string // what the session processor noted
	Latency                     time.Duration
	InputTokens, OutputTokens   int64
	IsError                     bool
}

// Start is when the span of the event began, for other events its time.
func (e *Event) Start() time.Time { return e.Time.Add(-e.Latency) }

// IsAI reports whether this is an event of PostHog's LLM product.
func (e *Event) IsAI() bool { return aiNames[e.Name] }

var aiNames = map[string]bool{
	"$ai_generation": true, "$ai_embedding": true, "$ai_span": true, "$ai_trace": true,
	"$ai_metric": true, "$ai_feedback": true, "$ai_evaluation": true,
}

// Properties decodes the properties. Numbers keep their digits.
func (e *Event) Properties() map[string]any {
	decoded, err := decode(e.Raw)
	if err != nil || decoded.Properties == nil {
		return map[string]any{}
	}
	return decoded.Properties
}

// NewEvent stores what PostHog would store of e.
func NewEvent(e posthogtest.Event, source Source) *Event {
	if e.Timestamp.IsZero() {
		e.Timestamp = e.StoredTimestamp
	}
	text := func(keys ...string) string {
		for _, key := range keys {
			if s, ok := e.Properties[key].(string); ok && s != "" {
				return s
			}
		}
		return ""
	}
	count := func(key string) int64 {
		if n, ok := e.Int(key); ok {
			return n
		}
		f, _ := e.Float(key)
		return int64(f)
	}
	latency, _ := e.Float("$ai_latency")
	isError, _ := e.Properties["$ai_is_error"].(bool)
	title := text("$ai_span_name", "$ai_trace_name", "$el_text", "$current_url", "$ai_metric_name", "$ai_feedback_text")
	if e.Name == "$autocapture" {
		title = autocaptured(text("$event_type"), text("$el_text"), text("$elements_chain"))
	}
	return &Event{
		Raw: json.RawMessage(e.String()), Source: source, Path: e.Path,
		UUID: e.UUID, Name: e.Name, DistinctID: e.DistinctID, Time: e.Timestamp,
		SessionID: text("$session_id"), WindowID: text("$window_id"), ChatID: text("$ai_session_id"),
		TraceID: text("$ai_trace_id"), SpanID: text("$ai_generation_id", "$ai_span_id"), ParentID: text("$ai_parent_id"),
		LinkStatus: text(string(semconv.LinkStatusKey)), LinkReason: text(string(semconv.LinkReasonKey)),
		Title: title, Model: text("$ai_model"), Lib: text("$lib"), Service: text("service.name"),
		// A latency of years is a mistake of the sender; it must not overflow here.
		Latency:     time.Duration(min(max(latency, 0), 1e8) * float64(time.Second)),
		InputTokens: count("$ai_input_tokens"), OutputTokens: count("$ai_output_tokens"),
		IsError: isError || e.Name == "$exception",
	}
}

// autocaptured says what a person did: click “Ask”, submit form. The chain names
// the elements from the inside out, as in button.primary:text="Ask";form.
func autocaptured(action, text, chain string) string {
	if text != "" {
		return action + " “" + text + "”"
	}
	if end := strings.IndexAny(chain, ".:;"); end >= 0 {
		chain = chain[:end]
	}
	return action + " " + chain
}

// parseEvent reads an event as String of posthogtest.Event or the exporter wrote
// it.
func parseEvent(raw []byte, source Source) (*Event, error) {
	decoded, err := decode(raw)
	if err != nil {
		return nil, err
	}
	e := NewEvent(decoded, source)
	e.Raw = raw
	return e, nil
}

func decode(raw []byte) (e posthogtest.Event, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&e)
	return e, err
}
