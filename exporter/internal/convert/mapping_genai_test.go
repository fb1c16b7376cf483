package convert_test

import (
	"maps"
	"math"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// call returns a row with a generation. Its attributes are those of a call and
// some more.
func call(name string, more attrs, want map[string]string, absent ...string) row {
	all := attrs{"gen_ai.operation.name": chat}
	maps.Copy(all, more)
	return row{name: name, event: semconv.EventGeneration, attrs: all, want: want, absent: absent}
}

// TestMappingAttributes is the table of section 6.
func TestMappingAttributes(t *testing.T) {
	t.Parallel()
	var rows []row
	for _, m := range []struct {
		attr, property string
		value          any
		want           string
		primary        bool
	}{
		{"gen_ai.usage.input_tokens", "$ai_input_tokens", 7, "7", true},
		{"gen_ai.usage.output_tokens", "$ai_output_tokens", 7, "7", true},
		{"gen_ai.usage.prompt_tokens", "$ai_input_tokens", 7, "7", false},
		{"gen_ai.usage.completion_tokens", "$ai_output_tokens", 7, "7", false},
		{"gen_ai.usage.cache_read.input_tokens", "$ai_cache_read_input_tokens", 7, "7", true},
		{"gen_ai.usage.cache_creation.input_tokens", "$ai_cache_creation_input_tokens", 7, "7", true},
		{"gen_ai.usage.cache_write.input_tokens", "$ai_cache_creation_input_tokens", 7, "7", true},
		{"gen_ai.usage.reasoning.output_tokens", "$ai_reasoning_tokens", 7, "7", true},
		{"gen_ai.usage.reasoning_tokens", "$ai_reasoning_tokens", 7, "7", true},
		{"gen_ai.response.model", "$ai_model", "m", `"m"`, true},
		{"gen_ai.request.model", "$ai_model", "m", `"m"`, false},
		{"gen_ai.provider.name", "$ai_provider", "p", `"p"`, true},
		{"gen_ai.system", "$ai_provider", "p", `"p"`, false},
		{"server.address", "$ai_base_url", "llm.example.com", `"llm.example.com"`, true},
		{"telemetry.sdk.name", "$ai_lib", "sdk", `"sdk"`, true},
		{"telemetry.sdk.version", "$ai_lib_version", "1", `"1"`, true},
		{"gen_ai.tool.definitions", "$ai_tools", `[{"type":"function","function":{"name":"t"}}]`, `[{"type":"function","function":{"name":"t"}}]`, true},
		{"gen_ai.request.temperature", "$ai_temperature", 0.5, "0.5", true},
		{"gen_ai.request.max_tokens", "$ai_max_tokens", 50, "50", true},
		{"gen_ai.request.stream", "$ai_stream", true, "true", true},
		{"gen_ai.request.stream", "$ai_stream", false, "false", true},
		{"gen_ai.response.time_to_first_chunk", "$ai_time_to_first_token", 0.25, "0.25", true},
		{"gen_ai.client.operation.time_to_first_chunk", "$ai_time_to_first_token", 0.25, "0.25", false},
		{"gen_ai.server.time_to_first_token", "$ai_time_to_first_token", 0.25, "0.25", true},
		{"gen_ai.response.id", "$ai_completion_id", "id", `"id"`, true},
		{"gen_ai.prompt.name", "$ai_prompt_name", "n", `"n"`, true},
		{"gen_ai.prompt.version", "$ai_prompt_version", 3, "3", true},
		{"gen_ai.input.messages", "$ai_input", `[{"role":"user","content":null}]`, `[{"role":"user","content":null}]`, true},
		{"gen_ai.output.messages", "$ai_output_choices", `[{"role":"assistant","content":null}]`, `[{"role":"assistant","content":null}]`, true},
		{"gen_ai.request.top_p", "$ai_model_parameters", 0.5, `{"top_p":0.5}`, true},
	} {
		rows = append(rows, call(m.attr, attrs{m.attr: m.value}, map[string]string{m.property: m.want}, m.attr))
		explicit, text := any("explicit"), `"explicit"`
		if strings.HasSuffix(m.property, "_tokens") {
			explicit, text = 99, "99"
		}
		want := map[string]string{m.property: text}
		if m.primary {
			want[m.property] = m.want
		}
		rows = append(
			rows,
			call(m.attr+" and an explicit property", attrs{m.attr: m.value, m.property: explicit}, want, m.attr),
			call(m.attr+" empty", attrs{m.attr: "", m.property: explicit}, map[string]string{m.property: text}),
		)
	}
	checkRows(t, append(
		rows,
		call("response model before request model", attrs{"gen_ai.response.model": "a", "gen_ai.request.model": "b"}, map[string]string{"$ai_model": `"a"`}, "gen_ai.request.model"),
		call("response model empty", attrs{"gen_ai.response.model": "", "gen_ai.request.model": "b"}, map[string]string{"$ai_model": `"b"`}, "gen_ai.response.model"),
		call("provider before system", attrs{"gen_ai.provider.name": "a", "gen_ai.system": "b"}, map[string]string{"$ai_provider": `"a"`}, "gen_ai.system"),
		call("input before prompt tokens", attrs{"gen_ai.usage.input_tokens": 0, "gen_ai.usage.prompt_tokens": 5}, map[string]string{"$ai_input_tokens": "0"}, "gen_ai.usage.prompt_tokens"),
		call("cache creation before cache write", attrs{"gen_ai.usage.cache_creation.input_tokens": 1, "gen_ai.usage.cache_write.input_tokens": 2}, map[string]string{"$ai_cache_creation_input_tokens": "1"}),
		call("parameters", attrs{
			"gen_ai.request.temperature": 0.0, "gen_ai.request.top_p": 1.0, "gen_ai.request.top_k": 4, "gen_ai.request.max_tokens": 9,
			"gen_ai.request.frequency_penalty": 0.1, "gen_ai.request.presence_penalty": 0.2, "gen_ai.request.seed": 0,
			"gen_ai.request.stop_sequences": []string{"x"}, "gen_ai.request.choice.count": 2,
		}, map[string]string{
			"$ai_model_parameters": `{"temperature":0,"top_p":1,"top_k":4,"max_tokens":9,"frequency_penalty":0.1,"presence_penalty":0.2,
				"seed":0,"stop_sequences":["x"],"choice.count":2}`,
			"$ai_temperature": "0", "$ai_max_tokens": "9",
		}, "gen_ai.request.top_p", "gen_ai.request.top_k", "gen_ai.request.seed", "gen_ai.request.stop_sequences", "gen_ai.request.choice.count"),
		call("no parameters", nil, nil, "$ai_model_parameters"),
		call("sdk name on a library", attrs{"llm.request.type": chat, "telemetry.sdk.name": "opentelemetry"}, map[string]string{"$ai_lib": `"opentelemetry/traceloop"`}),
	))
}

// TestMappingTokens says which values are numbers of tokens.
func TestMappingTokens(t *testing.T) {
	t.Parallel()
	const key, property = "gen_ai.usage.input_tokens", "$ai_input_tokens"
	var rows []row
	for name, m := range map[string]struct {
		value any
		want  string
	}{
		"zero": {0, "0"}, "text": {"12", "12"}, "text with space": {" 12 ", "12"}, "text of a double": {"12.0", "12"}, "double": {12.0, "12"},
		"large": {int64(1 << 40), "1099511627776"}, "large text": {"1099511627776", "1099511627776"},
	} {
		rows = append(rows, call(name, attrs{key: m.value}, map[string]string{property: m.want}, key))
	}
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinite": math.Inf(1), "fraction": 1.5, "negative": -1, "text of words": "many", "text NaN": "NaN", "boolean": true,
		"list": []string{"1"}, "object": attrs{"n": 1}, "bytes": []byte{1}, "text of JSON": "[1]", "space": " ", "two numbers": "1 2",
	} {
		rows = append(rows, call(name, attrs{key: value}, nil, property, key))
		rows = append(rows, call(name+", and a fallback", attrs{key: value, "gen_ai.usage.prompt_tokens": 4}, map[string]string{property: "4"}, key))
	}
	checkRows(t, append(
		rows,
		call("explicit text", attrs{property: "12"}, map[string]string{property: "12"}),
		call("explicit words", attrs{property: "many"}, nil, property),
		call("explicit words, and an attribute", attrs{property: "many", key: 3}, map[string]string{property: "3"}),
		call("explicit NaN of another kind", attrs{"$ai_text_output_tokens": math.NaN()}, nil, "$ai_text_output_tokens"),
	))
}

