package convert_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
)

const (
	inputKey  = "gen_ai.input.messages"
	outputKey = "gen_ai.output.messages"
	system    = "gen_ai.system_instructions"
)

// TestMappingMessageValues says what becomes of the two message attributes.
func TestMappingMessageValues(t *testing.T) {
	t.Parallel()
	var rows []row
	for name, m := range map[string]struct {
		value any
		want  string
	}{
		"JSON list":       {` [{"role": "user"}] `, `[{"role":"user","content":null}]`},
		"JSON object":     {`{"role":"user"}`, `{"role":"user","content":null}`},
		"plain text":      {"hello", `"hello"`},
		"broken JSON":     {`[{"role":"user"`, `"[{\"role\":\"user\""`},
		"JSON and more":   {`[] []`, `"[] []"`},
		"JSON text":       {`"hello"`, `"hello"`},
		"JSON number":     {"42", "42"},
		"JSON boolean":    {"true", "true"},
		"words":           {"true or false", `"true or false"`},
		"half quoted":     {`"hello" she said`, `"\"hello\" she said"`},
		"space":           {" ", `" "`},
		"a number":        {42, "42"},
		"list of texts":   {[]string{"a", "b"}, `["a","b"]`},
		"structured":      {[]any{attrs{"role": "user", "content": nil}}, `[{"role":"user","content":null}]`},
		"empty list":      {"[]", "[]"},
		"duplicate names": {`[{"a":1,"a":2}]`, `[{"a":2}]`},
	} {
		rows = append(rows, call(name, attrs{inputKey: m.value, outputKey: m.value}, map[string]string{"$ai_input": m.want, "$ai_output_choices": m.want}, inputKey, outputKey))
	}
	checkRows(t, append(
		rows,
		call("empty", attrs{inputKey: "", outputKey: nil}, nil, "$ai_input", "$ai_output_choices"),
		call("JSON null", attrs{inputKey: "null", outputKey: " null "}, nil, "$ai_input", "$ai_output_choices"),
		call("tool results render", attrs{inputKey: `[{"role":"tool","parts":[{"type":"tool_call_response","id":"1","response":{"a":1}}]}]`}, map[string]string{
			"$ai_input": `[{"role":"tool","parts":[{"type":"tool_call_response","id":"1","response":{"a":1},"result":{"a":1}}]}]`,
		}),
		call("tool results that render already", attrs{outputKey: `[{"parts":[{"type":"tool_call_response","response":1,"result":2}]}]`}, map[string]string{
			"$ai_output_choices": `[{"parts":[{"type":"tool_call_response","response":1,"result":2}]}]`,
		}),
		call("other parts with a response", attrs{outputKey: `[{"parts":[{"type":"text","response":1}]}]`}, map[string]string{
			"$ai_output_choices": `[{"parts":[{"type":"text","response":1}]}]`,
		}),
	))
}

