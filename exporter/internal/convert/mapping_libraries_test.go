package convert_test

import (
	"maps"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestMappingPydanticAI is the paragraph of section 8.
func TestMappingPydanticAI(t *testing.T) {
	t.Parallel()
	const all = "pydantic_ai.all_messages"
	const said = `[{"role":"system"},{"role":"user","content":"q"},{"role":"user","content":"r"},{"role":"assistant","content":"a"},{"role":"user","content":"z"},{"role":"system"}]`
	run := func(name string, more attrs, want map[string]string, absent ...string) row {
		a := attrs{all: said}
		maps.Copy(a, more)
		return row{name: "run: " + name, span: "run", attrs: a, want: want, absent: append(absent, all)}
	}
	output := func(name, want string, final any) row {
		return run(name, attrs{"final_result": final}, map[string]string{"$ai_output_state": want}, "final_result")
	}
	tool := func(name string, more attrs, want map[string]string, absent ...string) row {
		a := attrs{"logfire.msg": "m", "gen_ai.operation.name": "execute_tool"}
		maps.Copy(a, more)
		return row{name: "tool: " + name, span: "tool", attrs: a, want: want, absent: append(absent, "tool_arguments", "tool_response", "gen_ai.tool.call.id", "gen_ai.tool.name", "logfire.msg")}
	}
	const arguments, result = "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"
	input, last := `{"role":"user","content":"q"}`, `{"role":"assistant","content":"a"}`
	rootRun := run("root", nil, map[string]string{"$ai_input_state": input, "$ai_output_state": last})
	rootRun.root, rootRun.event = true, semconv.EventTrace
	checkRows(t, []row{
		rootRun,
		run("below", nil, map[string]string{"$ai_input_state": input, "$ai_output_state": last, "$ai_span_name": `"run"`}),
		run("structured", attrs{all: []any{attrs{"role": "user"}, attrs{"role": "model-text-response"}}}, map[string]string{"$ai_input_state": `{"role":"user"}`, "$ai_output_state": `{"role":"model-text-response"}`}),
		run("nobody said anything", attrs{all: `[{"role":"system"}]`}, nil, "$ai_input_state", "$ai_output_state"),
		run("malformed", attrs{all: `[{`}, nil, "$ai_input_state", "$ai_output_state"),
		output("object", `{"a":1}`, `{"a":1}`), output("list", `[1]`, `[1]`), output("structured", `{"a":1}`, attrs{"a": 1}),
		output("number stays text", `"42"`, "42"), output("null stays text", `"null"`, "null"), output("JSON text stays text", `"\"x\""`, `"x"`),
		output("true stays text", `"true"`, "true"), output("a number", `"42"`, 42), output("false", `"false"`, false), output("empty", last, ""),
		run("name", attrs{"gen_ai.agent.name": "g", "agent_name": "a"}, map[string]string{"$ai_span_name": `"g"`}, "gen_ai.agent.name", "agent_name"),
		run("other name", attrs{"agent_name": "a", "logfire.msg": "m"}, map[string]string{"$ai_span_name": `"a"`}, "agent_name", "logfire.msg"),
		run("model", attrs{"model_name": "m"}, map[string]string{"$ai_model": `"m"`}, "model_name"),
		run("other model", attrs{"model_name": "m", "gen_ai.request.model": "r"}, map[string]string{"$ai_model": `"r"`}, "model_name"),
		{name: "span without a name", attrs: attrs{"logfire.msg": "m", all: "[]"}, want: map[string]string{"$ai_span_name": `"m"`}, absent: []string{"logfire.msg"}},
		{name: "span with a name", span: "s", attrs: attrs{"logfire.msg": "m", all: "[]"}, want: map[string]string{"$ai_span_name": `"s"`}},
		tool("newer before older", attrs{arguments: `{"n":1}`, result: "r", "tool_arguments": `{"o":1}`, "tool_response": "o", "gen_ai.tool.name": "t", "gen_ai.tool.call.id": "1"},
			map[string]string{"$ai_span_name": `"t"`, "$ai_input_state": `{"n":1}`, "$ai_output_state": `"r"`}, arguments, result),
		tool("older", attrs{"tool_arguments": `[1]`, "tool_response": "42"}, map[string]string{"$ai_input_state": "[1]", "$ai_output_state": `"42"`}),
		tool("newer though empty", attrs{arguments: "", "tool_arguments": `{"o":1}`}, map[string]string{"$ai_input_state": `""`}),
		tool("newer without a value", attrs{arguments: nil, "tool_arguments": `{"o":1}`}, map[string]string{"$ai_input_state": `{"o":1}`}),
		tool("scalars", attrs{arguments: 0, result: false}, map[string]string{"$ai_input_state": `"0"`, "$ai_output_state": `"false"`}),
		call("removed", attrs{
			"logfire.msg": "m", "logfire.json_schema": "{}", "operation.cost": 0.1, "model_request_parameters": "{}", "model_name": "m",
			"gen_ai.usage.details.input_tokens": 1, "gen_ai.usage.details.output_tokens": 1, "gen_ai.usage.details.other": 1,
		}, map[string]string{"gen_ai.usage.details.other": "1", "$ai_model": `"m"`}, "logfire.msg", "logfire.json_schema", "operation.cost", "model_request_parameters",
			"model_name", "gen_ai.usage.details.input_tokens", "gen_ai.usage.details.output_tokens"),
		call("a call keeps what is a tool's", attrs{"logfire.msg": "m", "gen_ai.tool.name": "t", "tool_arguments": "x"}, map[string]string{"gen_ai.tool.name": `"t"`, "tool_arguments": `"x"`}),
	})
}

// TestMappingTraceloop is the paragraph of section 8.
func TestMappingTraceloop(t *testing.T) {
	t.Parallel()
	chatted := func(name string, more attrs, want map[string]string, absent ...string) row {
		a := attrs{"llm.request.type": chat}
		maps.Copy(a, more)
		return row{name: name, event: semconv.EventGeneration, attrs: a, want: want, absent: absent}
	}
	const p, c = "gen_ai.prompt.", "gen_ai.completion."
	checkRows(t, []row{
		chatted("numeric order, and gaps", attrs{p + "10.role": "user", p + "10.content": "10", p + "2.content": "2", p + "2.role": "user"},
			map[string]string{"$ai_input": `[{"role":"user","content":"2"},{"role":"user","content":"10"}]`}, p+"10.role", p+"2.content"),
		chatted("no numeric index", attrs{p + "x.role": "a", p + "1a.role": "b", p + "-1.role": "c", p + "+1.role": "d", p + ".role": "e", p + "0": "f", p + "1.role": "user"},
			map[string]string{"$ai_input": `[{"role":"user","content":null}]`, p + "x.role": `"a"`, p + "1a.role": `"b"`, p + "-1.role": `"c"`, p + "+1.role": `"d"`, p + ".role": `"e"`, p + "0": `"f"`}),
		chatted("unknown field", attrs{p + "0.role": "user", p + "0.mood": "good"}, map[string]string{"$ai_input": `[{"role":"user","content":null}]`, p + "0.mood": `"good"`}),
		chatted("tool calls", attrs{p + "0.role": "assistant", p + "0.tool_calls.1.name": "b", p + "0.tool_calls.0.name": "a", p + "0.tool_calls.0.id": "1", p + "0.tool_calls.0.arguments": "{}"},
			map[string]string{"$ai_input": `[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"a","arguments":"{}"}},{"type":"function","function":{"name":"b","arguments":""}}]}]`}),
		chatted("completion", attrs{c + "0.role": "assistant", c + "0.content": "x", c + "0.finish_reason": "stop", c + "0.tool_calls.0.name": "a"},
			map[string]string{"$ai_output_choices": `[{"role":"assistant","content":"x","finish_reason":"stop","tool_calls":[{"type":"function","function":{"name":"a","arguments":""}}]}]`, "$ai_stop_reason": `"stop"`}),
		chatted("Go", attrs{
			"llm.prompts.0.role": "user", "llm.prompts.0.content": "p", "llm.completions.0.role": "assistant", "llm.completions.0.content": "c",
			"llm.request.model": "q", "llm.response.model": "r", "llm.usage.prompt_tokens": 1, "llm.usage.completion_tokens": 2, "llm.usage.total_tokens": 3, "llm.vendor": "v",
		}, map[string]string{
			"$ai_input": `[{"role":"user","content":"p"}]`, "$ai_output_choices": `[{"role":"assistant","content":"c"}]`,
			"$ai_model": `"r"`, "$ai_input_tokens": "1", "$ai_output_tokens": "2", "$ai_provider": `"v"`,
		}, "llm.usage.total_tokens", "llm.request.model", "llm.vendor", "llm.prompts.0.role"),
		chatted("Go fills gaps", attrs{
			"llm.prompts.0.content": "p", p + "0.content": "q", "llm.response.model": "r", "gen_ai.request.model": "m",
			"llm.usage.prompt_tokens": 1, "gen_ai.usage.prompt_tokens": 0, "llm.vendor": "v", "gen_ai.system": "s",
		}, map[string]string{"$ai_input": `[{"content":"q"}]`, "$ai_model": `"m"`, "$ai_input_tokens": "0", "$ai_provider": `"s"`}),
		chatted("stop reasons in order", attrs{"llm.response.stop_reason": "a", "llm.response.finish_reason": "b", c + "0.finish_reason": "c"}, map[string]string{"$ai_stop_reason": `"a"`}),
		chatted("second stop reason", attrs{"llm.response.finish_reason": "b", c + "0.finish_reason": "c"}, map[string]string{"$ai_stop_reason": `"b"`}),
		chatted("stop reason too long", attrs{"llm.response.stop_reason": strings.Repeat("a", 129), c + "0.finish_reason": "c"}, map[string]string{"$ai_stop_reason": `"c"`}),
		chatted("functions", attrs{"llm.request.functions.1.name": "b", "llm.request.functions.0.name": "a", "llm.request.functions.0.parameters": "{}"},
			map[string]string{"$ai_tools": `[{"type":"function","function":{"name":"a","parameters":{}}},{"type":"function","function":{"name":"b"}}]`}),
		chatted("streaming", attrs{"llm.is_streaming": false}, map[string]string{"$ai_stream": "false"}, "llm.is_streaming"),
		chatted("associations", attrs{"traceloop.association.properties.session_id": "s", "traceloop.association.properties.x": 1}, map[string]string{"$ai_session_id": `"s"`},
			"traceloop.association.properties.session_id", "traceloop.association.properties.x"),
		{
			name: "entity", attrs: attrs{
				"traceloop.span.kind": "task", "traceloop.entity.name": "e", "traceloop.entity.path": "p", "traceloop.workflow.name": "w",
				"traceloop.entity.input": `{"a":1}`, "traceloop.entity.output": "text",
			},
			want:   map[string]string{"$ai_span_name": `"e"`, "$ai_input_state": `{"a":1}`, "$ai_output_state": `"text"`},
			absent: []string{"traceloop.span.kind", "traceloop.entity.name", "traceloop.entity.path", "traceloop.workflow.name", "traceloop.entity.input", "traceloop.entity.output"},
		},
	})
}

// TestMappingAnthropic is the paragraph of section 8.
func TestMappingAnthropic(t *testing.T) {
	t.Parallel()
	const (
		total    = "gen_ai.usage.cache_creation.input_tokens"
		short    = "anthropic.usage.cache_creation.ephemeral_5m_input_tokens"
		long     = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"
		input    = "gen_ai.usage.input_tokens"
		property = "$ai_cache_creation_"
	)
	split := func(short, long, total string) map[string]string {
		return map[string]string{property + "5m_input_tokens": short, property + "1h_input_tokens": long, property + "input_tokens": total}
	}
	unsplit := []string{property + "5m_input_tokens", property + "1h_input_tokens"}
	answer := func(parts string) attrs {
		return attrs{"anthropic.request.id": "r", outputKey: `[{"role":"assistant","parts":[` + parts + `]}]`}
	}
	search := func(id, result string) string {
		return `{"type":"tool_call","id":"` + id + `","name":"web_search"},{"type":"tool_call_response","id":"` + id + `","response":` + result + `}`
	}
	const web = "$ai_web_search_count"
	checkRows(t, []row{
		call("split", attrs{total: 10, short: 4, long: 6}, split("4", "6", "10"), short, long),
		call("split of numbers as text", attrs{total: "10", short: "4", long: 6}, split("4", "6", "10"), short, long),
		call("no part for an hour", attrs{total: 10, short: 10}, split("10", "0", "10"), short),
		call("no part for five minutes", attrs{total: 10, long: 10}, split("0", "10", "10"), long),
		call("no total", attrs{short: 4, long: 6}, split("4", "6", "10")),
		call("nothing was written", attrs{total: 0, short: 0, long: 0}, split("0", "0", "0")),
		call("parts that are less", attrs{total: 11, short: 4, long: 6}, map[string]string{property + "input_tokens": "11", short: "4", long: "6"}, unsplit...),
		call("a part that is no number", attrs{total: 10, short: -5, long: 15}, map[string]string{property + "input_tokens": "10"}, unsplit...),
		call("total only", attrs{total: 10, "anthropic.request.id": "r"}, map[string]string{property + "input_tokens": "10"}, unsplit...),
		call("compaction", attrs{input: 10, "gen_ai.usage.output_tokens": 5, "anthropic.usage.compaction.input_tokens": 100, "anthropic.usage.compaction.output_tokens": "20"},
			map[string]string{"$ai_input_tokens": "110", "$ai_output_tokens": "25", "anthropic.usage.compaction.input_tokens": "100"}),
		call("compaction without usage", attrs{"anthropic.usage.compaction.input_tokens": 100}, map[string]string{"anthropic.usage.compaction.input_tokens": "100"}, "$ai_input_tokens"),
		call("compaction of an unknown number", attrs{input: 10, "anthropic.usage.compaction.input_tokens": "many"}, map[string]string{"$ai_input_tokens": "10"}),
		call("cached tokens are included", attrs{input: 10, "gen_ai.usage.cache_read.input_tokens": 40, "anthropic.request.id": "r"}, map[string]string{"$ai_cache_reporting_exclusive": "false"}),
		call("explicitly not", attrs{input: 10, "$ai_cache_reporting_exclusive": true, "anthropic.request.id": "r"}, map[string]string{"$ai_cache_reporting_exclusive": "true"}),
		call("stop reasons in order", attrs{"anthropic.message.stop_reason": "a", "anthropic.session.turn.stop_reason": "b", "gen_ai.response.finish_reasons": []string{"c"}}, map[string]string{"$ai_stop_reason": `"a"`}),
		call("stop reason of the turn", attrs{"anthropic.session.turn.stop_reason": "b", "gen_ai.response.finish_reasons": []string{"c"}}, map[string]string{"$ai_stop_reason": `"b"`}),
		call("web search", answer(search("srvtoolu_1", `[{"url":"u"}]`)), map[string]string{web: "1"}),
		call("web searches", answer(search("srvtoolu_1", "[]")+","+search("srvtoolu_2", "[]")+","+search("srvtoolu_2", "[]")), map[string]string{web: "2"}),
		call("web search as JSON text", answer(search("srvtoolu_1", `"[{}]"`)), map[string]string{web: "1"}),
		call("failed web search", answer(search("srvtoolu_1", `{"type":"error"}`)), nil, web),
		call("web search of a client", answer(search("toolu_1", "[]")), nil, web),
		call("another tool of the server", answer(strings.ReplaceAll(search("srvtoolu_1", "[]"), "web_search", "web_fetch")), nil, web),
		call("web search without an answer", answer(`{"type":"tool_call","id":"srvtoolu_1","name":"web_search"}`), nil, web),
		{
			name: "tool", attrs: attrs{"gen_ai.operation.name": "execute_tool", "anthropic.tool_result.content": `[{"type":"text"}]`},
			want: map[string]string{"$ai_output_state": `[{"type":"text"}]`}, absent: []string{"anthropic.tool_result.content"},
		},
		call("result of a tool elsewhere", attrs{"anthropic.tool_result.content": "x"}, map[string]string{"anthropic.tool_result.content": `"x"`}, "$ai_output_state"),
	})
}

// TestMappingLangWatch has what langwatch_test.go leaves out.
func TestMappingLangWatch(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "a response as JSON text in the wrapper", event: semconv.EventGeneration,
			attrs: attrs{"langwatch.span.type": "llm", "langwatch.output": `{"type":"json","value":"{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}]}"}`},
			want:  map[string]string{"$ai_output_choices": `[{"role":"assistant","content":"a"}]`, "$ai_stop_reason": `"stop"`},
		},
		{
			name: "a text that looks like JSON", event: semconv.EventGeneration,
			attrs: attrs{"langwatch.span.type": "llm", "langwatch.output": `{"type":"text","value":"{\"a\":1}"}`},
			want:  map[string]string{"$ai_output_choices": `[{"role":"assistant","content":"{\"a\":1}"}]`},
		},
	})
}

