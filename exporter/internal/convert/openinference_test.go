package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestOpenInferenceCalls(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "everything in its place",
			attrs: attrs{
				"openinference.span.kind": "llm", "llm.system": "openai", "llm.provider": "azure", "llm.model_name": "gpt-4o",
				"llm.token_count.prompt": 20, "llm.token_count.completion": 7, "llm.token_count.total": 27,
				"llm.token_count.prompt_details.cache_read": 4, "llm.token_count.prompt_details.cache_write": 2,
				"llm.token_count.completion_details.reasoning": 3, "llm.finish_reason": "stop", "session.id": "chat-1",
				"llm.invocation_parameters":         `{"model":"gpt-4o","temperature":0.5,"max_tokens":100,"stream":true,"api_key":"secret","messages":[1]}`,
				"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hey", "llm.input_messages.0.message.name": "ana",
				"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "ho",
				"input.value": `{"messages":[{"role":"user","content":"hey"}]}`, "input.mime_type": "application/json",
				"output.value": "ho", "output.mime_type": "text/plain", "metadata": `{"token":"secret"}`, "metadata.tenant": "t",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib":                         `"opentelemetry/openinference"`,
				"$ai_model":                       `"gpt-4o"`,
				"$ai_provider":                    `"azure"`,
				"$ai_session_id":                  `"chat-1"`,
				"$ai_input_tokens":                `20`,
				"$ai_output_tokens":               `7`,
				"$ai_cache_read_input_tokens":     `4`,
				"$ai_cache_creation_input_tokens": `2`,
				"$ai_reasoning_tokens":            `3`,
				"$ai_stop_reason":                 `"stop"`,
				"$ai_cache_reporting_exclusive":   `false`,
				"$ai_model_parameters":            `{"model":"gpt-4o","temperature":0.5,"max_tokens":100,"stream":true}`,
				"$ai_temperature":                 `0.5`,
				"$ai_max_tokens":                  `100`,
				"$ai_stream":                      `true`,
				"$ai_input":                       `[{"role":"user","content":"hey","name":"ana"}]`,
				"$ai_output_choices":              `[{"role":"assistant","content":"ho"}]`,
			},
			absent: []string{"$session_id", "session.id", "input.value", "output.value", "input.mime_type", "llm.token_count.total", "metadata", "metadata.tenant", "llm.invocation_parameters", "llm.system"},
		},
		{
			name: "tool calls, their results and the tools",
			attrs: attrs{
				"openinference.span.kind":                                                "LLM",
				"llm.input_messages.1.message.role":                                      "tool",
				"llm.input_messages.1.message.content":                                   "32 min",
				"llm.input_messages.1.message.tool_call_id":                              "call-1",
				"llm.input_messages.0.message.role":                                      "assistant",
				"llm.input_messages.0.message.tool_calls.0.tool_call.id":                 "call-1",
				"llm.input_messages.0.message.tool_calls.0.tool_call.function.name":      "find_train",
				"llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments": `{"to":"Ghent"}`,
				"llm.tools.0.tool.json_schema":                                           `{"name":"find_train"}`,
				"llm.invocation_parameters":                                              `{"tools":[{"name":"the same, once more"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"assistant","content":null,"tool_calls":[{"id":"call-1","type":"function",` +
					`"function":{"name":"find_train","arguments":"{\"to\":\"Ghent\"}"}}]},{"role":"tool","content":"32 min","tool_call_id":"call-1"}]`,
				"$ai_tools": `[{"type":"function","function":{"name":"find_train"}}]`,
			},
		},
		{
			name: "content in parts: text, image, thoughts, and a tool call among them",
			attrs: attrs{
				"openinference.span.kind":                                                 "LLM",
				"llm.input_messages.0.message.role":                                       "user",
				"llm.input_messages.0.message.contents.0.message_content.type":            "text",
				"llm.input_messages.0.message.contents.0.message_content.text":            "what is this?",
				"llm.input_messages.0.message.contents.1.message_content.type":            "image",
				"llm.input_messages.0.message.contents.1.message_content.image.image.url": "https://example.com/a.png",
				"llm.output_messages.0.message.role":                                      "assistant",
				"llm.output_messages.0.message.contents.0.message_content.type":           "thinking",
				"llm.output_messages.0.message.contents.0.message_content.text":           "hm",
				"llm.output_messages.0.message.contents.0.message_content.signature":      "sig",
				"llm.output_messages.0.message.contents.1.message_content.type":           "tool_use",
				"llm.output_messages.0.message.contents.1.tool_call.id":                   "toolu_1",
				"llm.output_messages.0.message.contents.1.tool_call.function.name":        "f",
				"llm.output_messages.0.message.contents.1.tool_call.function.arguments":   "{}",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":[{"type":"text","text":"what is this?"},` +
					`{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]`,
				"$ai_output_choices": `[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},` +
					`{"type":"tool_use","name":"f","id":"toolu_1","input":{}}]}]`,
			},
		},
		{
			name: "the same text as content and as a part",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hey",
				"llm.input_messages.0.message.contents.0.message_content.type": "text",
				"llm.input_messages.0.message.contents.0.message_content.text": "hey",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hey"}]`,
			},
		},
		{
			name: "attributes without a value",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hey",
				"llm.input_messages.0.message.tool_calls.0.tool_call.id":                 nil,
				"llm.input_messages.0.message.tool_calls.0.tool_call.function.name":      nil,
				"llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments": nil,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"hey"}]`,
			},
			absent: []string{"llm.input_messages.0.message.tool_calls.0.tool_call.id"},
		},
		{
			name: "the system prompt is in the parameters",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hey",
				"llm.invocation_parameters": `{"max_tokens":5,"system":[{"type":"text","text":"Be brief."}],"tools":[{"name":"f"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":            `[{"role":"system","content":"Be brief."},{"role":"user","content":"hey"}]`,
				"$ai_model_parameters": `{"max_tokens":5}`,
				"$ai_tools":            `[{"type":"function","function":{"name":"f"}}]`,
			},
		},
		{
			name: "the system prompt is in the request",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hey",
				"input.value": `{"system":"Be brief.","messages":[{"role":"user","content":"hey"}]}`, "llm.model_name": "claude",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},{"role":"user","content":"hey"}]`,
				"$ai_model": `"claude"`,
			},
		},
		{
			name: "a message without content, which LangChain's own form of it has",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "system",
				"llm.input_messages.1.message.role": "user", "llm.input_messages.1.message.content": "hey",
				"input.value": `{"messages":[[{"lc":1,"type":"constructor","id":["langchain_core","messages","SystemMessage"],` +
					`"kwargs":{"content":[{"type":"text","text":"Be brief."}]}},{"lc":1,"type":"constructor",` +
					`"id":["langchain_core","messages","HumanMessage"],"kwargs":{"content":"hey"}}]]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"system","content":"Be brief."},{"role":"user","content":"hey"}]`,
			},
		},
		{
			name: "tool results that have fallen together",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user",
				"llm.input_messages.0.message.content": "two", "llm.input_messages.0.message.tool_call_id": "toolu_2",
				"input.value": `{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"one"},` +
					`{"type":"tool_result","tool_use_id":"toolu_2","content":"two"}]}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"one"},` +
					`{"type":"tool_result","tool_use_id":"toolu_2","content":"two"}]}]`,
			},
		},
		{
			name: "the maker in place of the model, and Bedrock's tool results",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.system": "anthropic", "llm.model_name": "anthropic",
				"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.tool_call_id": "t1",
				"input.value": `{"modelId":"eu.anthropic.claude","messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"t1",` +
					`"content":[{"json":{"minutes":32}}]}},{"image":{"format":"png","source":{"bytes":{"type":"Buffer","data":[137,80]}}}}]}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_model": `"eu.anthropic.claude"`,
				"$ai_input": `[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"[base64 redacted]"}}}]},` +
					`{"role":"tool","content":"{\"minutes\":32}","tool_call_id":"t1"}]`,
			},
		},
		{
			name: "payloads in place of messages",
			attrs: attrs{
				"openinference.span.kind": "LLM", "input.value": `{"messages":[{"role":"user","content":"hey"}],"tools":[{"name":"f"}]}`,
				"output.value": `{"choices":[{"message":{"role":"assistant","content":"ho"},"finish_reason":"length"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":          `[{"role":"user","content":"hey"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"ho"}]`,
				"$ai_stop_reason":    `"length"`,
				"$ai_tools":          `[{"type":"function","function":{"name":"f"}}]`,
			},
		},
		{
			name: "texts in place of messages, structured parameters",
			attrs: attrs{
				"openinference.span.kind": "LLM", "input.value": "hey", "output.value": "ho",
				"llm.invocation_parameters": attrs{"temperature": 0.5},
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":            `[{"role":"user","content":"hey"}]`,
				"$ai_output_choices":   `[{"role":"assistant","content":"ho"}]`,
				"$ai_model_parameters": `{"temperature":0.5}`,
			},
		},
		{
			name: "the reason is in the response",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "ho",
				"output.value": `{"object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":"other"}]}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_output_choices": `[{"role":"assistant","content":"ho"}]`, "$ai_stop_reason": `"completed"`,
			},
		},
		{
			name: "payloads of an unknown shape stay as they are",
			attrs: attrs{
				"openinference.span.kind": "LLM", "input.value": `{"topic":"trains"}`, "output.value": attrs{"answer": 42},
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_input": `{"topic":"trains"}`, "$ai_output_choices": `{"answer":42}`},
		},
		{
			name: "completions",
			attrs: attrs{
				"openinference.span.kind": "LLM", "llm.prompts.0.prompt.text": "once", "llm.choices.0.completion.text": "upon",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input":          `[{"role":"user","content":"once"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"upon"}]`,
			},
		},
		{
			name: "the conventions win where both are",
			attrs: attrs{
				"openinference.span.kind": "LLM", "gen_ai.response.model": "new", "llm.model_name": "old", "gen_ai.usage.input_tokens": 1,
				"llm.token_count.prompt": 2, "gen_ai.input.messages": `[{"role":"user","content":"new"}]`,
				"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "old",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_model":        `"new"`,
				"$ai_input_tokens": `1`,
				"$ai_input":        `[{"role":"user","content":"new"}]`,
			},
			absent: []string{"llm.input_messages.0.message.content"},
		},
		{
			name: "on the span of another library",
			attrs: attrs{
				"ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages": `[{"role":"user","content":"new"}]`,
				"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "old",
				"llm.invocation_parameters": `{"top_p":0.9}`, "llm.token_count.prompt": 4, "output.value": "ho", "metadata.k": "v",
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_lib":              `"opentelemetry/vercel-ai"`,
				"$ai_input":            `[{"role":"user","content":"new"}]`,
				"$ai_input_tokens":     `4`,
				"$ai_output_choices":   `[{"role":"assistant","content":"ho"}]`,
				"$ai_model_parameters": `{"top_p":0.9}`,
			},
			absent: []string{"llm.input_messages.0.message.content", "output.value", "metadata.k"},
		},
		{
			name:  "prompts in one list",
			attrs: attrs{"openinference.span.kind": "LLM", "llm.prompts": []string{"Human: a", "Human: b"}, "input.value": `{"prompts":["Human: a","Human: b"]}`},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_input": `[{"role":"user","content":"Human: a"},{"role":"user","content":"Human: b"}]`,
			},
			absent: []string{"llm.prompts", "input.value"},
		},
		{
			name:  "the provider that LangChain knows",
			attrs: attrs{"openinference.span.kind": "LLM", "metadata": `{"ls_provider":"anthropic","thread_id":"t"}`},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_provider": `"anthropic"`,
			},
			absent: []string{"metadata"},
		},
	})
}

func TestOpenInferenceSpans(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "an embedding keeps its vectors",
			attrs: attrs{
				"openinference.span.kind": "EMBEDDING", "embedding.model_name": "small",
				"embedding.embeddings.1.embedding.text": "b", "embedding.embeddings.1.embedding.vector": []any{0.1, 0.2},
				"embedding.embeddings.0.embedding.text": "a", "embedding.embeddings.0.embedding.vector": "[0.3]",
				"input.value": `["a","b"]`, "output.value": `{"data":[{"embedding":[0.1]}]}`,
			},
			event: semconv.EventEmbedding,
			want: map[string]string{
				"$ai_model": `"small"`,
				"$ai_input": `["a","b"]`,
			},
			absent: []string{"$ai_output_choices", "$ai_output_state", "embedding.embeddings.0.embedding.vector", "embedding.embeddings.1.embedding.vector", "output.value"},
		},
		{
			name:  "an embedding with a payload only",
			attrs: attrs{"openinference.span.kind": "EMBEDDING", "input.value": "text", "output.value": "[0.1,0.2]"},
			event: semconv.EventEmbedding,
			want: map[string]string{
				"$ai_input": `"text"`,
			},
			absent: []string{"output.value"},
		},
		{
			name: "a chain at the root",
			root: true,
			attrs: attrs{
				"openinference.span.kind": "CHAIN", "input.value": `{"q":"why"}`, "input.mime_type": "application/json",
				"output.value": "42", "output.mime_type": "text/plain",
			},
			event: semconv.EventTrace,
			want: map[string]string{
				"$ai_input_state":  `{"q":"why"}`,
				"$ai_output_state": `"42"`,
			},
			absent: []string{"$ai_input"},
		},
		{
			name: "text that looks like JSON",
			attrs: attrs{
				"openinference.span.kind": "CHAIN", "input.value": `{"q":1}`, "input.mime_type": "text/plain",
				"output.value": `{"a":1}`,
			},
			want: map[string]string{
				"$ai_input_state":  `"{\"q\":1}"`,
				"$ai_output_state": `{"a":1}`,
			},
		},
		{
			name:   "a vector as text",
			span:   "embed_query",
			attrs:  attrs{"openinference.span.kind": "CHAIN", "output.value": `[0.1,0.2]`, "output.mime_type": "text/plain"},
			absent: []string{"$ai_output_state"},
		},
		{
			name: "a scalar that is JSON",
			attrs: attrs{
				"openinference.span.kind": "CHAIN", "input.value": `"why"`, "input.mime_type": "application/json",
				"output.value": "42", "output.mime_type": "application/json",
			},
			want: map[string]string{
				"$ai_input_state":  `"why"`,
				"$ai_output_state": `42`,
			},
		},
		{
			name: "a tool with its arguments as the input",
			span: "ToolNode",
			attrs: attrs{
				"openinference.span.kind": "TOOL", "tool.name": "find_train", "tool.parameters": `{"type":"object"}`,
				"tool.description": "Finds trains", "input.value": `{"to":"Ghent"}`, "output.value": "32 min",
			},
			want: map[string]string{
				"$ai_span_name":    `"find_train"`,
				"$ai_input_state":  `{"to":"Ghent"}`,
				"$ai_output_state": `"32 min"`,
				"tool.description": `"Finds trains"`,
			},
			absent: []string{"tool.name", "tool.parameters"},
		},
		{
			name:  "a tool with its arguments as the parameters",
			attrs: attrs{"openinference.span.kind": "tool", "tool.name": "find_train", "tool.parameters": `{"to":"Ghent"}`},
			want: map[string]string{
				"$ai_span_name":   `"find_train"`,
				"$ai_input_state": `{"to":"Ghent"}`,
			},
		},
		{
			name: "an agent",
			span: "Agent.run",
			attrs: attrs{
				"openinference.span.kind": "AGENT", "agent.name": "wren", "input.value": "hey",
				"output.value": `{"messages":[{"lc":1,"type":"constructor","id":["langchain_core","messages","AIMessage"],"kwargs":{"content":"ho"}}]}`,
			},
			want: map[string]string{
				"$ai_span_name":    `"wren"`,
				"$ai_input_state":  `"hey"`,
				"$ai_output_state": `{"messages":[{"role":"assistant","content":"ho"}]}`,
			},
		},
		{
			name: "an agent of the conventions says what was said first and last",
			attrs: attrs{
				"openinference.span.kind": "AGENT", "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "wren",
				"gen_ai.input.messages": `[{"role":"user","content":"a"},{"role":"user","content":"b"}]`,
				"input.value":           `[{"role":"user","content":"a"},{"role":"user","content":"b"}]`,
			},
			want: map[string]string{
				"$ai_span_name":   `"wren"`,
				"$ai_input_state": `{"role":"user","content":"a"}`,
			},
		},
		{
			name: "a retriever",
			attrs: attrs{
				"openinference.span.kind": "RETRIEVER", "input.value": "trains?",
				"retrieval.documents.0.document.content": "doc", "retrieval.documents.0.document.score": 0.9,
				"retrieval.documents.0.document.metadata": `{"source":"a"}`,
			},
			want: map[string]string{
				"$ai_input_state":  `"trains?"`,
				"$ai_output_state": `[{"content":"doc","score":0.9,"metadata":"{\"source\":\"a\"}"}]`,
			},
			absent: []string{"retrieval.documents.0.document.content"},
		},
		{
			name: "a reranker",
			attrs: attrs{
				"openinference.span.kind": "RERANKER", "reranker.model_name": "m",
				"reranker.input_documents.0.document.content":  "in",
				"reranker.output_documents.0.document.content": "out",
			},
			want: map[string]string{
				"$ai_model":        `"m"`,
				"$ai_input_state":  `[{"content":"in"}]`,
				"$ai_output_state": `[{"content":"out"}]`,
			},
		},
		{
			name:  "a chat is no browser session, unless its id is one of posthog-js",
			attrs: attrs{"openinference.span.kind": "CHAIN", "session.id": "018cc24e-e6c0-7000-8000-000000000001"},
			want: map[string]string{
				"$session_id":    `"018cc24e-e6c0-7000-8000-000000000001"`,
				"$ai_session_id": `"018cc24e-e6c0-7000-8000-000000000001"`,
			},
		},
	})
}