func TestMappingSystemInstructions(t *testing.T) {
	t.Parallel()
	const said = `[{"role":"user","content":"u"}]`
	alone := func(name, want string, value any) row {
		text, _ := json.Marshal(want)
		return call(name, attrs{system: value}, map[string]string{"$ai_input": `[{"role":"system","content":` + string(text) + `}]`}, system)
	}
	before := func(name, want string, input any) row {
		return call(name, attrs{system: "s", inputKey: input}, map[string]string{"$ai_input": want}, system)
	}
	limit := strings.Repeat("é", 500_000)
	checkRows(t, []row{
		alone("text", "Be brief.", "Be brief."),
		alone("JSON parts", "a\n\nb", `[{"type":"text","content":"a"},{"type":"text","content":"b"}]`),
		alone("JSON parts, only texts", "a\n\nb", `[{"type":"text","content":"a"},{"type":"blob","content":"AAAA"},{"type":"text","text":"b"}]`),
		alone("structured parts", "a\n\nb", []any{attrs{"type": "text", "content": "a"}, attrs{"type": "text", "content": "b"}}),
		alone("structured texts", "a\n\nb", []string{"a", "b"}),
		alone("JSON texts", "a\n\nb", `["a","b"]`),
		alone("JSON object", `{"a":1}`, `{"a":1}`),
		alone("structured object", `{"a":1}`, attrs{"a": 1}),
		alone("JSON object that looks like a part", `{"type":"text","content":"a"}`, `{"type":"text","content":"a"}`),
		call("parts without a text", attrs{system: `[{"type":"image"}]`}, nil, system, "$ai_input"),
		call("parts with an empty text", attrs{system: `[{"type":"text","content":""}]`}, nil, system, "$ai_input"),
		alone("objects that are no parts", `[{"rule":"a"}]`, `[{"rule":"a"}]`),
		alone("number", "42", 42),
		alone("JSON number", "42", "42"),
		alone("500,000 characters", limit, limit),
		call("500,001 characters", attrs{system: limit + "x"}, nil, system, "$ai_input"),
		call("empty", attrs{system: ""}, nil, system, "$ai_input"),
		call("no parts", attrs{system: "[]"}, nil, system, "$ai_input"),
		before("before messages", `[{"role":"system","content":"s"},{"role":"user","content":"u"}]`, said),
		before("before structured messages", `[{"role":"system","content":"s"},{"role":"user","content":null}]`, []any{attrs{"role": "user"}}),
		before("before an empty list", `[{"role":"system","content":"s"}]`, " [ ] "),
		before("not before a system message", `[{"role":"system","content":"other"}]`, `[{"role":"system","content":"other"}]`),
		before("before a later system message", `[{"role":"system","content":"s"},{"role":"user","content":null},{"role":"system","content":null}]`, `[{"role":"user"},{"role":"system"}]`),
		before("not before a text", `"hello"`, "hello"),
		before("not before an object", `{"role":"user","content":null}`, `{"role":"user"}`),
		before("not before broken JSON", `"[{"`, "[{"),
		call("before an explicit input", attrs{system: "s", "$ai_input": said}, map[string]string{"$ai_input": `[{"role":"system","content":"s"},{"role":"user","content":"u"}]`}),
	})
}

