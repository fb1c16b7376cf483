package otelopenai

import (
	"encoding/json"

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
// A count that is absent is not recorded.
type usage struct {
	InputTokens   *int64       `json:"input_tokens"`
	OutputTokens  *int64       `json:"output_tokens"`
	InputDetails  tokenDetails `json:"input_tokens_details"`
	OutputDetails tokenDetails `json:"output_tokens_details"`

	PromptTokens      *int64       `json:"prompt_tokens"`
	CompletionTokens  *int64       `json:"completion_tokens"`
	PromptDetails     tokenDetails `json:"prompt_tokens_details"`
	CompletionDetails tokenDetails `json:"completion_tokens_details"`
}

type tokenDetails struct {
	Cached     int64 `json:"cached_tokens"`
	CacheWrite int64 `json:"cache_write_tokens"`
	Reasoning  int64 `json:"reasoning_tokens"`
	Audio      int64 `json:"audio_tokens"`
}

// Keys of audio tokens, which have a price of their own. The conventions have no
// names for them yet.
const (
	audioInputTokensKey  = attribute.Key("gen_ai.usage.audio.input_tokens")
	audioOutputTokensKey = attribute.Key("gen_ai.usage.audio.output_tokens")
)

func (u *usage) attributes() (attrs []attribute.KeyValue) {
	count := func(key attribute.Key, counts ...*int64) {
		for _, n := range counts {
			if n != nil {
				attrs = append(attrs, key.Int64(*n))
				return
			}
		}
	}
	detail := func(key attribute.Key, n int64) {
		if n > 0 {
			attrs = append(attrs, key.Int64(n))
		}
	}
	count(semconv.GenAIUsageInputTokensKey, u.InputTokens, u.PromptTokens)
	count(semconv.GenAIUsageOutputTokensKey, u.OutputTokens, u.CompletionTokens)
	detail(semconv.GenAIUsageCacheReadInputTokensKey, max(u.InputDetails.Cached, u.PromptDetails.Cached))
	detail(semconv.GenAIUsageCacheCreationInputTokensKey, max(u.InputDetails.CacheWrite, u.PromptDetails.CacheWrite))
	detail(semconv.GenAIUsageReasoningOutputTokensKey, max(u.OutputDetails.Reasoning, u.CompletionDetails.Reasoning))
	detail(audioInputTokensKey, max(u.InputDetails.Audio, u.PromptDetails.Audio))
	detail(audioOutputTokensKey, max(u.OutputDetails.Audio, u.CompletionDetails.Audio))
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

// decode reads JSON. A member of another type than expected is left out: a
// server that speaks OpenAI's API nearly, still gets the rest recorded.
func decode(doc []byte, v any) error {
	err := json.Unmarshal(doc, v)
	if _, ok := err.(*json.UnmarshalTypeError); ok { //nolint:errorlint // json returns it bare
		return nil
	}
	return err
}
