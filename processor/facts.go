package processor

import (
	"encoding/json"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/genai"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// This file is what the processor knows of the attributes of a call.

type keys = []attribute.Key

// What a call says, the most usual key first.
var (
	responseIDKeys    = keys{semconv.GenAIResponseIDKey, "ai.response.id", "llm.response.id"}
	responseModelKeys = keys{semconv.GenAIResponseModelKey, "llm.response.model", "ai.response.model"}
	requestModelKeys  = keys{
		semconv.GenAIRequestModelKey, "llm.request.model", "llm.model_name", "embedding.model_name", "ai.model.id",
		"langfuse.observation.model.name", "genkit:name",
	}
	inputTokenKeys = keys{
		semconv.GenAIUsageInputTokensKey, semconv.GenAIUsagePromptTokensKey, "llm.usage.prompt_tokens",
		"llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
	}
	outputTokenKeys = keys{
		semconv.GenAIUsageOutputTokensKey, semconv.GenAIUsageCompletionTokensKey, "llm.usage.completion_tokens",
		"llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens",
	}
	cacheReadKeys = keys{
		semconv.GenAIUsageCacheReadInputTokensKey, "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cached_input_tokens",
		"gen_ai.usage.input_cached_tokens", "gen_ai.usage.details.cache_read_tokens", "llm.token_count.prompt_details.cache_read",
		"ai.usage.cachedInputTokens",
	}
	cacheCreationKeys = keys{
		semconv.GenAIUsageCacheCreationInputTokensKey, semconv.GenAIUsageCacheWriteInputTokensKey,
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens", "llm.token_count.prompt_details.cache_write",
	}
	reasoningKeys = keys{
		semconv.GenAIUsageReasoningOutputTokensKey, semconv.GenAIUsageReasoningTokensKey, "gen_ai.usage.details.reasoning_tokens",
		"llm.token_count.completion_details.reasoning", "ai.usage.outputTokenDetails.reasoningTokens",
	}
)

// usageRules are taken over together or not at all.
var usageRules = []rule{
	{semconv.PropertyInputTokens, inputTokenKeys},
	{semconv.PropertyOutputTokens, outputTokenKeys},
	{semconv.PropertyCacheReadTokens, cacheReadKeys},
	{semconv.PropertyCacheCreationTokens, cacheCreationKeys},
	{semconv.PropertyReasoningTokens, reasoningKeys},
	{semconv.PropertyCacheExclusive, nil},
}

// otherRules are taken over one by one.
var otherRules = []rule{
	{semconv.PropertyProvider, keys{semconv.GenAIProviderNameKey, semconv.GenAISystemKey, "llm.provider", "llm.system", "llm.vendor", "ai.model.provider"}},
	{semconv.PropertyCompletionID, responseIDKeys},
	{semconv.PropertyStopReason, keys{semconv.GenAIResponseFinishReasonsKey, "gen_ai.response.finish_reason", "llm.response.finish_reason", "ai.response.finishReason"}},
	{"$ai_service_tier", keys{"gen_ai.response.service_tier", "gen_ai.openai.response.service_tier", "openai.response.service_tier"}},
	{semconv.PropertyTimeToFirstToken, keys{semconv.GenAIResponseTimeToFirstChunkKey, semconv.GenAIServerTimeToFirstTokenKey}},
	{semconv.PropertyAISessionID, keys{semconv.GenAIConversationIDKey}},
	{semconv.PropertyInputCost, keys{"gen_ai.cost.input_cost"}},
	{semconv.PropertyOutputCost, keys{"gen_ai.cost.output_cost"}},
}

// rule is a property and the attributes that it is made of.
type rule struct {
	to   string
	from keys
}

// inputKeys and outputKeys begin the attributes that hold messages.
var (
	inputKeys = []string{
		"gen_ai.input.messages", "gen_ai.prompt", "llm.prompts.", "llm.input_messages.", "ai.prompt",
		"langfuse.observation.input", "langwatch.input", "genkit:input", "lmnr.span.input", "input.value", "braintrust.input_json",
	}
	outputKeys = []string{
		"gen_ai.output.messages", "gen_ai.completion", "llm.completions.", "llm.output_messages.", "ai.response.text",
		"ai.response.object", "ai.response.toolCalls", "langfuse.observation.output", "langwatch.output",
		"genkit:output", "lmnr.span.output", "output.value", "braintrust.output_json",
	}
)

// describe says what an AI span says about a call.
func describe(s sdktrace.ReadOnlySpan) tracetree.Facts {
	attrs := s.Attributes()
	text := func(key attribute.Key) string { return first(attrs, keys{key}).AsString() }
	f := tracetree.Facts{
		Kind:       tracetree.Step,
		ResponseID: first(attrs, responseIDKeys).AsString(),
		Models:     [2]string{first(attrs, responseModelKeys).AsString(), first(attrs, requestModelKeys).AsString()},
		Usage: tracetree.Usage{
			Input: count(attrs, inputTokenKeys), Output: count(attrs, outputTokenKeys), CacheRead: count(attrs, cacheReadKeys),
			CacheCreation: count(attrs, cacheCreationKeys), Reasoning: count(attrs, reasoningKeys),
		},
	}
	for i := range attrs {
		f.HasInput = f.HasInput || beginsWith(attrs[i].Key, inputKeys) || attrs[i].Key == semconv.EventsKey
		f.HasOutput = f.HasOutput || beginsWith(attrs[i].Key, outputKeys)
	}
	for _, ev := range s.Events() {
		switch ev.Name {
		case semconv.EventUserMessage, semconv.EventAssistantMessage, semconv.EventToolMessage:
			f.HasInput = true
		case semconv.EventChoice:
			f.HasOutput = true
		case semconv.EventInferenceDetails:
			f.HasInput, f.HasOutput = true, true
		}
	}
	switch genai.Event(text) {
	case semconv.EventGeneration:
		f.Kind = tracetree.Generation
	case semconv.EventEmbedding:
		f.Kind = tracetree.Embedding
	case "":
		if !braintrust(attrs, &f) {
			f.Candidate = f.Usage.Known() && f.Models != [2]string{}
		}
	}
	return f
}

// braintrust reads a span of Braintrust's SDKs, which have all that matters in
// JSON documents. A document that cannot be read counts as absent.
func braintrust(attrs []attribute.KeyValue, f *tracetree.Facts) bool {
	var kind struct{ Type string }
	var call struct{ ID, Model, Provider, Endpoint string }
	_ = json.Unmarshal([]byte(first(attrs, keys{"braintrust.span_attributes"}).AsString()), &kind)
	_ = json.Unmarshal([]byte(first(attrs, keys{"braintrust.metadata"}).AsString()), &call)
	if kind.Type != "llm" && (kind.Type != "" || call.Provider == "") || call.Model == "" {
		return false
	}
	f.Kind, f.ResponseID, f.Models = tracetree.Generation, call.ID, [2]string{call.Model}
	if strings.HasSuffix(call.Endpoint, "/embeddings") {
		f.Kind = tracetree.Embedding
	}
	return true
}

// takeOver adds what only another span of the same call knows.
func (s *span) takeOver(other sdktrace.ReadOnlySpan) {
	known := other.Attributes()
	if count(s.attrs, inputTokenKeys) == 0 && count(s.attrs, outputTokenKeys) == 0 {
		for _, r := range usageRules {
			s.take(known, r)
		}
	}
	for _, r := range otherRules {
		s.take(known, r)
	}
	s.take(known, rule{semconv.PropertyModel, responseModelKeys})
	s.fail(other)
}

func (s *span) take(known []attribute.KeyValue, r rule) {
	all := append(keys{attribute.Key(r.to)}, r.from...)
	if first(s.attrs, all).Type() != attribute.EMPTY {
		return
	}
	if v := first(known, all); v.Type() != attribute.EMPTY {
		s.add(attribute.KeyValue{Key: attribute.Key(r.to), Value: v})
	}
}

// first returns the value of the first of the keys that is set.
func first(attrs []attribute.KeyValue, keys keys) (v attribute.Value) {
	for _, k := range keys {
		for i := range attrs {
			if attrs[i].Key == k && !(attrs[i].Value.Type() == attribute.STRING && attrs[i].Value.AsString() == "") {
				return attrs[i].Value
			}
		}
	}
	return v
}

// count returns a number of tokens, 0 if it is unknown.
func count(attrs []attribute.KeyValue, keys keys) int64 {
	switch v := first(attrs, keys); v.Type() {
	case attribute.INT64:
		return max(0, v.AsInt64())
	case attribute.FLOAT64:
		if f := v.AsFloat64(); f > 0 && f < 1<<53 {
			return int64(f)
		}
	case attribute.STRING:
		if n, err := strconv.ParseInt(v.AsString(), 10, 64); err == nil {
			return max(0, n)
		}
	}
	return 0
}

// content returns the value of the first of the keys that a span has. Messages
// that are spread over indexed attributes have no such value.
func content(attrs []attribute.KeyValue, keys []string) (v attribute.Value, ok bool) {
	for _, k := range keys {
		for i := range attrs {
			if string(attrs[i].Key) == k {
				return attrs[i].Value, true
			}
		}
	}
	return v, false
}

func beginsWith(k attribute.Key, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(string(k), p) {
			return true
		}
	}
	return false
}