func TestMappingStopReason(t *testing.T) {
	t.Parallel()
	const key, property = "gen_ai.response.finish_reasons", "$ai_stop_reason"
	long := strings.Repeat("é", 128)
	stops := map[string]string{property: `"stop"`}
	checkRows(t, []row{
		call("list", attrs{key: []string{"stop", "length"}}, stops, key),
		call("structured list", attrs{key: []any{"stop", "length"}}, stops, key),
		call("JSON list", attrs{key: `["stop","length"]`}, stops, key),
		call("plain text", attrs{key: "stop"}, stops, key),
		call("JSON text", attrs{key: `"stop"`}, stops, key),
		call("empty list", attrs{key: []string{}}, nil, property, key),
		call("empty JSON list", attrs{key: "[]"}, nil, property, key),
		call("no text in the list", attrs{key: "[1]"}, nil, property, key),
		call("128 characters", attrs{key: long}, map[string]string{property: `"` + long + `"`}),
		call("129 characters", attrs{key: long + "x"}, nil, property, key),
		call("129 characters, then in the messages", attrs{key: long + "x", "gen_ai.output.messages": `[{"finish_reason":"stop"}]`}, stops),
		call("in the messages", attrs{"gen_ai.output.messages": `[{"role":"assistant"},{"finish_reason":"stop"},{"finish_reason":"length"}]`}, stops),
		call("in structured messages", attrs{"gen_ai.output.messages": []any{attrs{"finish_reason": "stop"}}}, stops),
		call("attribute before messages", attrs{key: []string{"stop"}, "gen_ai.output.messages": `[{"finish_reason":"length"}]`}, stops),
		call("nowhere", attrs{"gen_ai.output.messages": `[{"role":"assistant","content":null}]`}, nil, property),
	})
}

