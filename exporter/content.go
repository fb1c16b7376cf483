package exporter

import (
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel"

	"github.com/otelposthog/otelposthog-go/exporter/internal/privacy"
)

// Content says which content leaves the process. docs/privacy.md has a table of
// what that means for each property.
type Content int

const (
	// ContentAll lets everything out: messages, states, tools, errors, and all
	// attributes that no rule takes.
	ContentAll = Content(privacy.All)
	// ContentInputs lets out what [ContentNone] does and what the model, the tool
	// or the agent was given. The history of a conversation, with former answers,
	// is an input of its next call.
	ContentInputs = Content(privacy.Inputs)
	// ContentOutputs lets out what [ContentNone] does and what the model, the tool
	// or the agent returned.
	ContentOutputs = Content(privacy.Outputs)
	// ContentNone lets out what is known to hold no content: ids, the model, the
	// provider, tokens, costs, times, known stop reasons, the type of an error, the
	// HTTP status, names of tools, the browser session, the person and the groups.
	// Everything else, such as an attribute of your own, stays until
	// [WithAllowedProperties] names it.
	ContentNone = Content(privacy.None)
)

// contentVariable is OpenTelemetry's switch for content, shared by the GenAI
// instrumentations of all languages.
const contentVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// contentFromEnv reads contentVariable. An invalid value lets nothing out: a typo
// must not let prompts out. EVENT_ONLY says where content is recorded, not that
// there is none.
func contentFromEnv() Content {
	value := os.Getenv(contentVariable)
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "", "true", "span_only", "event_only", "span_and_event":
		return ContentAll
	case "false", "no_content":
		return ContentNone
	}
	otel.Handle(fmt.Errorf("otelposthog: %s is %.40q, so no content leaves; "+
		"valid are true, false, NO_CONTENT, SPAN_ONLY, EVENT_ONLY and SPAN_AND_EVENT", contentVariable, value))
	return ContentNone
}
