package posthoglogs_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
)

func onlyRecord(ld plog.Logs) plog.LogRecord {
	return ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
}

// TestSpellings has the same conversation in every way in which records are
// written.
func TestSpellings(t *testing.T) {
	t.Parallel()
	asText := func(ld plog.Logs) plog.Logs {
		r := onlyRecord(ld)
		data, err := json.Marshal(r.Body().Map().AsRaw())
		require.NoError(t, err)
		r.Body().SetStr(string(data))
		return ld
	}
	named := func(ld plog.Logs) plog.Logs {
		r := onlyRecord(ld)
		r.Attributes().PutStr("event.name", r.EventName())
		r.SetEventName("")
		return ld
	}
	plain := func(ld plog.Logs, text string) plog.Logs {
		onlyRecord(ld).Body().SetStr(text)
		return ld
	}
	in := []any{map[string]any{"role": "user", "content": "hello?"}}
	out := []any{map[string]any{"role": "assistant", "content": "hello!", "finish_reason": "stop"}}
	details := func(body, attrs map[string]any) plog.Logs {
		return record(t, 1, "gen_ai.client.inference.operation.details", body, attrs)
	}
	messages := map[string]any{"gen_ai.input.messages": in, "gen_ai.output.messages": out}
	for name, records := range map[string][]plog.Logs{
		"maps":                        {question(t, 1), answer(t, 1)},
		"JSON":                        {asText(question(t, 1)), asText(answer(t, 1))},
		"named by attribute":          {named(question(t, 1)), named(answer(t, 1))},
		"JSON, named by attribute":    {named(asText(question(t, 1))), named(asText(answer(t, 1)))},
		"plain text":                  {plain(question(t, 1), "hello?"), answer(t, 1)},
		"details":                     {details(nil, messages)},
		"details in the body":         {details(messages, nil)},
		"details in the body as JSON": {asText(details(messages, nil))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := new(consumertest.TracesSink)
			b := newConnector(t, defaultConfig(), sink)
			for _, ld := range records {
				b.record(ld)
			}
			b.span(call(1))
			require.Equal(t, 1, sink.SpanCount(), "the answer has come")
			b.shutdown()
			got := events(t, sink.AllTraces())[0].Properties
			require.Equal(t, in, got["$ai_input"])
			require.Equal(t, "hello!", got["$ai_output_choices"].([]any)[0].(map[string]any)["content"])
		})
	}
}

// TestJSONAsContent has a user who sends JSON, which is no body in JSON.
func TestJSONAsContent(t *testing.T) {
	t.Parallel()
	const text = `{"city": "Rome"}`
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	ld := question(t, 1)
	onlyRecord(ld).Body().SetStr(text)
	b.record(ld)
	b.span(call(1))
	b.shutdown()
	require.Len(t, events(t, sink.AllTraces())[0].Properties["$ai_input"], 1)
	span := spanIn(sink.AllTraces()[0])
	content, ok := span.Events().At(0).Attributes().Get("content")
	require.True(t, ok)
	require.Equal(t, text, content.Str())
}

// TestAllChoicesAtOnce has one record with both of two answers.
func TestAllChoicesAtOnce(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	td := call(1)
	spanIn(td).Attributes().PutInt("gen_ai.request.choice.count", 2)
	b.span(td)
	b.record(record(t, 1, "gen_ai.client.inference.operation.details", nil, map[string]any{"gen_ai.output.messages": []any{
		map[string]any{"role": "assistant", "content": "a"}, map[string]any{"role": "assistant", "content": "b"},
	}}))
	require.Equal(t, 1, sink.SpanCount())
	b.shutdown()
}

// TestWaitsBeside has attributes that look like content and are none.
func TestWaitsBeside(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"gen_ai.prompt.name", "gen_ai.prompt.version", "langfuse.observation.type", "ai.response.finishReason", "events.count", "gen_ai.system_instructions",
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			sink := new(consumertest.TracesSink)
			b := newConnector(t, defaultConfig(), sink)
			td := call(1)
			spanIn(td).Attributes().PutStr(key, "x")
			b.span(td)
			b.record(question(t, 1))
			b.record(answer(t, 1))
			require.Equal(t, 1, sink.SpanCount())
			require.NotEmpty(t, events(t, sink.AllTraces())[0].Properties["$ai_output_choices"])
			b.shutdown()
		})
	}
}

// TestSparseIndex has a span with content that does not begin at 0.
func TestSparseIndex(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	td := call(1)
	spanIn(td).Attributes().PutStr("gen_ai.prompt.2.content", "x")
	b.span(td)
	require.Equal(t, 1, sink.SpanCount())
	b.shutdown()
}