func TestMappingBaseURL(t *testing.T) {
	t.Parallel()
	url := func(name, want string, more attrs) row {
		return call(name, more, map[string]string{"$ai_base_url": `"` + want + `"`}, "server.address")
	}
	checkRows(t, []row{
		url("bare", "h.example", attrs{"server.address": "h.example"}),
		url("https", "https://h.example", attrs{"server.address": "h.example", "server.port": 443}),
		url("http", "http://h.example", attrs{"server.address": "h.example", "server.port": 80}),
		url("other port", "h.example:8080", attrs{"server.address": "h.example", "server.port": 8080}),
		url("port as text", "h.example:8080", attrs{"server.address": "h.example", "server.port": "8080"}),
		url("no port", "h.example", attrs{"server.address": "h.example", "server.port": 70_000}),
		url("whole URL", "http://h.example:8080", attrs{"server.address": "h.example", "server.port": 8080, "url.full": "http://h.example:8080/v1/chat?key=x"}),
		url("whole URL without secrets", "https://h.example", attrs{"server.address": "h.example", "url.full": "https://u:p@h.example/v1"}),
		url("URL of something else", "h.example", attrs{"server.address": "h.example", "url.full": "https://proxy.example/v1"}),
		url("broken URL", "h.example", attrs{"server.address": "h.example", "url.full": "http://%zz"}),
		url("IPv6", "[::1]:11434", attrs{"server.address": "::1", "server.port": 11434}),
		url("IPv6, https", "https://[2001:db8::1]", attrs{"server.address": "2001:db8::1", "server.port": 443}),
		url("IPv6, http", "http://[2001:db8::1]", attrs{"server.address": "[2001:db8::1]", "server.port": 80}),
		url("IPv6, whole URL", "http://[::1]:11434", attrs{"server.address": "[::1]", "url.full": "http://[::1]:11434/api"}),
		url("a port already", "h.example:8080", attrs{"server.address": "h.example:8080", "server.port": 8080}),
		url("a port already, whole URL", "http://h.example:8080", attrs{"server.address": "h.example:8080", "url.full": "http://h.example:8080/v1"}),
		url("a URL already", "https://h.example/v1", attrs{"server.address": "https://h.example/v1", "server.port": 443}),
		call("no address", attrs{"server.port": 443}, map[string]string{"server.port": "443"}, "$ai_base_url"),
	})
}

