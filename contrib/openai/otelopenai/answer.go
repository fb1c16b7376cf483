package otelopenai

import (
	"encoding/json"
	"errors"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// answer is what a span records of a response, whichever API it came from.
type answer struct {
	id, model, serviceTier, conversation string

	finishReasons []string
	usage         *usage
	messages      []message
	failure       *apiError // the API said that the call failed, with status 200
}

// usage counts tokens. Chat Completions and Responses differ in the names only.
type usage struct {
	InputTokens   tokens       `json:"input_tokens"`
	OutputTokens  tokens       `json:"output_tokens"`
	InputDetails  tokenDetails `json:"input_tokens_details"`
	OutputDetails tokenDetails `json:"output_tokens_details"`

	PromptTokens      tokens       `json:"prompt_tokens"`
	CompletionTokens  tokens       `json:"completion_tokens"`
	PromptDetails     tokenDetails `json:"prompt_tokens_details"`
	CompletionDetails tokenDetails `json:"completion_tokens_details"`
}

type tokenDetails struct {
	Cached     tokens `json:"cached_tokens"`
	CacheWrite tokens `json:"cache_write_tokens"`
	Reasoning  tokens `json:"reasoning_tokens"`
	Audio      tokens `json:"audio_tokens"`
}

// tokens is a count that may be absent. What is not a whole number is absent,
// too: a wrong count costs more than none.
type tokens struct {
	n   int64
	set bool
}

func (t *tokens) UnmarshalJSON(raw []byte) error {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	*t = tokens{n, err == nil && n >= 0}
	return nil
}

// Keys of audio tokens, which have a price of their own. The conventions have no
// names for them yet.
const (
	audioInputTokensKey  = attribute.Key("gen_ai.usage.audio.input_tokens")
	audioOutputTokensKey = attribute.Key("gen_ai.usage.audio.output_tokens")
)

func (u *usage) attributes() (attrs []attribute.KeyValue) {
	for _, c := range [...]struct {
		key       attribute.Key
		either    tokens
		or        tokens
		aboveZero bool // details of zero tokens say nothing
	}{
		{semconv.GenAIUsageInputTokensKey, u.InputTokens, u.PromptTokens, false},
		{semconv.GenAIUsageOutputTokensKey, u.OutputTokens, u.CompletionTokens, false},
		{semconv.GenAIUsageCacheReadInputTokensKey, u.InputDetails.Cached, u.PromptDetails.Cached, true},
		{semconv.GenAIUsageCacheCreationInputTokensKey, u.InputDetails.CacheWrite, u.PromptDetails.CacheWrite, true},
		{semconv.GenAIUsageReasoningOutputTokensKey, u.OutputDetails.Reasoning, u.CompletionDetails.Reasoning, true},
		{audioInputTokensKey, u.InputDetails.Audio, u.PromptDetails.Audio, true},
		{audioOutputTokensKey, u.OutputDetails.Audio, u.CompletionDetails.Audio, true},
	} {
		count := c.either
		if !count.set {
			count = c.or
		}
		if count.set && (count.n > 0 || !c.aboveZero) {
			attrs = append(attrs, c.key.Int64(count.n))
		}
	}
	return attrs
}

// attributes returns what goes on the span.
func (a *answer) attributes(content Content) (attrs []attribute.KeyValue) {
	attrs = appendString(attrs, semconv.GenAIResponseIDKey, a.id)
	attrs = appendString(attrs, semconv.GenAIResponseModelKey, a.model)
	attrs = appendString(attrs, otelsemconv.OpenAIResponseServiceTierKey, a.serviceTier)
	attrs = appendString(attrs, semconv.GenAIConversationIDKey, a.conversation)
	if len(a.finishReasons) > 0 {
		attrs = append(attrs, semconv.GenAIResponseFinishReasonsKey.StringSlice(a.finishReasons))
	}
	if a.usage != nil {
		attrs = append(attrs, a.usage.attributes()...)
	}
	if content.outputs() && len(a.messages) > 0 {
		attrs = append(attrs, semconv.GenAIOutputMessagesKey.String(encode(a.messages)))
	}
	return attrs
}

// decodeEmbeddings reads the answer of Embeddings. It has no id, and its vectors
// are not kept.
func decodeEmbeddings(doc []byte) (*answer, error) {
	var r struct {
		Model string `json:"model"`
		Usage *usage `json:"usage"`
	}
	if err := decode(doc, &r); err != nil {
		return nil, err
	}
	return &answer{model: r.Model, usage: r.Usage}, nil
}

// decode reads a JSON object. A member of an unexpected type is left out, so that
// the rest of what a nearly compatible server answers is recorded.
func decode(doc []byte, v any) error {
	err := json.Unmarshal(doc, v)
	var typeErr *json.UnmarshalTypeError
	if errors.As(err, &typeErr) && typeErr.Field != "" {
		return nil
	}
	return err
}
