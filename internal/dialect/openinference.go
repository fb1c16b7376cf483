package dialect

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Attributes of OpenInference that several rules need.
const (
	inferenceInput      = attribute.Key("input.value")
	inferenceOutput     = attribute.Key("output.value")
	inferenceParameters = attribute.Key("llm.invocation_parameters")
	inferenceModel      = attribute.Key("llm.model_name")
	inferenceSystem     = attribute.Key("llm.system")
	inferencePrompts    = attribute.Key("llm.prompts") // a list of texts, in older versions
)

// openInference is OpenInference, the conventions of Arize. It also adds its
// attributes to the spans of the Vercel AI SDK.
var openInference = library{
	name:     "openinference",
	matchers: []string{"openinference.span.kind"},
	ai:       []string{"openinference.*"},
	kind:     kindRule{key: "openinference.span.kind", generation: words{"llm"}, embedding: words{"embedding"}},
	before: []rule{
		{to: names.PropertyAISessionID, fallback: keys("session.id"), read: attr.Text},
	},
	after: []rule{
		{
			to: names.PropertyModel,
			fallback: keys(inferenceModel, "llm.response.model_name", "llm.request.model_name",
				"embedding.model_name", "reranker.model_name"), read: attr.Text,
		},
		{to: names.PropertyProvider, fallback: keys("llm.provider", inferenceSystem), read: attr.Text},
		{to: names.PropertyInputTokens, fallback: keys("llm.token_count.prompt"), read: attr.Tokens},
		{to: names.PropertyOutputTokens, fallback: keys("llm.token_count.completion"), read: attr.Tokens},
		{to: names.PropertyCacheReadTokens, fallback: keys("llm.token_count.prompt_details.cache_read"), read: attr.Tokens},
		{to: names.PropertyCacheCreationTokens, fallback: keys("llm.token_count.prompt_details.cache_write"), read: attr.Tokens},
		{to: names.PropertyReasoningTokens, fallback: keys("llm.token_count.completion_details.reasoning"), read: attr.Tokens},
		{to: names.PropertyAudioInputTokens, fallback: keys("llm.token_count.prompt_details.audio"), read: attr.Tokens},
		{to: names.PropertyAudioOutputTokens, fallback: keys("llm.token_count.completion_details.audio"), read: attr.Tokens},
		{to: names.PropertyStopReason, fallback: keys("llm.finish_reason", "llm.stop_reason"), read: attr.Reason},
	},
	// Vectors must not leave; metadata can hold secrets; documents and payloads
	// are in the states.
	drop: []string{
		string(inferenceInput), string(inferenceOutput), string(inferenceParameters), "input.mime_type", "output.mime_type",
		"llm.token_count.total", "metadata", "metadata.*", "embedding.*",
		"retrieval.documents.*", "reranker.input_documents.*", "reranker.output_documents.*",
	},
	postprocess: postprocessOpenInference,
	overlay:     true,
}

// inferenceMessage is a message below llm.input_messages.{i} or
// llm.output_messages.{i}.
var inferenceMessage = shape{
	fields: []flat{
		{"message.role", "role"},
		{"message.content", "content"},
		{"message.name", "name"},
		{"message.tool_call_id", "tool_call_id"},
		{"message.function_call_name", "function_call.name"},
		{"message.function_call_arguments_json", "function_call.arguments"},
	},
	lists: []flatList{
		{"message.contents", "contents", shape{fields: []flat{
			{"message_content.type", "type"},
			{"message_content.text", "text"},
			{"message_content.image.image.url", "image_url.url"},
			{"message_content.signature", "signature"},
			{"message_content.image.format", "image.format"},
			{"message_content.image.type", "image.type"},
			{"message_content.image.media_type", "image.media_type"},
		}, others: true}},
		{"message.tool_calls", "tool_calls", inferenceToolCall},
	},
}

var inferenceToolCall = shape{fields: []flat{
	{"tool_call.id", "id"}, {"tool_call.function.name", "function.name"}, {"tool_call.function.arguments", "function.arguments"},
}}

// inferenceDocument is a document that a retriever found or a reranker sorted.
var inferenceDocument = shape{fields: []flat{
	{"document.id", "id"}, {"document.score", "score"}, {"document.content", "content"}, {"document.metadata", "metadata"},
}}

func postprocessOpenInference(c *Conversion) {
	input := inferenceMessages(c, "llm.input_messages.")
	output := inferenceMessages(c, "llm.output_messages.")
	tools := inferenceTools(c)
	c.fillTools(&tools)
	switch c.Kind {
	case names.EventGeneration:
		inferenceCall(c, input, output)
	case names.EventEmbedding:
		inferenceEmbedding(c)
	default:
		c.fillMessages(input, output)
		inferenceSpan(c)
	}
}