func TestMappingFirstToken(t *testing.T) {
	t.Parallel()
	const property = "$ai_time_to_first_token"
	event := func(names ...string) []sdktrace.Event {
		var list []sdktrace.Event
		for i, name := range names {
			list = append(list, sdktrace.Event{Name: name, Time: rowStart.Add(250e6 * (1 << i))})
		}
		return list
	}
	rows := []row{
		call("attribute before server's", attrs{"gen_ai.response.time_to_first_chunk": 0.5, "gen_ai.server.time_to_first_token": 0.7}, map[string]string{property: "0.5"}),
		call("NaN", attrs{"gen_ai.server.time_to_first_token": math.NaN()}, nil, property),
		call("text", attrs{"gen_ai.server.time_to_first_token": "0.7"}, map[string]string{property: "0.7"}),
	}
	for _, name := range []string{"first_token", "gen_ai.first_token", "gen_ai.content.first_token", "First Token Stream Event", "first_chunk", "firstToken"} {
		r := call("event "+name, nil, map[string]string{property: "0.25"})
		r.events = event(name, name)
		rows = append(rows, r)
	}
	other := call("other events", nil, nil, property)
	other.events = event("token", "first", "retry")
	both := call("attribute before event", attrs{"gen_ai.response.time_to_first_chunk": 0.5}, map[string]string{property: "0.5"})
	both.events = event("first_token")
	checkRows(t, append(rows, other, both))
}