func TestMappingEventsAttribute(t *testing.T) {
	t.Parallel()
	const events = "events"
	entry := func(name, rest string) string { return `{"event.name":"gen_ai.` + name + `"` + rest + `}` }
	in := func(name, input string, entries ...string) row {
		return call(name, attrs{events: "[" + strings.Join(entries, ",") + "]"}, map[string]string{"$ai_input": input}, events, "$ai_output_choices")
	}
	out := func(name, output string, entries ...string) row {
		return call(name, attrs{events: "[" + strings.Join(entries, ",") + "]"}, map[string]string{"$ai_output_choices": output}, events, "$ai_input")
	}
	long := func(n int) string {
		before, after := `[{"event.name":"gen_ai.user.message","content":"`, `"}]`
		return before + strings.Repeat("é", n-len(before)-len(after)) + after
	}
	checkRows(t, []row{
		in("roles by name", `[{"role":"system","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"tool","content":"d","tool_call_id":"1"}]`,
			entry("system.message", `,"content":"a"`), entry("user.message", `,"content":"b"`), entry("assistant.message", `,"content":"c"`),
			entry("tool.message", `,"content":"d","tool_call_id":"1"`)),
		in("role of the entry", `[{"role":"developer","content":"a"}]`, entry("system.message", `,"role":"developer","content":"a"`)),
		in("tool calls", `[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"(unnamed)","arguments":""}}]}]`, entry("assistant.message", `,"tool_calls":[{"id":"1"}]`)),
		in("content that is no text", `[{"role":"user","content":[{"type":"text"}]},{"role":"user","content":null}]`,
			entry("user.message", `,"content":[{"type":"text"}]`), entry("user.message", `,"content":null`)),
		in("by index", `[{"role":"user","content":"0"},{"role":"user","content":"2"},{"role":"user","content":"10"}]`,
			entry("user.message", `,"content":"10","gen_ai.message.index":10`), entry("user.message", `,"content":"0","gen_ai.message.index":0`),
			entry("user.message", `,"content":"2","gen_ai.message.index":2`)),
		in("equal indices keep their order", `[{"role":"user","content":"a"},{"role":"user","content":"b"}]`,
			entry("user.message", `,"content":"a","gen_ai.message.index":1`), entry("user.message", `,"content":"b","gen_ai.message.index":1`)),
		in("not by index when one has none", `[{"role":"user","content":"1"},{"role":"user","content":"0"},{"role":"user","content":null}]`,
			entry("user.message", `,"content":"1","gen_ai.message.index":1`), entry("user.message", `,"content":"0","gen_ai.message.index":0`), entry("user.message", ``)),
		in("other names and other things are left out", `[{"role":"user","content":"a"}]`,
			`1`, `null`, `"x"`, entry("client.operation", `,"content":"z"`), entry("user.message", `,"content":"a","id":"x"`), `{"content":"y"}`),
		out("choice with a message", `[{"role":"assistant","content":"a"}]`, entry("choice", `,"index":0,"message":{"role":"assistant","content":"a"}`)),
		out("choice with a message without a role", `[{"role":"assistant","content":"a"}]`, entry("choice", `,"message":{"content":"a"}`)),
		out("choice by itself", `[{"role":"assistant","content":"a","tool_calls":[{"type":"function","function":{"name":"(unnamed)","arguments":""}}]}]`, entry("choice", `,"role":"assistant","content":"a","tool_calls":[{}]`)),
		out("choices keep their order", `[{"role":"assistant","content":"b"},{"role":"assistant","content":"a"}]`,
			entry("choice", `,"index":1,"content":"b"`), entry("choice", `,"index":0,"content":"a"`)),
		call("finish reason", attrs{events: "[" + entry("choice", `,"finish_reason":"stop","message":{"content":"a"}`) + "]"}, map[string]string{"$ai_stop_reason": `"stop"`}),
		call("malformed", attrs{events: `[{"event.name"`}, nil, events, "$ai_input", "$ai_output_choices"),
		call("an object", attrs{events: `{"foo":1}`}, nil, events, "$ai_input"),
		call("plain text", attrs{events: "none"}, nil, events, "$ai_input"),
		call("a number", attrs{events: 1}, nil, events, "$ai_input"),
		call("empty", attrs{events: ""}, nil, events, "$ai_input"),
		call("structured", attrs{events: []any{attrs{"event.name": "gen_ai.user.message", "content": "a"}}}, map[string]string{"$ai_input": `[{"role":"user","content":"a"}]`}, events),
		call("not over messages", attrs{inputKey: `[{"role":"user","content":"b"}]`, events: "[" + entry("user.message", `,"content":"a"`) + "," + entry("choice", `,"content":"c"`) + "]"},
			map[string]string{"$ai_input": `[{"role":"user","content":"b"}]`, "$ai_output_choices": `[{"role":"assistant","content":"c"}]`}, events),
		call("over no messages", attrs{inputKey: "[]", events: "[" + entry("user.message", `,"content":"a"`) + "]"}, map[string]string{"$ai_input": `[{"role":"user","content":"a"}]`}),
		call("not over explicit input", attrs{"$ai_input": "x", events: "[" + entry("user.message", `,"content":"a"`) + "]"}, map[string]string{"$ai_input": `"x"`}),
		call("with system instructions", attrs{system: "s", events: "[" + entry("user.message", `,"content":"a"`) + "]"},
			map[string]string{"$ai_input": `[{"role":"system","content":"s"},{"role":"user","content":"a"}]`}),
		call("500,001 characters", attrs{events: long(500_001)}, nil, events, "$ai_input"),
	})
	longest := convert.Batch([]sdktrace.ReadOnlySpan{call("", attrs{events: long(500_000)}, nil).stub().Snapshot()}, convert.Options{})
	require.NotNil(t, longest[0].Get("$ai_input"), "500,000 characters")
}

