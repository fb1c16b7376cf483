package otelopenai

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// request is what spans need of a request body. The endpoints use the same names
// for the same things, so one type serves all of them.
type request struct {
	Model string `json:"model"`

	Messages     []chatMessage     `json:"messages"`     // Chat Completions
	Input        json.RawMessage   `json:"input"`        // Responses, Embeddings
	Instructions json.RawMessage   `json:"instructions"` // Responses
	Tools        []json.RawMessage `json:"tools"`
	Functions    []json.RawMessage `json:"functions"` // Chat Completions, before tools

	Conversation       json.RawMessage `json:"conversation"` // Responses: an id, or {"id": ...}
	PreviousResponseID string          `json:"previous_response_id"`
	Prompt             struct {
		ID      string `json:"id"`
		Version string `json:"version"`
	} `json:"prompt"`

	Stream              bool            `json:"stream"`
	Temperature         *float64        `json:"temperature"`
	TopP                *float64        `json:"top_p"`
	FrequencyPenalty    *float64        `json:"frequency_penalty"`
	PresencePenalty     *float64        `json:"presence_penalty"`
	MaxTokens           int64           `json:"max_tokens"`
	MaxCompletionTokens int64           `json:"max_completion_tokens"`
	MaxOutputTokens     int64           `json:"max_output_tokens"`
	Seed                *int64          `json:"seed"`
	N                   int64           `json:"n"`
	Stop                json.RawMessage `json:"stop"` // a string or several
	ServiceTier         string          `json:"service_tier"`
	ReasoningEffort     string          `json:"reasoning_effort"` // Chat Completions
	Reasoning           struct {
		Effort string `json:"effort"`
	} `json:"reasoning"` // Responses
	Modalities     []string `json:"modalities"`
	ResponseFormat struct {
		Type string `json:"type"`
	} `json:"response_format"` // Chat Completions
	Text struct {
		Format struct {
			Type string `json:"type"`
		} `json:"format"`
	} `json:"text"` // Responses
	Dimensions     int64  `json:"dimensions"`
	EncodingFormat string `json:"encoding_format"`
}

// decodeRequest reads what it can: the server judges the request, and a span is
// made of one that it will reject, too.
func decodeRequest(body []byte) *request {
	var r request
	_ = json.Unmarshal(body, &r)
	return &r
}

// recordRequest puts on the span what the request says.
func (t *Tracer) recordRequest(ctx context.Context, span trace.Span, ep *endpoint, r *request) {
	attrs := append(ep.attributes(), r.parameters()...)
	conversation := conversationFrom(ctx)
	if id := idOf(r.Conversation); id != "" {
		conversation = id
	}
	attrs = appendString(attrs, semconv.GenAIConversationIDKey, conversation)
	if t.content.inputs() {
		attrs = append(attrs, r.content(ep)...)
	}
	span.SetAttributes(attrs...)
}

func (r *request) content(ep *endpoint) (attrs []attribute.KeyValue) {
	if messages := ep.input(r); len(messages) > 0 {
		attrs = append(attrs, semconv.GenAIInputMessagesKey.String(encode(messages)))
	}
	if parts := contentParts(r.Instructions); len(parts) > 0 {
		attrs = append(attrs, semconv.GenAISystemInstructionsKey.String(encode(parts)))
	}
	if tools := toolDefinitions(r.Tools, r.Functions); len(tools) > 0 {
		attrs = append(attrs, semconv.GenAIToolDefinitionsKey.String(encode(tools)))
	}
	return attrs
}

// Keys of the conventions that the semconv package does not name.
const (
	outputTypeKey          = attribute.Key("gen_ai.output.type")
	reasoningLevelKey      = attribute.Key("gen_ai.request.reasoning.level")
	encodingFormatsKey     = attribute.Key("gen_ai.request.encoding_formats")
	embeddingsDimensionKey = attribute.Key("gen_ai.embeddings.dimension.count")
	previousResponseIDKey  = attribute.Key("openai.request.previous_response_id")
)

func (r *request) parameters() (attrs []attribute.KeyValue) {
	if r.Stream {
		attrs = append(attrs, semconv.GenAIRequestStreamKey.Bool(true))
	}
	attrs = appendFloat(attrs, semconv.GenAIRequestTemperatureKey, r.Temperature)
	attrs = appendFloat(attrs, semconv.GenAIRequestTopPKey, r.TopP)
	attrs = appendFloat(attrs, semconv.GenAIRequestFrequencyPenaltyKey, r.FrequencyPenalty)
	attrs = appendFloat(attrs, semconv.GenAIRequestPresencePenaltyKey, r.PresencePenalty)
	if n := max(r.MaxTokens, r.MaxCompletionTokens, r.MaxOutputTokens); n > 0 {
		attrs = append(attrs, semconv.GenAIRequestMaxTokensKey.Int64(n))
	}
	if r.Seed != nil {
		attrs = append(attrs, semconv.GenAIRequestSeedKey.Int64(*r.Seed))
	}
	if r.N > 1 { // the conventions leave out the default
		attrs = append(attrs, semconv.GenAIRequestChoiceCountKey.Int64(r.N))
	}
	if stop := oneOrMany(r.Stop); len(stop) > 0 {
		attrs = append(attrs, semconv.GenAIRequestStopSequencesKey.StringSlice(stop))
	}
	attrs = appendString(attrs, otelsemconv.OpenAIRequestServiceTierKey, r.ServiceTier)
	attrs = appendString(attrs, reasoningLevelKey, cmp.Or(r.Reasoning.Effort, r.ReasoningEffort))
	attrs = appendString(attrs, outputTypeKey, r.outputType())
	if r.Dimensions > 0 {
		attrs = append(attrs, embeddingsDimensionKey.Int64(r.Dimensions))
	}
	if r.EncodingFormat != "" {
		attrs = append(attrs, encodingFormatsKey.StringSlice([]string{r.EncodingFormat}))
	}
	attrs = appendString(attrs, semconv.GenAIPromptNameKey, r.Prompt.ID)
	attrs = appendString(attrs, semconv.GenAIPromptVersionKey, r.Prompt.Version)
	return appendString(attrs, previousResponseIDKey, r.PreviousResponseID)
}

// outputType is the kind of output that the request names, if it names one.
func (r *request) outputType() string {
	if slices.Contains(r.Modalities, "audio") {
		return "speech"
	}
	switch cmp.Or(r.ResponseFormat.Type, r.Text.Format.Type) {
	case "text":
		return "text"
	case "json_object", "json_schema":
		return "json"
	}
	return ""
}

// embeddingsInput returns one user message per text. Inputs of tokens have no
// text.
func embeddingsInput(r *request) (messages []message) {
	for _, text := range oneOrMany(r.Input) {
		messages = append(messages, message{Role: "user", Parts: []part{textPart(text)}})
	}
	return messages
}

// oneOrMany reads a string or a list of strings.
func oneOrMany(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil {
		return nil
	}
	return many
}

// idOf reads an id, or an object that has one.
func idOf(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var object struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &object)
	return object.ID
}

func appendString(attrs []attribute.KeyValue, key attribute.Key, value string) []attribute.KeyValue {
	if value == "" {
		return attrs
	}
	return append(attrs, key.String(value))
}

func appendFloat(attrs []attribute.KeyValue, key attribute.Key, value *float64) []attribute.KeyValue {
	if value == nil {
		return attrs
	}
	return append(attrs, key.Float64(*value))
}