// inferenceMessages returns flattened messages in the shape of chat completions.
func inferenceMessages(c *Conversion, prefix string) []jsontree.Node {
	messages := c.indexedMessages(prefix, inferenceMessage)
	for i := range messages {
		m := &messages[i]
		calls := chat.Flattened(m.Get("tool_calls"))
		if contents := m.Get("contents"); contents != nil {
			called, parts := inferenceParts(contents.Items)
			if len(calls) == 0 {
				calls = called
			}
			m.Delete("contents")
			if len(parts) > 0 && (!m.Get("content").Is(jsontree.String) || !onlyText(parts)) {
				m.Set("content", jsontree.Arr(parts...))
			}
		}
		for j := range calls {
			f := calls[j].Get("function")
			calls[j] = chat.ToolCall(calls[j].Get("id").String(), f.Get("name").String(), chat.TextOf(f.Get("arguments")))
		}
		if len(calls) > 0 {
			m.Delete("tool_calls")
			m.Set("tool_calls", jsontree.Arr(calls...))
		}
	}
	return messages
}

// inferenceParts separates the tool calls from other parts, and gives images
// the type that PostHog's UI shows.
func inferenceParts(list []jsontree.Node) (calls, parts []jsontree.Node) {
	for _, part := range list {
		if call := part.Get("tool_call"); call != nil {
			calls = append(calls, *call)
			continue
		}
		if part.Get("image_url") != nil {
			part.Set("type", jsontree.Str("image_url"))
			part.Delete("image")
		}
		parts = append(parts, part)
	}
	return calls, parts
}

func onlyText(parts []jsontree.Node) bool {
	return !slices.ContainsFunc(parts, func(part jsontree.Node) bool { return part.Get("type").String() != "text" })
}

// inferenceTools returns an object with the tools of the call, if it has any.
func inferenceTools(c *Conversion) jsontree.Node {
	list := jsontree.Arr()
	for _, tool := range c.unflatten("llm.tools.", shape{fields: []flat{{"tool.json_schema", "schema"}}}) {
		list.Items = append(list.Items, attr.JSON(attribute.StringValue(chat.TextOf(tool.Get("schema")))))
	}
	return jsontree.Obj(jsontree.Member{Name: "tools", Value: list})
}

// inferenceEmbedding fills the texts of an embedding. The vectors are not sent.
func inferenceEmbedding(c *Conversion) {
	texts := jsontree.Arr()
	for _, e := range c.unflatten("embedding.embeddings.", shape{fields: []flat{{"embedding.text", "text"}}}) {
		texts.Items = append(texts.Items, *e.Get("text"))
	}
	if len(texts.Items) > 0 {
		c.FillTree(names.PropertyInput, &texts)
	}
	for _, key := range keys("embedding.text", inferenceInput) {
		if v, ok := c.Attr(key); ok {
			c.Fill(prop.Any(names.PropertyInput, v))
		}
	}
	if parameters, ok := c.Tree(inferenceParameters); ok {
		c.fillParameters(without(&parameters, secretOrContent))
	}
}

// inferenceSpan fills name and states of a chain, an agent, a tool or a
// retriever.
func inferenceSpan(c *Conversion) {
	switch c.Text(names.GenAIOperationNameKey) {
	case names.OperationInvokeAgent, names.OperationInvokeWorkflow:
		statesFromMessages(c) // rather than all that was said
	}
	switch strings.ToUpper(c.Text("openinference.span.kind")) {
	case "TOOL":
		c.rename("tool.name")
		c.Consume("tool.name")
	case "AGENT":
		c.rename("agent.name")
		c.Consume("agent.name")
	}
	inferenceState(c, names.PropertyInputState, inferenceInput, "input.mime_type")
	c.stateFrom(names.PropertyInputState, "tool.parameters")
	inferenceState(c, names.PropertyOutputState, inferenceOutput, "output.mime_type")
	for _, d := range []struct{ state, prefix string }{
		{names.PropertyInputState, "reranker.input_documents."},
		{names.PropertyOutputState, "retrieval.documents."},
		{names.PropertyOutputState, "reranker.output_documents."},
	} {
		if list := jsontree.Arr(c.unflatten(d.prefix, inferenceDocument)...); len(list.Items) > 0 {
			c.FillTree(d.state, &list)
		}
	}
}

// inferenceState fills a state with a payload. A payload whose mime type is not
// JSON stays text, and so does a scalar of unknown type. Vectors are removed in
// any case.
func inferenceState(c *Conversion, state string, key, mime attribute.Key) {
	text, kind := c.Text(key), c.Text(mime)
	if text == "" || strings.Contains(kind, "json") || isContainer(text) && (kind == "" || wantsLook(c, text)) {
		c.stateFrom(state, key)
		return
	}
	c.Fill(prop.Doc(state, string(jsontree.AppendString(nil, text))))
}