func TestMappingSpanEvents(t *testing.T) {
	t.Parallel()
	ev := func(name string, a attrs) sdktrace.Event {
		return sdktrace.Event{Name: name, Time: rowStart, Attributes: a.list()}
	}
	with := func(r row, events ...sdktrace.Event) row {
		r.events = events
		return r
	}
	details := ev("gen_ai.client.inference.operation.details", attrs{
		inputKey: `[{"role":"user","parts":[]}]`, outputKey: []any{attrs{"role": "assistant"}}, system: "s", "gen_ai.tool.definitions": `[{"type":"function","function":{"name":"t"}}]`,
	})
	checkRows(t, []row{
		with(
			call("messages", nil, map[string]string{
				"$ai_input":          `[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"(unnamed)","arguments":""}}]},{"role":"tool","content":"t","tool_call_id":"1"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"a","finish_reason":"stop"}]`, "$ai_stop_reason": `"stop"`,
			}),
			ev("gen_ai.system.message", attrs{"content": "s"}), ev("gen_ai.user.message", attrs{"content": "u", "gen_ai.system": "openai"}),
			ev("gen_ai.assistant.message", attrs{"tool_calls": `[{"id":"1"}]`}), ev("gen_ai.tool.message", attrs{"content": "t", "tool_call_id": "1"}),
			ev("gen_ai.choice", attrs{"index": 0, "finish_reason": "stop", "message": `{"role":"assistant","content":"a"}`}),
		),
		with(call("details", nil, map[string]string{
			"$ai_input": `[{"role":"system","content":"s"},{"role":"user","parts":[]}]`, "$ai_output_choices": `[{"role":"assistant","content":null}]`, "$ai_tools": `[{"type":"function","function":{"name":"t"}}]`,
		}, system), details),
		with(call("attributes before details", attrs{inputKey: `[{"role":"user","content":"x"}]`}, map[string]string{
			"$ai_input": `[{"role":"system","content":"s"},{"role":"user","content":"x"}]`, "$ai_output_choices": `[{"role":"assistant","content":null}]`,
		}), details),
		with(call("the attribute events before span events", attrs{"events": `[{"event.name":"gen_ai.user.message","content":"x"}]`}, map[string]string{
			"$ai_input": `[{"role":"user","content":"x"}]`,
		}), ev("gen_ai.user.message", attrs{"content": "u"})),
		with(
			call("Azure: the entry in one attribute", nil, map[string]string{
				"$ai_input":          `[{"role":"user","content":"u"}]`,
				"$ai_output_choices": `[{"role":"assistant","content":"a","finish_reason":"stop"}]`,
			}),
			ev("gen_ai.user.message", attrs{"gen_ai.system": "az.ai.inference", "gen_ai.event.content": `{"role":"user","content":"u"}`}),
			ev("gen_ai.choice", attrs{"gen_ai.event.content": `{"message":{"content":"a"},"finish_reason":"stop","index":0}`}),
		),
		with(
			call("older: one document each", nil, map[string]string{
				"$ai_input": `[{"role":"user","content":"u"}]`, "$ai_output_choices": `[{"role":"assistant","content":"a"}]`,
			}),
			ev("gen_ai.content.prompt", attrs{"gen_ai.prompt": `[{"role":"user","content":"u"}]`}), ev("gen_ai.content.completion", attrs{"gen_ai.completion": "a"}),
		),
		with(call("older, without a document", nil, nil, "$ai_input", "$ai_output_choices"), ev("gen_ai.content.prompt", nil), ev("gen_ai.content.completion", nil)),
		with(call("other events", nil, nil, "$ai_input", "$ai_output_choices"), ev("exception", attrs{"content": "x"}), ev("user", attrs{"content": "x"})),
	})
}

// TestSpanStaysAsItIs checks that the attributes of a span, which belong to
// every processor, are not written to.
func TestSpanStaysAsItIs(t *testing.T) {
	t.Parallel()
	value := func() attribute.Value {
		return valueOf([]any{attrs{"parts": []any{attrs{"type": "tool_call_response", "response": "x"}}}})
	}
	list := []attribute.KeyValue{
		{Key: "gen_ai.operation.name", Value: attribute.StringValue(chat)}, {Key: inputKey, Value: value()}, {Key: system, Value: attribute.StringValue("s")},
	}
	span := row{}.stub()
	span.Attributes = list
	convert.Batch([]sdktrace.ReadOnlySpan{span.Snapshot()}, convert.Options{})
	require.Equal(t, value(), list[1].Value)
	require.Equal(t, attribute.Key(inputKey), list[1].Key)
}
