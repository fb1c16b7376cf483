package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// liveKit is LiveKit's agents. Data that may be personal is below lk.pii. in
// newer versions, and below lk. in older ones.
var liveKit = library{
	name:     "livekit",
	matchers: []string{"lk.*"},
	after: []rule{
		{to: names.PropertyTools, fallback: lk("function_tools"), read: attr.Container},
		{to: names.PropertySpanName, fallback: lk("function_tool.name"), read: attr.Text},
	},
	// Metrics repeat the usage.
	drop:        []string{"lk.llm_metrics", "lk.tts_metrics", "lk.start_time", "lk.end_time"},
	postprocess: postprocessLiveKit,
}

// lk returns the two keys of an attribute.
func lk(name attribute.Key) []attribute.Key { return keys("lk."+name, "lk.pii."+name) }

func postprocessLiveKit(c *Conversion) {
	if c.IsSpan() {
		c.Consume(lk("instructions")...) // on the calls below
		for _, key := range lk("function_tool.name") {
			c.moveName(key)
		}
		c.stateFrom(names.PropertyInputState, append(lk("function_tool.arguments"), append(lk("user_input"), lk("input_text")...)...)...)
		c.stateFrom(names.PropertyOutputState, append(lk("function_tool.output"), append(lk("response.text"), lk("user_transcript")...)...)...)
		return
	}
	for _, key := range lk("chat_ctx") {
		request := c.Parsed(key)
		c.Consume(key)
		if items := chat.FirstList(&request, "items", "messages"); items != nil {
			request = *items
		}
		messages := chat.FromRequest(&request)
		for i := range messages {
			joinTexts(messages[i].Get("content"))
		}
		c.fillInput(messages)
	}
	for _, key := range lk("instructions") {
		c.prependSystem(c.Text(key))
		c.Consume(key)
	}
	liveKitAnswer(c)
}

// joinTexts joins content that is a list of only texts.
func joinTexts(content *jsontree.Node) {
	if texts := textsIn(content); len(texts) > 0 {
		*content = jsontree.Str(strings.Join(texts, "\n\n"))
	}
}

// liveKitAnswer makes one message of the text and the tool calls of an answer.
func liveKitAnswer(c *Conversion) {
	m := chat.Message("assistant", c.Text(lk("response.text")...))
	for _, key := range lk("response.function_calls") {
		list := c.Parsed(key)
		if calls := chat.ToolCalls(&list); len(calls.Items) > 0 {
			m.Set("tool_calls", calls)
		}
		c.Consume(key)
	}
	c.Consume(lk("response.text")...)
	if m.Get("content").String() != "" || m.Get("tool_calls") != nil {
		c.fillOutput([]jsontree.Node{m})
	}
}
