package dialect

import (
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// traceloop is OpenLLMetry in all languages, by its older conventions: messages
// are flattened by index, and Go uses different names. Newer versions follow
// the GenAI conventions and are recognised by their additional attributes.
var traceloop = library{
	name:     "traceloop",
	matchers: []string{"llm.request.type", "traceloop.span.kind", "traceloop.entity.name"},
	ai:       []string{"traceloop.*", "llm.*"},
	aiNames:  []string{"traceloop.", "llm."},
	kind:     kindRule{key: "llm.request.type", rank: 2, generation: generations, embedding: embeddings},
	before: []rule{
		{
			to:       names.PropertyStopReason,
			fallback: keys("llm.response.stop_reason", "llm.response.finish_reason"), read: attr.Reason,
		},
		traceloopSession,
	},
	after: []rule{
		{to: names.PropertyModel, fallback: keys("llm.response.model", "llm.request.model"), read: attr.Text},
		{to: names.PropertyProvider, fallback: keys("llm.vendor"), read: attr.Text},
		{to: names.PropertyInputTokens, fallback: keys("llm.usage.prompt_tokens"), read: attr.Tokens},
		{to: names.PropertyOutputTokens, fallback: keys("llm.usage.completion_tokens"), read: attr.Tokens},
		{to: names.PropertyReasoningTokens, fallback: keys("llm.usage.reasoning_tokens"), read: attr.Tokens},
		{to: names.PropertyCacheReadTokens, fallback: keys("llm.usage.cache_read_input_tokens"), read: attr.Tokens},
		{to: names.PropertyCacheCreationTokens, fallback: keys("llm.usage.cache_creation_input_tokens"), read: attr.Tokens},
		{to: names.PropertyStream, fallback: keys("llm.is_streaming"), read: attr.Boolean},
		{to: names.PropertyTemperature, fallback: keys("llm.temperature", "llm.request.temperature"), read: attr.Number},
		{to: names.PropertyMaxTokens, fallback: keys("llm.request.max_tokens"), read: attr.Tokens},
		{to: names.PropertyPromptName, fallback: keys("traceloop.prompt.key"), read: attr.Text},
		{to: names.PropertyPromptVersion, fallback: keys("traceloop.prompt.version"), read: attr.Anything},
		{to: names.PropertyBaseURL, fallback: keys("gen_ai.openai.api_base", "llm.openai.api_base"), read: attr.Text},
	},
	parameters: []parameter{
		{"llm.temperature", "temperature"},
		{"llm.request.temperature", "temperature"},
		{"llm.top_p", "top_p"},
		{"llm.request.top_p", "top_p"},
		{"llm.top_k", "top_k"},
		{"llm.request.max_tokens", "max_tokens"},
		{"llm.frequency_penalty", "frequency_penalty"},
		{"llm.presence_penalty", "presence_penalty"},
		{"llm.chat.stop_sequences", "stop_sequences"},
	},
	// Request headers can hold secrets.
	drop:        append([]string{"llm.usage.total_tokens", "llm.headers"}, traceloopDrops...),
	postprocess: postprocessTraceloop,
}

// traceloopClaude is the scope of OpenLLMetry's JavaScript instrumentation for
// Anthropic. Its input tokens exclude the cached ones; Python's include them.
const traceloopClaude = "@traceloop/instrumentation-anthropic"

// traceloopContext is the attributes that OpenLLMetry's SDK sets on every span
// below a workflow, of any library.
var traceloopContext = library{
	name:     "traceloop",
	matchers: []string{"traceloop.*"},
	before:   []rule{traceloopSession},
	after:    traceloop.after,
	drop:     traceloop.drop,
	postprocess: func(c *Conversion) {
		if c.lib.name == "traceloop" { // no other library knows better
			traceloopMessages(c)
		}
	},
	overlay: true,
}

// indexed handles messages flattened by index on the spans of libraries other
// than OpenLLMetry.
var indexed = library{
	matchers:    []string{"gen_ai.prompt.*", "gen_ai.completion.*"},
	postprocess: traceloopMessages,
}

var traceloopSession = rule{
	to: names.PropertyAISessionID, fallback: keys("traceloop.association.properties.session_id"), read: attr.Text,
}

var traceloopDrops = []string{
	"traceloop.span.kind", "traceloop.workflow.name", "traceloop.association.properties.*",
	"traceloop.entity.name", "traceloop.entity.path", "traceloop.entity.input", "traceloop.entity.output",
}

// traceloopMessage is a message below gen_ai.prompt.{i} or gen_ai.completion.{i}.
// Cohere's instrumentation writes the content of the last message as "user".
var traceloopMessage = shape{
	fields: []flat{
		{"role", "role"},
		{"user", "content"},
		{"content", "content"},
		{"reasoning", "reasoning"},
		{"refusal", "refusal"},
		{"tool_call_id", "tool_call_id"},
		{"finish_reason", "finish_reason"},
	},
	lists: []flatList{{"tool_calls", "tool_calls", shape{others: true}}},
}

// traceloopFunction is a tool. JavaScript calls its parameters arguments.
var traceloopFunction = shape{fields: []flat{
	{"name", "name"}, {"description", "description"}, {"arguments", "parameters"}, {"parameters", "parameters"},
}}

func postprocessTraceloop(c *Conversion) {
	traceloopMessages(c)
	if tools := jsontree.Arr(c.unflatten("llm.request.functions.", traceloopFunction)...); len(tools.Items) > 0 {
		c.FillTree(names.PropertyTools, &tools)
	}
	c.rename("traceloop.entity.name")
	if c.IsSpan() {
		c.stateFrom(names.PropertyInputState, "traceloop.entity.input")
		c.stateFrom(names.PropertyOutputState, "traceloop.entity.output")
		traceloopRerank(c)
		statesFromMessages(c)
	}
}

// traceloopMessages fills input and output with the flattened messages.
func traceloopMessages(c *Conversion) {
	for _, prefix := range []string{"gen_ai.prompt.", "llm.prompts."} {
		messages := c.indexedMessages(prefix, traceloopMessage)
		if c.Kind == names.EventEmbedding {
			messages = contents(messages)
		}
		c.fillInput(messages)
	}
	for _, prefix := range []string{"gen_ai.completion.", "llm.completions."} {
		traceloopOutput(c, c.indexedMessages(prefix, traceloopMessage))
	}
}

// traceloopOutput fills the output. If content is not recorded, completions
// have only a stop reason.
func traceloopOutput(c *Conversion, completions []jsontree.Node) {
	for i := range completions {
		for _, m := range completions[i].Members {
			if m.Name != "role" && m.Name != "finish_reason" {
				c.fillOutput(completions)
				return
			}
		}
	}
	for i := range completions {
		if why := completions[i].Get("finish_reason").String(); chat.IsStopReason(why) {
			c.FillText(names.PropertyStopReason, why)
		}
	}
}

// traceloopRerank makes states of a reranker's data: the documents, under
// documents.{i}.index, and their scores.
func traceloopRerank(c *Conversion) {
	documents := jsontree.Arr()
	for _, d := range c.unflatten("documents.", shape{fields: []flat{{"index", "text"}}}) {
		documents.Items = append(documents.Items, *d.Get("text"))
	}
	scores := jsontree.Arr(c.unflatten("gen_ai.completion.", shape{fields: []flat{{"relevanceScore", "relevance_score"}}})...)
	if len(documents.Items) > 0 {
		state := jsontree.Obj(jsontree.Member{Name: "documents", Value: documents})
		if p := c.Get(names.PropertyInput); p != nil {
			messages := treeOfProperty(p)
			state.Members = append(state.Members, jsontree.Member{Name: "query", Value: jsontree.Str(chat.PromptText(chat.First(&messages, "user").Get("content")))})
		}
		c.FillTree(names.PropertyInputState, &state)
	}
	if len(scores.Items) > 0 {
		c.FillTree(names.PropertyOutputState, &scores)
	}
}

// contents returns the contents of messages, for texts that are not a
// conversation.
func contents(messages []jsontree.Node) []jsontree.Node {
	var list []jsontree.Node
	for i := range messages {
		if content := messages[i].Get("content"); content != nil {
			list = append(list, *content)
		}
	}
	return list
}
