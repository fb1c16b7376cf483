package convert_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestMappingKinds is section 2 of the mapping: the event name, first match
// wins.
func TestMappingKinds(t *testing.T) {
	t.Parallel()
	const (
		generation = semconv.EventGeneration
		embedding  = semconv.EventEmbedding
		span       = semconv.EventSpan
	)
	for _, k := range []struct {
		name  string
		attrs attrs
		want  string
	}{
		{"vercel doGenerate", attrs{"ai.operationId": "ai.generateText.doGenerate"}, generation},
		{"vercel object doStream", attrs{"ai.operationId": "ai.streamObject.doStream"}, generation},
		{"vercel doGenerate of an operation to come", attrs{"ai.operationId": "ai.generateSpeech.doGenerate"}, generation},
		{"vercel wrapper", attrs{"ai.operationId": "ai.generateText"}, span},
		{"vercel embed", attrs{"ai.operationId": "ai.embed.doEmbed"}, embedding},
		{"vercel embedMany", attrs{"ai.operationId": "ai.embedMany.doEmbed"}, embedding},
		{"vercel embed wrapper", attrs{"ai.operationId": "ai.embedMany"}, span},
		{"vercel tool", attrs{"ai.operationId": "ai.toolCall"}, span},
		{"vercel over request type", attrs{"ai.operationId": "ai.toolCall", "llm.request.type": "chat"}, span},
		{"vercel over operation name", attrs{"ai.operationId": "ai.generateText", "gen_ai.operation.name": "chat"}, span},
		{"vercel operation empty", attrs{"ai.operationId": "", "gen_ai.operation.name": "chat"}, generation},
		{"vercel operation no text", attrs{"ai.operationId": 7, "gen_ai.operation.name": "chat"}, generation},

		{"request type chat", attrs{"llm.request.type": "chat"}, generation},
		{"request type completion", attrs{"llm.request.type": "completion"}, generation},
		{"request type embedding", attrs{"llm.request.type": "embedding"}, embedding},
		{"request type embeddings", attrs{"llm.request.type": "embeddings"}, embedding},
		{"request type rerank", attrs{"llm.request.type": "rerank"}, span},
		{"request type over operation name", attrs{"llm.request.type": "rerank", "gen_ai.operation.name": "chat"}, span},
		{"request type empty", attrs{"llm.request.type": "", "gen_ai.operation.name": "chat"}, generation},

		{"operation chat", attrs{"gen_ai.operation.name": "chat"}, generation},
		{"operation generate_content", attrs{"gen_ai.operation.name": "generate_content"}, generation},
		{"operation text_completion", attrs{"gen_ai.operation.name": "text_completion"}, generation},
		{"operation embeddings", attrs{"gen_ai.operation.name": "embeddings"}, embedding},
		{"operation execute_tool", attrs{"gen_ai.operation.name": "execute_tool"}, span},
		{"operation invoke_agent", attrs{"gen_ai.operation.name": "invoke_agent"}, span},
		{"operation create_agent", attrs{"gen_ai.operation.name": "create_agent"}, span},
		{"operation invoke_workflow", attrs{"gen_ai.operation.name": "invoke_workflow"}, span},
		{"operation retrieval", attrs{"gen_ai.operation.name": "retrieval"}, span},
		{"operation unknown", attrs{"gen_ai.operation.name": "chatter"}, span},
		{"operation no text", attrs{"gen_ai.operation.name": []string{"chat"}}, span},
		{"operation no text, kind below", attrs{"gen_ai.operation.name": 1, "openinference.span.kind": "LLM"}, generation},
		{"operation beside traceloop", attrs{"gen_ai.operation.name": "chat", "traceloop.span.kind": "workflow"}, generation},
		{"operation beside pydantic", attrs{"gen_ai.operation.name": "chat", "pydantic_ai.all_messages": "[]"}, generation},
		{"operation over openinference", attrs{"gen_ai.operation.name": "invoke_agent", "openinference.span.kind": "LLM"}, span},
		{"operation over langfuse", attrs{"gen_ai.operation.name": "chat", "langfuse.observation.type": "span"}, generation},

		{"openinference LLM", attrs{"openinference.span.kind": "LLM"}, generation},
		{"openinference llm", attrs{"openinference.span.kind": "llm"}, generation},
		{"openinference Embedding", attrs{"openinference.span.kind": "Embedding"}, embedding},
		{"openinference CHAIN", attrs{"openinference.span.kind": "CHAIN"}, span},
		{"openinference over langfuse", attrs{"openinference.span.kind": "TOOL", "langfuse.observation.type": "generation"}, span},

		{"langfuse generation", attrs{"langfuse.observation.type": "generation"}, generation},
		{"langfuse embedding", attrs{"langfuse.observation.type": "embedding"}, embedding},
		{"langfuse retriever", attrs{"langfuse.observation.type": "retriever"}, span},
		{"langsmith llm", attrs{"langsmith.span.kind": "llm"}, generation},
		{"langsmith prompt template that says chat", attrs{"langsmith.span.kind": "prompt", "gen_ai.operation.name": "chat"}, span},
		{"langwatch llm", attrs{"langwatch.span.type": "llm"}, generation},
		{"langwatch tool", attrs{"langwatch.span.type": "tool"}, span},
		{"genkit model", attrs{"genkit:type": "action", "genkit:metadata:subtype": "model"}, generation},
		{"genkit embedder", attrs{"genkit:type": "action", "genkit:metadata:subtype": "embedder"}, embedding},
		{"genkit tool", attrs{"genkit:type": "action", "genkit:metadata:subtype": "tool.v2"}, span},
		{"genkit model elsewhere", attrs{"genkit:type": "util", "genkit:metadata:subtype": "model"}, span},
		{"genkit flow", attrs{"genkit:type": "action", "genkit:metadata:subtype": "flow"}, span},
		{"braintrust llm", attrs{"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.input_json": "[]"}, generation},
		{"braintrust metrics with tokens", attrs{"braintrust.metrics": `{"prompt_tokens":3}`}, generation},
		{"braintrust metrics without tokens", attrs{"braintrust.metrics": `{"start":3}`}, span},
		{"braintrust tool", attrs{"braintrust.span_attributes": `{"type":"tool"}`, "braintrust.metrics": `{"prompt_tokens":3}`}, span},
		{"laminar LLM", attrs{"lmnr.span.type": "LLM"}, generation},
		{"laminar DEFAULT", attrs{"lmnr.span.type": "DEFAULT"}, span},
		{"nothing tells", attrs{"gen_ai.request.model": "gpt-4"}, span},

		{"a model and usage", attrs{"gen_ai.response.model": "m", "gen_ai.usage.prompt_tokens": 3}, generation},
		{"a model and usage of others", attrs{"llm.model_name": "m", "llm.token_count.completion": 3}, generation},
		{"a model and usage in text", attrs{"gen_ai.request.model": "m", "gen_ai.usage.output_tokens": "3"}, generation},
		{"a model and no usage to speak of", attrs{"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 0}, span},
		{"usage without a model", attrs{"gen_ai.usage.input_tokens": 3}, span},
		{"a model and usage of a tool", attrs{"gen_ai.operation.name": "execute_tool", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3}, span},
		{"a model and usage of a chain", attrs{"openinference.span.kind": "CHAIN", "llm.model_name": "m", "llm.token_count.prompt": 3}, span},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for _, root := range []bool{false, true} {
				want := k.want
				if root && want == span {
					want = semconv.EventTrace
				}
				span := row{span: "work", root: root, attrs: k.attrs}.stub().Snapshot()
				events := convert.Batch([]sdktrace.ReadOnlySpan{span}, convert.Options{})
				require.Len(t, events, 1)
				require.Equal(t, want, events[0].Name)
			}
		})
	}
}

