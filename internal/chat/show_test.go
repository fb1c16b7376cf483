package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// TestShow has a row for each shape that libraries write and PostHog's UI does not
// show. Checked before, each has a problem; shown, none.
func TestShow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{
			"an assistant without content",
			`[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
			`[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
		},
		{
			"a list of texts beside tool calls",
			`[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
			`[{"role":"assistant","content":"a\n\nb","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
		},
		{
			"reasoning beside tool calls",
			`[{"role":"assistant","content":[{"type":"reasoning","text":"hm"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}]`,
			`[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"tool_use","name":"f","id":"c","input":{"a":1}}]}]`,
		},
		{
			"a tool call without a type",
			`[{"role":"assistant","content":null,"tool_calls":[{"id":"c","name":"f","arguments":"{}"}]}]`,
			`[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
		},
		{
			"a tool call of LangWatch",
			`[{"role":"assistant","content":"","tool_calls":[{"toolName":"f","toolCallId":"c","args":{"a":1}}]}]`,
			`[{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}]`,
		},
		{
			"arguments as an object",
			`[{"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"other","function":{"name":"f","arguments":{"a":1}}}]}]`,
			`[{"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}]`,
		},
		{
			"the pieces of a streamed tool call",
			`[{"role":"assistant","content":"x","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{"}},{"function":{"arguments":"}"}},{"id":"d","function":{"arguments":"1"}}]}]`,
			`[{"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"(unnamed)","arguments":"1"}}]}]`,
		},
		{
			"tool calls beside parts",
			`[{"role":"assistant","parts":[{"type":"text","content":"a"},{"type":"reasoning","content":"hm"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]`,
			`[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"thinking","thinking":"hm"},{"type":"tool_use","name":"f","id":"c","input":{}}]}]`,
		},
		{
			"a response without result",
			`[{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":"4"}]}]`,
			`[{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":"4","result":"4"}]}]`,
		},
		{
			"files among parts",
			`[{"role":"user","parts":[{"type":"uri","modality":"image","mime_type":"image/png","uri":"https://x/y.png"},{"type":"blob","mime_type":"application/pdf","content":"AA"}]}]`,
			`[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}}]}]`,
		},
		{
			"an unknown part beside reasoning",
			`[{"role":"user","parts":[{"type":"hologram","x":1},{"type":"reasoning","content":"hm"}]}]`,
			`[{"role":"user","content":[{"type":"text","text":"{\"type\":\"hologram\",\"x\":1}"},{"type":"thinking","thinking":"hm"}]}]`,
		},
		{
			"tool parts of the AI SDK 4",
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","args":{}}]},{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","result":"4"}]}]`,
			`[{"role":"assistant","content":[{"type":"tool-call","toolCallId":"c","toolName":"f","input":{}}]},{"role":"tool","content":[{"type":"tool-result","toolCallId":"c","toolName":"f","output":"4"}]}]`,
		},
		{
			"Gemini's parts",
			`[{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"text":"hi"}]}]`,
			`[{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"hi"}]`,
		},
		{
			"Genkit's data",
			`[{"role":"user","content":[{"data":{"a":1}}]}]`,
			`[{"role":"user","content":[{"type":"text","text":"{\"data\":{\"a\":1}}"}]}]`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, ok := jsontree.Parse(c.in)
			require.True(t, ok)
			require.NotEmpty(t, chat.Check(&n), "the checker does not see it")
			facts, ok := jsontree.Scan(c.in)
			require.True(t, ok)
			require.True(t, facts.Shape || facts.ToolResponse, "the scanner does not see it")
			require.True(t, chat.Show(&n))
			require.JSONEq(t, c.want, n.JSON())
			require.Empty(t, chat.Check(&n))
			again := n.JSON()
			require.False(t, chat.Show(&n), "it changes its own result")
			require.Equal(t, again, n.JSON())
		})
	}
}

// TestShown leaves what the UI shows as it is.
func TestShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"4"}]`,
		`[{"role":"user","parts":[{"type":"text","content":"hi"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"f","arguments":{}}]}]`,
		`[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"tool_use","id":"c","name":"f","input":{}}]}]`,
		`[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]`,
		`[{"role":"user","parts":[{"type":"text","content":"hi"},{"content":"untyped"}]}]`,
		`["a text","another"]`, `{"any":"document"}`, `"a text"`, `[]`,
	} {
		n, ok := jsontree.Parse(text)
		require.True(t, ok, text)
		require.False(t, chat.Show(&n), text)
		require.JSONEq(t, text, n.JSON())
		require.Empty(t, chat.Check(&n), text)
	}
}

func TestShowTools(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[{"name":"f","description":"d","parameters":"{\"type\":\"object\"}"}]`: `[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}]`,
		`[{"function":{"name":"f"}}]`:                                           `[{"type":"function","function":{"name":"f"}}]`,
		`[{"type":"function","function":{"name":"f","parameters":"{}"}}]`:       `[{"type":"function","function":{"name":"f","parameters":{}}}]`,
		`["f"]`: `[{"type":"function","function":{"name":"f"}}]`,
		`[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]`:            `[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`,
		`[{"type":"function","name":"f","inputSchema":{"jsonSchema":{"type":"object"}}}]`: `[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`,
	} {
		n, _ := jsontree.Parse(in)
		require.NotEmpty(t, chat.CheckTools(&n), in)
		require.True(t, chat.ShowTools(&n), in)
		require.JSONEq(t, want, n.JSON())
		require.Empty(t, chat.CheckTools(&n))
		require.False(t, chat.ShowTools(&n), in)
	}
	for _, text := range []string{
		`[{"name":"f","input_schema":{"type":"object"}}]`, `[{"type":"web_search"}]`,
		`[{"type":"function","function":{"name":"f","parameters":{}}}]`,
	} {
		n, _ := jsontree.Parse(text)
		require.False(t, chat.ShowTools(&n), text)
		require.Empty(t, chat.CheckTools(&n), text)
	}
}
