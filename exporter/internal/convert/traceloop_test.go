package convert_test

import (
	"fmt"
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestTraceloop(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "indices in numeric order, with gaps",
			attrs: attrs{
				"llm.request.type":      "chat",
				"gen_ai.prompt.10.role": "user", "gen_ai.prompt.10.content": "third",
				"gen_ai.prompt.2.role": "assistant", "gen_ai.prompt.2.content": "second",
				"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "first",
				"gen_ai.prompt.prompt_filter_results": "kept",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":                           `[{"role":"user","content":"first"},{"role":"assistant","content":"second"},{"role":"user","content":"third"}]`,
				"gen_ai.prompt.prompt_filter_results": `"kept"`,
			},
			absent: []string{"gen_ai.prompt.10.role"},
		},
		{
			name: "completions with tool calls and the reason",
			attrs: attrs{
				"llm.request.type":                    "chat",
				"gen_ai.completion.0.role":            "assistant",
				"gen_ai.completion.0.content":         "null",
				"gen_ai.completion.0.finish_reason":   "tool_calls",
				"gen_ai.completion.0.tool_calls.0.id": "call-1", "gen_ai.completion.0.tool_calls.0.name": "find_train",
				"gen_ai.completion.0.tool_calls.0.arguments": `{"to":"Ghent"}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":null,"finish_reason":"tool_calls",` +
					`"tool_calls":[{"id":"call-1","type":"function","function":{"name":"find_train","arguments":"{\"to\":\"Ghent\"}"}}]}]`,
				"$ai_stop_reason": `"tool_calls"`,
			},
		},
		{
			name: "content that was a list of parts is one again, other JSON stays text",
			attrs: attrs{
				"llm.request.type":     "chat",
				"gen_ai.prompt.0.role": "USER", "gen_ai.prompt.0.content": `[{"type":"text","text":"hey"}]`,
				"gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": `[1,2]`,
				"gen_ai.prompt.2.role": "user", "gen_ai.prompt.2.content": "null",
				"gen_ai.prompt.3.role": "CHATBOT", "gen_ai.prompt.3.user": "by cohere",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":[{"type":"text","text":"hey"}]},{"role":"user","content":"[1,2]"},` +
					`{"role":"user","content":"null"},{"role":"assistant","content":"by cohere"}]`,
			},
		},
		{
			name: "the spelling of Go",
			attrs: attrs{
				"llm.request.type": "completion", "llm.vendor": "OpenAI",
				"llm.request.model": "asked", "llm.response.model": "answered",
				"llm.usage.prompt_tokens": "12", "llm.usage.completion_tokens": 7, "llm.usage.total_tokens": 19,
				"llm.prompts.0.role": "user", "llm.prompts.0.content": "hey",
				"llm.completions.0.role": "assistant", "llm.completions.0.content": "ho", "llm.completions.0.finish_reason": "stop",
				"llm.request.max_tokens": 100, "llm.frequency_penalty": 0.1, "llm.temperature": 0.5, "llm.is_streaming": true, "llm.headers": `{"authorization":"secret"}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_provider":         `"OpenAI"`,
				"$ai_model":            `"answered"`,
				"$ai_input_tokens":     `12`,
				"$ai_output_tokens":    `7`,
				"$ai_input":            `[{"role":"user","content":"hey"}]`,
				"$ai_output_choices":   `[{"role":"assistant","content":"ho","finish_reason":"stop"}]`,
				"$ai_stop_reason":      `"stop"`,
				"$ai_stream":           `true`,
				"$ai_temperature":      `0.5`,
				"$ai_max_tokens":       `100`,
				"$ai_model_parameters": `{"temperature":0.5,"max_tokens":100,"frequency_penalty":0.1}`,
			},
			absent: []string{"llm.frequency_penalty", "llm.headers", "llm.usage.total_tokens", "llm.is_streaming"},
		},
		{
			name: "the conventions win over the spelling of Go",
			attrs: attrs{
				"llm.request.type": "chat", "gen_ai.response.model": "new", "llm.response.model": "old",
				"gen_ai.usage.prompt_tokens": 1, "llm.usage.prompt_tokens": 2,
				"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "new",
				"llm.prompts.0.role": "user", "llm.prompts.0.content": "old",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_model":        `"new"`,
				"$ai_input_tokens": `1`,
				"$ai_input":        `[{"role":"user","content":"new"}]`,
			},
			absent: []string{"llm.prompts.0.content"},
		},
		{
			name: "where the reason is",
			attrs: attrs{
				"llm.request.type": "chat", "llm.response.stop_reason": "first", "llm.response.finish_reason": "second",
				"gen_ai.completion.0.finish_reason": "third",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_stop_reason": `"first"`,
			},
			absent: []string{"llm.response.finish_reason"},
		},
		{
			name: "a reason without content",
			attrs: attrs{
				"llm.request.type": "chat", "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "length",
				"gen_ai.completion.1.finish_reason": "stop",
			},
			event:  semconv.EventGeneration,
			want:   map[string]string{"$ai_stop_reason": `"length"`},
			absent: []string{"$ai_output_choices", "gen_ai.completion.0.finish_reason"},
		},
		{
			name: "a tool of a workflow",
			span: "search_trains.tool",
			attrs: attrs{
				"traceloop.span.kind": "tool", "traceloop.entity.name": "search_trains", "traceloop.entity.path": "wren.plan",
				"traceloop.entity.input": `{"args":[{"to":"Ghent"}],"kwargs":{}}`, "traceloop.entity.output": `"32 min"`,
				"traceloop.workflow.name": "wren", "traceloop.association.properties.session_id": "chat-1",
				"traceloop.association.properties.user_id": "u-1", "traceloop.entity.version": 3,
			},
			want: map[string]string{
				"$ai_span_name":            `"search_trains"`,
				"$ai_input_state":          `{"args":[{"to":"Ghent"}],"kwargs":{}}`,
				"$ai_output_state":         `"32 min"`,
				"$ai_session_id":           `"chat-1"`,
				"traceloop.entity.version": `3`,
			},
			absent: []string{"traceloop.span.kind", "traceloop.entity.path", "traceloop.workflow.name", "traceloop.association.properties.user_id"},
		},
		{
			name:  "a name that somebody gave the span stays",
			attrs: attrs{"traceloop.span.kind": "task", "traceloop.entity.name": "task", "$ai_span_name": "mine"},
			want: map[string]string{
				"$ai_span_name": `"mine"`,
			},
		},
		{
			name: "a call of the newer conventions below a workflow",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "traceloop.workflow.name": "wren",
				"traceloop.association.properties.session_id": "chat-1", "traceloop.association.properties.tenant": "t",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_session_id": `"chat-1"`,
				"$ai_lib":        `"opentelemetry/traceloop"`,
			},
			absent: []string{"traceloop.workflow.name", "traceloop.association.properties.tenant"},
		},
		{
			name: "a workflow around another library leaves that library its name",
			attrs: attrs{
				"ai.operationId": "ai.generateText.doGenerate", "traceloop.workflow.name": "wren",
				"traceloop.association.properties.session_id": "chat-1",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_session_id": `"chat-1"`,
				"$ai_lib":        `"opentelemetry/vercel-ai"`,
			},
			absent: []string{"traceloop.workflow.name"},
		},
		{
			name: "vectors stay, wherever they are",
			span: "base_embedding.get_text_embedding",
			attrs: attrs{
				"traceloop.span.kind": "task", "traceloop.entity.output": `[[0.1,0.2],[0.3,0.4]]`,
				"traceloop.entity.input": `{"args":["text"],"kwargs":{}}`,
			},
			want: map[string]string{
				"$ai_input_state": `{"args":["text"],"kwargs":{}}`,
			},
			absent: []string{"$ai_output_state"},
		},
		{
			name: "a retriever's nodes lose their vectors only",
			span: "retrieve",
			attrs: attrs{
				"traceloop.span.kind":     "task",
				"traceloop.entity.output": `[{"text":"node","embedding":[0.1,0.2],"scores":[0.9,0.1]}]`,
			},
			want: map[string]string{
				"$ai_output_state": `[{"text":"node","scores":[0.9,0.1]}]`,
			},
		},
		{
			name:  "numbers that a tool returns are no vector",
			span:  "forecast.tool",
			attrs: attrs{"traceloop.span.kind": "tool", "traceloop.entity.output": `[4.5,11.25,7.5]`},
			want: map[string]string{
				"$ai_output_state": `[4.5,11.25,7.5]`,
			},
		},
		{
			name: "messages of LangChain become plain",
			span: "agent.workflow",
			attrs: attrs{
				"traceloop.span.kind": "workflow",
				"traceloop.entity.input": `{"messages":[{"lc":1,"type":"constructor","id":["langchain_core","messages","HumanMessage"],` +
					`"kwargs":{"content":"hey"}}]}`,
			},
			want: map[string]string{
				"$ai_input_state": `{"messages":[{"role":"user","content":"hey"}]}`,
			},
		},
		{
			name: "a reranker's documents and scores",
			span: "cohere.rerank",
			attrs: attrs{
				"llm.request.type": "rerank", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.user": "trains?",
				"documents.0.index": "one", "documents.1.index": "two", "gen_ai.completion.0.relevanceScore": 0.9,
			},
			want: map[string]string{
				"$ai_input_state":  `{"documents":["one","two"],"query":"trains?"}`,
				"$ai_output_state": `[{"relevance_score":0.9}]`,
			},
			absent: []string{"documents.0.index"},
		},
		{
			name:  "functions under both names of their parameters",
			attrs: attrs{"llm.request.type": "chat", "llm.request.functions.3.name": "f", "llm.request.functions.3.arguments": "{}"},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_tools": `[{"type":"function","function":{"name":"f","parameters":{}}}]`,
			},
		},
		{
			name: "anthropic's tokens without the cached ones",
			attrs: attrs{
				"llm.request.type": "chat", "gen_ai.usage.input_tokens": 3000, "gen_ai.usage.output_tokens": 10,
				"gen_ai.usage.cache_read_input_tokens": 2048, "gen_ai.usage.total_tokens": 5058,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_cache_read_input_tokens":   `2048`,
				"$ai_cache_reporting_exclusive": `true`,
			},
		},
		{
			name:  "the same by the library for JavaScript, whose total leaves them out",
			scope: "@traceloop/instrumentation-anthropic",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 3000, "gen_ai.usage.output_tokens": 10,
				"gen_ai.usage.cache_read.input_tokens": 2048, "gen_ai.usage.total_tokens": 3010,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_cache_reporting_exclusive": `true`,
			},
		},
	})
}

// TestManyFlattenedFields keeps the time for a span linear in its attributes: an
// element with more fields than any library writes is none.
func TestManyFlattenedFields(t *testing.T) {
	t.Parallel()
	a := attrs{"llm.request.type": "chat", "gen_ai.prompt.0.tool_calls.0.name": "f"}
	for i := range 200 {
		a[fmt.Sprintf("gen_ai.prompt.0.tool_calls.1.field%d", i)] = i
	}
	checkRows(t, []row{{
		name: "stay as they were", attrs: a, event: semconv.EventGeneration,
		want: map[string]string{
			"$ai_input": `[{"tool_calls":[{"name":"f"}]}]`, "gen_ai.prompt.0.tool_calls.1.field7": `7`,
		},
	}})
}
