package exporter

import (
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel"

	"github.com/otelposthog/otelposthog-go/exporter/internal/privacy"
)

// Content is a level that says which content leaves the process.
// docs/privacy.md has a table of its effect on each property.
type Content int

const (
	// ContentAll sends everything: messages, states, tools, errors, and all
	// attributes that no rule reads.
	ContentAll = Content(privacy.All)
	// ContentInputs sends the same as [ContentNone] and the inputs of models,
	// tools and agents. The history of a conversation, with earlier answers, is
	// an input of the next call.
	ContentInputs = Content(privacy.Inputs)
	// ContentOutputs sends the same as [ContentNone] and the outputs of models,
	// tools and agents.
	ContentOutputs = Content(privacy.Outputs)
	// ContentNone sends only properties that are known to hold no content: ids,
	// the model, the provider, tokens, costs, times, known stop reasons, the
	// type of an error, the HTTP status, names of tools, the browser session,
	// the person and the groups. Everything else, such as your own attributes,
	// is sent only if [WithAllowedProperties] names it.
	ContentNone = Content(privacy.None)
)

// contentVariable is OpenTelemetry's switch for content, shared by the GenAI
// instrumentations of all languages.
const contentVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// contentFromEnv reads contentVariable. With an invalid value no content is
// sent, because a typo must not send prompts. EVENT_ONLY says where content is
// recorded, not that there is none.
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
