package otelopenai

import (
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel"
)

// Content says which content is recorded: prompts and answers, system
// instructions, tool definitions, and what tools were given and returned.
type Content int

const (
	// ContentAll records inputs and outputs.
	ContentAll Content = iota
	// ContentInputs records what the model, the tool or the agent was given:
	// messages, system instructions, tool definitions, arguments.
	ContentInputs
	// ContentOutputs records what the model, the tool or the agent returned.
	ContentOutputs
	// ContentNone records no content. Models, tokens, times and errors remain.
	ContentNone
)

// inputs reports whether inputs are recorded.
func (c Content) inputs() bool { return c == ContentAll || c == ContentInputs }

// outputs reports whether outputs are recorded.
func (c Content) outputs() bool { return c == ContentAll || c == ContentOutputs }

// contentVariable is OpenTelemetry's switch for content, shared by the GenAI
// instrumentations of all languages.
const contentVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// contentFromEnv reads contentVariable. An invalid value records nothing: a typo
// must not let prompts out.
func contentFromEnv() Content {
	value := os.Getenv(contentVariable)
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "", "true", "span_only", "span_and_event":
		return ContentAll
	case "false", "no_content", "event_only": // this package writes no events
		return ContentNone
	}
	otel.Handle(fmt.Errorf("otelopenai: %s is %.40q, so no content is recorded; "+
		"valid are true, false, NO_CONTENT, SPAN_ONLY, EVENT_ONLY and SPAN_AND_EVENT", contentVariable, value))
	return ContentNone
}
