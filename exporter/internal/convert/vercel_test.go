package convert_test

import (
	"maps"
	"math"
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// vercel returns a row with one span of Vercel's SDK.
func vercel(name, operation string, more attrs, want map[string]string, absent ...string) row {
	all := attrs{"ai.operationId": operation}
	maps.Copy(all, more)
	r := row{name: name, span: operation, attrs: all, want: want, absent: absent}
	switch operation {
	case doGenerate:
		r.event = semconv.EventGeneration
	case doEmbed:
		r.event = semconv.EventEmbedding
	}
	return r
}

const (
	doGenerate = "ai.generateText.doGenerate"
	doEmbed    = "ai.embed.doEmbed"
	metadata   = "ai.telemetry.metadata."
	context    = "ai.settings.context."
)

func TestVercelMessages(t *testing.T) {
	t.Parallel()
	const messages = `[{"role":"user","content":"m"}]`
	input := func(name, want string, more attrs) row {
		return vercel(name, doGenerate, more, map[string]string{"$ai_input": want}, "ai.prompt", "ai.prompt.messages")
	}
	user := func(text string) string { return `[{"role":"user","content":"` + text + `"}]` }
	output := func(name, want string, more attrs) row {
		return vercel(name, doGenerate, more, map[string]string{"$ai_output_choices": want}, "ai.response.text", "ai.response.object", "ai.response.toolCalls")
	}
	const called = `"tool_calls":[{"id":"1","type":"function","function":{"name":"clock","arguments":"{\"a\":1}"}}]`
	checkRows(t, []row{
		input("messages before prompt", messages, attrs{"ai.prompt.messages": messages, "ai.prompt": "p"}),
		input("no messages, then prompt", user("p"), attrs{"ai.prompt.messages": "[]", "ai.prompt": "p"}),
		input("GenAI messages before both", user("g"), attrs{"ai.prompt.messages": messages, "ai.prompt": "p", inputKey: user("g")}),
		input("prompt: list", messages, attrs{"ai.prompt": messages}),
		input("prompt: text", user("write a poem"), attrs{"ai.prompt": "write a poem"}),
		input("prompt: JSON text", user("p"), attrs{"ai.prompt": `"p"`}),
		input("prompt: text like a number", user("42"), attrs{"ai.prompt": "42"}),
		input("prompt: system and prompt", `[{"role":"system","content":"s"},{"role":"user","content":"p"}]`, attrs{"ai.prompt": `{"system":"s","prompt":"p"}`}),
		input("prompt: system and messages", `[{"role":"system","content":"s"},{"role":"user","content":"m"}]`, attrs{"ai.prompt": `{"system":"s","messages":` + messages + `}`}),
		input("prompt: a list below prompt", messages, attrs{"ai.prompt": `{"prompt":` + messages + `}`}),
		input("prompt: system messages", `[{"role":"system","content":"a"},{"role":"user","content":"p"}]`, attrs{"ai.prompt": `{"system":[{"role":"system","content":"a"}],"prompt":"p"}`}),
		input("prompt: structured", user("p"), attrs{"ai.prompt": attrs{"prompt": "p", "system": nil}}),
		vercel("prompt: nothing", doGenerate, attrs{"ai.prompt": "null"}, nil, "$ai_input"),
		output("text", `[{"role":"assistant","content":"x"}]`, attrs{"ai.response.text": "x"}),
		output("text before object", `[{"role":"assistant","content":"x"}]`, attrs{"ai.response.text": "x", "ai.response.object": "{}"}),
		output("object", `[{"role":"assistant","content":"{\"a\":1}"}]`, attrs{"ai.response.object": `{"a":1}`}),
		output("structured object", `[{"role":"assistant","content":"{\"a\":1}"}]`, attrs{"ai.response.object": attrs{"a": 1}}),
		output("tool calls of version 4", `[{"role":"assistant","content":"",`+called+`}]`, attrs{"ai.response.toolCalls": `[{"toolCallId":"1","toolName":"clock","args":"{\"a\":1}"}]`}),
		output("tool calls of version 5, with text", `[{"role":"assistant","content":"x",`+called+`}]`, attrs{
			"ai.response.text": "x", "ai.response.toolCalls": `[{"toolCallId":"1","toolName":"clock","input":{"a":1}}]`,
		}),
		output("broken tool calls", `[{"role":"assistant","content":"x"}]`, attrs{"ai.response.text": "x", "ai.response.toolCalls": "["}),
		vercel("no answer", doGenerate, attrs{"ai.response.text": ""}, nil, "$ai_output_choices"),
	})
}

func TestVercelTop(t *testing.T) {
	t.Parallel()
	call := attrs{
		"ai.prompt": `{"messages":[{"role":"user","content":"1"},{"role":"assistant","content":"a"},{"role":"user","content":"2"}]}`, "ai.response.text": "r",
		"ai.telemetry.functionId": "plan",
	}
	states := map[string]string{
		"$ai_input_state": `{"role":"user","content":"2"}`, "$ai_output_state": `{"role":"assistant","content":"r"}`, "$ai_span_name": `"plan"`, "functionId": `"plan"`,
	}
	var rows []row
	for _, operation := range []string{"ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"} {
		rows = append(rows, vercel(operation, operation, call, states, "ai.telemetry.functionId"))
	}
	root := vercel("root", "", maps.Clone(call), states)
	root.root, root.event = true, semconv.EventTrace
	checkRows(t, append(
		rows,
		root,
		vercel("not below", "ai.embed", call, map[string]string{"$ai_span_name": `"ai.embed"`, "functionId": `"plan"`}, "$ai_input_state", "$ai_output_state"),
		vercel("not a call", doGenerate, call, map[string]string{"$ai_span_name": `"` + doGenerate + `"`, "functionId": `"plan"`}, "$ai_input_state"),
		vercel("name in the metadata", "ai.generateText", attrs{metadata + "$ai_span_name": "m", context + "$ai_span_name": "c", "ai.telemetry.functionId": "f"},
			map[string]string{"$ai_span_name": `"m"`}, metadata+"$ai_span_name"),
		vercel("name in the context", "ai.generateText", attrs{context + "$ai_span_name": "c", "ai.telemetry.functionId": "f"}, map[string]string{"$ai_span_name": `"c"`}),
		vercel("name in the metadata of a call", doGenerate, attrs{metadata + "$ai_span_name": "m"}, map[string]string{"$ai_span_name": `"` + doGenerate + `"`}),
		vercel("no name", "ai.generateText", nil, map[string]string{"$ai_span_name": `"ai.generateText"`}, "functionId"),
	))
}

func TestVercelTools(t *testing.T) {
	t.Parallel()
	tool := func(name string, arguments, result any, wantArguments, wantResult string) row {
		return vercel(name, "ai.toolCall", attrs{"ai.toolCall.name": "clock", "ai.toolCall.args": arguments, "ai.toolCall.result": result},
			map[string]string{"$ai_span_name": `"clock"`, "$ai_input_state": wantArguments, "$ai_output_state": wantResult},
			"ai.toolCall.name", "ai.toolCall.args", "ai.toolCall.result")
	}
	checkRows(t, []row{
		tool("JSON", `{"a":1}`, `[1]`, `{"a":1}`, `[1]`),
		tool("structured", attrs{"a": 1}, []any{1}, `{"a":1}`, `[1]`),
		tool("JSON scalars", `1`, `false`, `1`, `false`),
		tool("JSON texts", `"a"`, `"b"`, `"a"`, `"b"`),
		tool("scalars", 0, false, `0`, `false`),
		tool("plain text", "a b", "[broken", `"a b"`, `"[broken"`),
		vercel("nothing", "ai.toolCall", attrs{"ai.toolCall.args": "", "ai.toolCall.result": "null"}, nil, "$ai_input_state", "$ai_output_state"),
		vercel("definitions", doGenerate, attrs{"ai.prompt.tools": []string{`{"name":"clock"}`}}, map[string]string{"$ai_tools": `[{"type":"function","function":{"name":"clock"}}]`}),
		vercel("definitions in one text", doGenerate, attrs{"ai.prompt.tools": `[{"type":"function","function":{"name":"clock"}}]`}, map[string]string{"$ai_tools": `[{"type":"function","function":{"name":"clock"}}]`}),
	})
}

func TestVercelMetadata(t *testing.T) {
	t.Parallel()
	const session, name, version, groups = "$ai_session_id", "$ai_prompt_name", "$ai_prompt_version", "$groups"
	var rows []row
	for _, prefix := range []string{metadata, context} {
		of := func(name string, more attrs, want map[string]string, absent ...string) row {
			all := attrs{}
			for key, value := range more {
				all[prefix+key] = value
				absent = append(absent, prefix+key)
			}
			return vercel(prefix+" "+name, doGenerate, all, want, absent...)
		}
		rows = append(
			rows,
			of("for PostHog", attrs{session: "s", name: "n", version: "v"}, map[string]string{session: `"s"`, name: `"n"`, version: `"v"`}),
			of("version number", attrs{version: 3}, map[string]string{version: "3"}),
			of("version that is no integer", attrs{version: 1.5}, nil, version),
			of("version below zero", attrs{version: -1}, nil, version),
			of("version zero", attrs{version: 0}, nil, version),
			of("version empty", attrs{version: ""}, nil, version),
			of("version true", attrs{version: true}, nil, version),
			of("names that are none", attrs{session: 1, name: 1}, nil, session, name),
			of("groups", attrs{groups: `{"company":"acme"}`}, map[string]string{groups: `{"company":"acme"}`}),
			of("structured groups", attrs{groups: attrs{"company": "acme"}}, map[string]string{groups: `{"company":"acme"}`}),
			of("groups: a list", attrs{groups: []string{"acme"}}, nil, groups),
			of("groups: a JSON list", attrs{groups: `["acme"]`}, nil, groups),
			of("groups: text", attrs{groups: "acme"}, nil, groups),
			of("own properties", attrs{"posthog_tier": "pro", "posthog_n": 0, "posthog_off": false, "posthog_tags": []string{"a"}, "posthog_a.b": 1},
				map[string]string{"tier": `"pro"`, "n": "0", "off": "false", "tags": `["a"]`, "a.b": "1"}),
			of("not promoted", attrs{"org": "o", "posthog_": "x", "posthog_$lib": "x", "posthog_$x": "x", "posthog___proto__": "x", "posthog_e": "", "posthog": "x"},
				map[string]string{"$lib": `"otelposthog-go"`}, "org", "", "$x", "__proto__", "e", "posthog"),
			of("the person", attrs{"posthog_distinct_id": "p"}, nil, "distinct_id"),
		)
	}
	checkRows(t, append(
		rows,
		vercel("sessions in order", doGenerate, attrs{metadata + session: "m", context + session: "c", "eve.session.id": "e", "gen_ai.conversation.id": "g"}, map[string]string{session: `"m"`}),
		vercel("sessions in order, context", doGenerate, attrs{context + session: "c", "eve.session.id": "e", "gen_ai.conversation.id": "g"}, map[string]string{session: `"c"`}),
		vercel("sessions in order, eve", doGenerate, attrs{"eve.session.id": "e", "gen_ai.conversation.id": "g"}, map[string]string{session: `"e"`}, "eve.session.id"),
		vercel("explicit session", doGenerate, attrs{session: "x", metadata + session: "m"}, map[string]string{session: `"x"`}),
		vercel("explicit groups", doGenerate, attrs{groups: `{"a":"b"}`, metadata + groups: `{"c":"d"}`}, map[string]string{groups: `{"a":"b"}`}),
		vercel("metadata before context", doGenerate, attrs{metadata + "posthog_a": "m", context + "posthog_a": "c"}, map[string]string{"a": `"m"`}),
		vercel("not over an attribute", doGenerate, attrs{metadata + "posthog_a": "m", "a": 0}, map[string]string{"a": "0"}),
		vercel("secrets", doGenerate, attrs{"ai.request.headers.authorization": "Bearer x", "ai.response.providerMetadata": "{}", "ai.settings.maxRetries": 2}, nil,
			"ai.request.headers.authorization", "ai.response.providerMetadata", "ai.settings.maxRetries", "ai.operationId"),
	))
}

func TestVercelUsage(t *testing.T) {
	t.Parallel()
	const stop = "ai.response.finishReason"
	number := func(key, property string, value any, want string) row {
		return vercel(key, doGenerate, attrs{key: value}, map[string]string{property: want}, key)
	}
	gemini := func(name string, more attrs, want map[string]string, absent ...string) row {
		more["ai.model.id"] = "gemini-2.5-pro"
		return vercel(name, doGenerate, more, want, absent...)
	}
	checkRows(t, []row{
		number("ai.usage.promptTokens", "$ai_input_tokens", 3, "3"),
		number("ai.usage.inputTokens", "$ai_input_tokens", 3, "3"),
		number("ai.usage.tokens", "$ai_input_tokens", 3, "3"),
		number("ai.usage.completionTokens", "$ai_output_tokens", 3, "3"),
		number("ai.usage.outputTokens", "$ai_output_tokens", 3, "3"),
		number("ai.usage.cachedInputTokens", "$ai_cache_read_input_tokens", 3, "3"),
		number("ai.usage.outputTokenDetails.reasoningTokens", "$ai_reasoning_tokens", 3, "3"),
		number("ai.response.msToFirstChunk", "$ai_time_to_first_token", 1500, "1.5"),
		number("ai.model.id", "$ai_model", "m", `"m"`),
		number("ai.model.provider", "$ai_provider", "p", `"p"`),
		vercel("GenAI usage first", doGenerate, attrs{"ai.usage.inputTokens": 1, "gen_ai.usage.prompt_tokens": 2, "ai.model.id": "a", "gen_ai.request.model": "b"},
			map[string]string{"$ai_input_tokens": "2", "$ai_model": `"b"`}),
		vercel("NaN of version 4", doGenerate, attrs{"ai.usage.promptTokens": math.NaN(), "gen_ai.usage.input_tokens": math.NaN()}, nil, "$ai_input_tokens", "ai.usage.promptTokens", "gen_ai.usage.input_tokens"),
		vercel("stop reason of its own", doGenerate, attrs{stop: "tool-calls", "gen_ai.response.finish_reasons": []string{"stop"}}, map[string]string{"$ai_stop_reason": `"tool-calls"`}, stop),
		vercel("stop reason empty", doGenerate, attrs{stop: "", "gen_ai.response.finish_reasons": []string{"stop"}}, map[string]string{"$ai_stop_reason": `"stop"`}),
		vercel("framework", doGenerate, nil, map[string]string{"$ai_framework": `"vercel"`, "$ai_lib": `"opentelemetry/vercel-ai"`}),
		vercel("explicit framework", doGenerate, attrs{"$ai_framework": "next"}, map[string]string{"$ai_framework": `"next"`}),
		gemini("text tokens of Gemini", attrs{"ai.usage.outputTokens": 20, "ai.usage.outputTokenDetails.textTokens": 15}, map[string]string{"$ai_text_output_tokens": "15", "$ai_output_tokens": "20"}),
		gemini("text tokens of Gemini, by the reasoning", attrs{"ai.usage.outputTokens": 20, "ai.usage.outputTokenDetails.reasoningTokens": 5}, map[string]string{"$ai_text_output_tokens": "15"}),
		gemini("text tokens of Gemini, explicit", attrs{"ai.usage.outputTokens": 20, "ai.usage.outputTokenDetails.textTokens": 15, "$ai_text_output_tokens": 99}, map[string]string{"$ai_text_output_tokens": "99"}),
		gemini("text tokens of Gemini, unknown", attrs{"ai.usage.outputTokens": 20}, nil, "$ai_text_output_tokens"),
		vercel("text tokens of others", doGenerate, attrs{"ai.model.id": "o1-mini", "ai.usage.outputTokens": 20, "ai.usage.outputTokenDetails.textTokens": 15}, nil, "$ai_text_output_tokens"),
		vercel("texts to embed", doEmbed, attrs{"ai.values": []string{`"a"`, "b c"}, "ai.embeddings": []string{"[0.1,0.2]"}, "ai.usage.tokens": 4}, map[string]string{
			"$ai_input": `["a","b c"]`, "$ai_input_tokens": "4",
		}, "ai.values", "ai.embeddings", "$ai_output_choices"),
		vercel("one text to embed", doEmbed, attrs{"ai.value": `"a"`, "ai.embedding": "[0.1,0.2]"}, map[string]string{"$ai_input": `"a"`}, "ai.value", "ai.embedding"),
		vercel("things to embed", doEmbed, attrs{"ai.values": []any{1, "2 3"}}, map[string]string{"$ai_input": `[1,"2 3"]`}),
	})
}
