package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	line := strings.TrimSpace(asJSON(t, call("chat")))
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, []byte(line), "", "  "))
	for name, test := range map[string]struct {
		input string
		want  int
	}{
		"JSON":                  {line, 1},
		"JSON, indented":        {"\n" + indented.String() + "\n", 1},
		"JSON, one per line":    {line + "\n" + line + "\r\n" + line + "\n", 3},
		"JSON without a break":  {line + line, 2},
		"JSON, indented, twice": {indented.String() + indented.String(), 2},
		"protobuf":              {asProto(t, call("chat")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, code, problems := try(t, test.input)
			require.Zero(t, code, problems)
			require.Empty(t, problems)
			require.Len(t, events, test.want)
			require.Equal(t, "$ai_generation", events[0]["event"])
			require.Equal(t, "gpt-4o", events[0]["properties"].(map[string]any)["$ai_model"])
		})
	}
}

// TestProtobufOfAnyLength has one among them whose length reads as a brace.
func TestProtobufOfAnyLength(t *testing.T) {
	t.Parallel()
	brace := false
	for n := range 300 {
		td := ptrace.NewTraces()
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", "assistant")
		s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetName("gen_ai." + strings.Repeat("x", n))
		input := asProto(t, td)
		brace = brace || input[1] == '{'
		events, code, problems := try(t, input)
		require.Zero(t, code, "%d: %s", n, problems)
		require.Len(t, events, 1)
	}
	require.True(t, brace)
}

func TestExplain(t *testing.T) {
	t.Parallel()
	events, code, problems := try(t, asJSON(t, call("chat")), "-explain")
	require.Zero(t, code, problems)
	model := events[0]["explain"].(map[string]any)["$ai_model"].(map[string]any)
	require.Contains(t, model["attributes"], "gen_ai.request.model")

	events, _, _ = try(t, asJSON(t, call("chat")))
	require.NotContains(t, events[0], "explain")
}

func TestPrivacy(t *testing.T) {
	t.Parallel()
	events, code, problems := try(t, asJSON(t, call("chat")), "-privacy")
	require.Zero(t, code, problems)
	require.Nil(t, events[0]["properties"].(map[string]any)["$ai_input"])
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.json"), filepath.Join(dir, "two.pb")
	require.NoError(t, os.WriteFile(one, []byte(asJSON(t, call("one"))), 0o600))
	require.NoError(t, os.WriteFile(two, []byte(asProto(t, call("two"))), 0o600))
	events, code, problems := try(t, asJSON(t, call("three")), one, two, "-")
	require.Zero(t, code, problems)
	var names []any
	for _, e := range events {
		names = append(names, e["properties"].(map[string]any)["$ai_span_name"])
	}
	require.Equal(t, []any{"one", "two", "three"}, names)
}

func TestProblems(t *testing.T) {
	t.Parallel()
	good := asJSON(t, call("chat"))
	for name, test := range map[string]struct {
		input string
		args  []string
		code  int
		want  string
	}{
		"nothing":        {"", nil, 1, "-: nothing to read"},
		"a missing file": {"", []string{"missing.json"}, 1, "missing.json: no such file"},
		"other JSON":     {`{"a": 1}`, nil, 1, "request 1: no spans: neither OTLP traces"},
		"logs":           {`{"resourceLogs": []}`, nil, 1, "neither OTLP traces"},
		"broken JSON":    {`{"resourceSpans": [`, nil, 1, "request 1: broken JSON"},
		"broken later":   {good + "{", nil, 1, "request 2"},
		"text":           {"hello", nil, 1, "neither OTLP traces, as protobuf or JSON, nor Jaeger's JSON"},
		"an array":       {"[1]", nil, 1, "neither OTLP traces"},
		"a text":         {"GET / 200\n", nil, 1, "neither OTLP traces"},
		"broken gzip":    {"\x1f\x8bhello", nil, 1, "not gzip"},
		"Jaeger's id":    {`{"data":[{"spans":[{"traceID":"x"}]}]}`, nil, 1, "traceID: the id is not in hex"},
		"Jaeger's type":  {`{"data":[{"spans":[{"traceID":1}]}]}`, nil, 1, "not Jaeger's JSON"},
		"two forms":      {"", []string{"-tree", "-explain"}, 2, "leave -tree out"},
		"unknown flag":   {"", []string{"-what"}, 2, "-what"},
		"no AI span":     {`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET"}]}]}]}`, nil, 0, "none of the spans is an AI span"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, code, problems := try(t, test.input, test.args...)
			require.Equal(t, test.code, code)
			require.Contains(t, problems, test.want)
		})
	}
	_, code, problems := try(t, "", "-help")
	require.Zero(t, code)
	require.Contains(t, problems, "usage: otlp2posthog")
}

func try(t *testing.T, input string, args ...string) (events []map[string]any, code int, problems string) {
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(input), &stdout, &stderr)
	for line := range strings.Lines(stdout.String()) {
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &event))
		events = append(events, event)
	}
	return events, code, stderr.String()
}

func call(name string) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetName(name)
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{2})
	s.SetParentSpanID(pcommon.SpanID{3})
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	s.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
	s.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","content":"hello"}]`)
	return td
}

func asJSON(t *testing.T, td ptrace.Traces) string {
	data, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	return string(data) + "\n"
}

func asProto(t *testing.T, td ptrace.Traces) string {
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	return string(data)
}