// TestMappingDialects recognises dialects of the GenAI conventions by what only
// they have.
func TestMappingDialects(t *testing.T) {
	t.Parallel()
	said := func(name string) row {
		r := call("Strands by "+name, attrs{name: "strands-agents"}, map[string]string{
			"$ai_lib": `"opentelemetry/strands"`, "$ai_framework": `"strands-agents"`, "$ai_input": `[{"role":"user","content":"u"}]`,
		}, "$ai_provider")
		r.events = []sdktrace.Event{{Name: "gen_ai.user.message", Time: rowStart, Attributes: attrs{"content": `[{"text":"u"}]`}.list()}}
		return r
	}
	checkRows(t, []row{
		said("gen_ai.provider.name"),
		said("gen_ai.system"),
		call("another provider", attrs{"gen_ai.system": "strands"}, map[string]string{"$ai_lib": `"opentelemetry"`, "$ai_provider": `"strands"`}),
		call("Sentry by its answer", attrs{"gen_ai.response.text": "a"}, map[string]string{
			"$ai_lib": `"opentelemetry/sentry"`, "$ai_output_choices": `[{"role":"assistant","content":"a"}]`,
		}, "gen_ai.response.text"),
		call("Sentry by its tools", attrs{"gen_ai.request.available_tools": `[{"name":"t"}]`}, map[string]string{"$ai_tools": `[{"type":"function","function":{"name":"t"}}]`}, "gen_ai.request.available_tools"),
		call("flattened messages of others", attrs{"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "u", "gen_ai.completion.0.content": "a", "gen_ai.prompt.name": "n"}, map[string]string{
			"$ai_lib": `"opentelemetry"`, "$ai_input": `[{"role":"user","content":"u"}]`, "$ai_output_choices": `[{"content":"a"}]`, "$ai_prompt_name": `"n"`,
		}, "gen_ai.prompt.0.role", "gen_ai.prompt.name"),
		call("flattened messages below a workflow", attrs{"gen_ai.prompt.0.content": "u", "traceloop.workflow.name": "w", "llm.is_streaming": true}, map[string]string{
			"$ai_lib": `"opentelemetry/traceloop"`, "$ai_input": `[{"content":"u"}]`, "$ai_stream": "true",
		}, "llm.is_streaming", "gen_ai.prompt.0.content", "traceloop.workflow.name"),
		call("a finish reason in one message", attrs{outputKey: `{"role":"assistant","finish_reason":"stop"}`}, map[string]string{"$ai_stop_reason": `"stop"`}),
	})
}