func TestMappingToolsAndAgents(t *testing.T) {
	t.Parallel()
	const arguments, result = "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"
	tool := func(name string, more attrs, want map[string]string, absent ...string) row {
		all := attrs{"gen_ai.operation.name": "execute_tool"}
		maps.Copy(all, more)
		return row{name: name, span: "execute_tool", attrs: all, want: want, absent: absent}
	}
	const said = `[{"role":"system","content":"s"},{"role":"user","content":"u1"},{"role":"assistant","content":"a"},{"role":"user","content":"u2"}]`
	const replied = `[{"role":"assistant","content":"r1"},{"role":"tool","content":"t"},{"role":"assistant","content":"r2"},{"role":"tool","content":"t"}]`
	agent := attrs{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner", "gen_ai.input.messages": said, "gen_ai.output.messages": replied}
	workflow := maps.Clone(agent)
	workflow["gen_ai.operation.name"] = "invoke_workflow"
	created := maps.Clone(agent)
	created["gen_ai.operation.name"] = "create_agent"
	states := map[string]string{
		"$ai_span_name": `"planner"`, "$ai_input_state": `{"role":"user","content":"u1"}`, "$ai_output_state": `{"role":"assistant","content":"r2"}`,
	}
	checkRows(t, []row{
		tool("whole", attrs{"gen_ai.tool.name": "clock", "gen_ai.tool.call.id": "1", arguments: `{"zone":"CET"}`, result: "noon"}, map[string]string{
			"$ai_span_name": `"clock"`, "$ai_input_state": `{"zone":"CET"}`, "$ai_output_state": `"noon"`, "gen_ai.tool.call.id": `"1"`,
		}, "gen_ai.tool.name", arguments, result),
		tool("structured", attrs{arguments: attrs{"zone": "CET"}, result: []any{1, "x"}}, map[string]string{"$ai_input_state": `{"zone":"CET"}`, "$ai_output_state": `[1,"x"]`}),
		tool("JSON scalars", attrs{arguments: "false", result: "42"}, map[string]string{"$ai_input_state": "false", "$ai_output_state": "42"}),
		tool("a JSON text", attrs{result: `"soon"`}, map[string]string{"$ai_output_state": `"soon"`}),
		tool("JSON null", attrs{result: "null"}, nil, "$ai_output_state", result),
		tool("more digits than a float64 has", attrs{result: "12345678901234567890"}, map[string]string{"$ai_output_state": `"12345678901234567890"`}),
		tool("no number", attrs{result: "007"}, map[string]string{"$ai_output_state": `"007"`}),
		tool("scalars", attrs{arguments: 0, result: false}, map[string]string{"$ai_input_state": "0", "$ai_output_state": "false"}),
		tool("over explicit states", attrs{arguments: "{}", result: "{}", "$ai_input_state": "x", "$ai_output_state": "x"}, map[string]string{"$ai_input_state": "{}", "$ai_output_state": "{}"}),
		tool("name of another type", attrs{"gen_ai.tool.name": 1}, map[string]string{"$ai_span_name": `"execute_tool"`}),
		call("not on other operations", attrs{"gen_ai.tool.name": "clock", arguments: "{}"}, map[string]string{"gen_ai.tool.name": `"clock"`, arguments: `"{}"`}, "$ai_input_state"),
		{name: "agent", attrs: agent, want: states, absent: []string{"gen_ai.agent.name"}},
		{name: "workflow", attrs: workflow, want: states},
		{name: "another operation of an agent", attrs: created, want: map[string]string{
			"$ai_span_name": `"planner"`, "$ai_input_state": said, "$ai_output_state": replied,
		}, absent: []string{"$ai_input", "$ai_output_choices", "gen_ai.agent.name"}},
		{name: "a tool without an operation", attrs: attrs{"gen_ai.tool.name": "clock", arguments: "{}", result: "7"}, want: map[string]string{
			"$ai_span_name": `"clock"`, "$ai_input_state": `{}`, "$ai_output_state": `7`,
		}},
		{
			name: "messages beside explicit states", attrs: attrs{"gen_ai.operation.name": "plan", "gen_ai.input.messages": said, "$ai_input_state": "mine"},
			want: map[string]string{"$ai_input_state": `"mine"`, "$ai_input": said},
		},
		{name: "a workflow", attrs: attrs{"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "trip"}, want: map[string]string{"$ai_span_name": `"trip"`}},
		{name: "a plan", attrs: attrs{"gen_ai.operation.name": "plan", "gen_ai.agent.name": "a"}, want: map[string]string{"$ai_span_name": `"a"`}},
		{name: "a step of an agent", span: "step 1", attrs: attrs{"gen_ai.operation.name": "agent_step", "gen_ai.agent.name": "a"}, want: map[string]string{"$ai_span_name": `"step 1"`}},
	})
}

func TestMappingGroups(t *testing.T) {
	t.Parallel()
	limit := `{"a":"` + strings.Repeat("é", 10_000-8) + `"}`
	object := map[string]string{"$groups": `{"company":"acme"}`}
	resource := call("of the resource", nil, object)
	resource.res = attrs{"$groups": `{"company":"acme"}`}
	checkRows(t, []row{
		call("JSON object", attrs{"$groups": `{"company":"acme"}`}, object),
		call("structured", attrs{"$groups": attrs{"company": "acme"}}, object),
		resource,
		call("JSON list", attrs{"$groups": `["acme"]`}, map[string]string{"$groups": `"[\"acme\"]"`}),
		call("JSON text", attrs{"$groups": `"acme"`}, map[string]string{"$groups": `"\"acme\""`}),
		call("no JSON", attrs{"$groups": `{"company"`}, map[string]string{"$groups": `"{\"company\""`}),
		call("number", attrs{"$groups": 42}, map[string]string{"$groups": "42"}),
		call("10,000 characters", attrs{"$groups": limit}, map[string]string{"$groups": limit}),
		call("10,001 characters", attrs{"$groups": limit + " "}, nil, "$groups"),
		call("10,001 characters of no object", attrs{"$groups": strings.Repeat("x", 10_001)}, nil, "$groups"),
	})
}

func TestMappingCacheReporting(t *testing.T) {
	t.Parallel()
	const input, read, created = "gen_ai.usage.input_tokens", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens"
	const property = "$ai_cache_reporting_exclusive"
	inclusive, exclusive := map[string]string{property: "false"}, map[string]string{property: "true"}
	checkRows(t, []row{
		call("no cache", attrs{input: 10}, nil, property),
		call("read", attrs{input: 10, read: 4}, inclusive),
		call("created", attrs{input: 10, created: 4}, inclusive),
		call("none of them, said so", attrs{input: 10, read: 0}, inclusive),
		call("all of them", attrs{input: 10, read: 6, created: 4}, inclusive),
		call("more than all of them", attrs{input: 9, read: 6, created: 4}, exclusive),
		call("input unknown", attrs{read: 6}, inclusive),
		call("explicit", attrs{input: 10, read: 4, property: true}, exclusive),
		call("explicit the other way", attrs{input: 1, read: 4, property: false}, inclusive),
	})
}