// TestSpellings is what libraries call the operations that are calls.
func TestSpellings(t *testing.T) {
	t.Parallel()
	for want, operations := range map[string][]string{
		semconv.EventGeneration: {
			"Chat", "CHAT", "achat", "completion", "acompletion", "text_completion", "atext_completion", "textCompletion", "chat.completions",
			"chat_completion", "responses", "aresponses", "Messages", "anthropic_messages", "aanthropic_messages", "llm_call",
			"generate_content", "agenerate_content", "generateContent", "generate_content_stream",
		},
		semconv.EventEmbedding: {"embedding", "aembedding", "Embeddings", "aembeddings"},
		semconv.EventSpan: {
			"execute_tool", "tool_call", "invoke_agent", "plan", "rerank", "arerank", "retrieval", "agent", "a", "aachat", "chats", "_",
			"image_generation", "moderation", "speech", "user_prompt", "search_memory", "embed", "message", "unknown",
		},
	} {
		for _, operation := range operations {
			for _, key := range []string{"gen_ai.operation.name", "llm.request.type"} {
				span := row{attrs: attrs{key: operation}}.stub().Snapshot()
				require.Equal(t, want, convert.Batch([]sdktrace.ReadOnlySpan{span}, convert.Options{})[0].Name, "%s = %s", key, operation)
			}
		}
	}
}

// TestEvaluationSpans converts what the Collector makes of an evaluation's log
// record.
func TestEvaluationSpans(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{{
		name: "an evaluation below its generation", span: "gen_ai.evaluation.result", event: semconv.EventEvaluation,
		attrs: attrs{"$ai_evaluation_name": "relevance", "$ai_target_span_id": "0700000000000000"},
		want:  map[string]string{"$ai_evaluation_name": `"relevance"`, "$ai_target_span_id": `"0700000000000000"`},
	}})
}
