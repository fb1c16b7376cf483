package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Attributes of Langfuse.
const (
	langfuseType         = attribute.Key("langfuse.observation.type")
	langfuseInput        = attribute.Key("langfuse.observation.input")
	langfuseOutput       = attribute.Key("langfuse.observation.output")
	langfuseLevel        = attribute.Key("langfuse.observation.level")
	langfuseStatus       = attribute.Key("langfuse.observation.status_message")
	langfuseParameters   = attribute.Key("langfuse.observation.model.parameters")
	langfuseUsage        = attribute.Key("langfuse.observation.usage_details")
	langfuseFirstToken   = attribute.Key("langfuse.observation.completion_start_time")
	langfuseInstructions = attribute.Key("langfuse.observation.metadata.instructions")
	langfuseTools        = attribute.Key("langfuse.observation.metadata.tools")
	langfuseTraceInput   = attribute.Key("langfuse.trace.input")
	langfuseTraceOutput  = attribute.Key("langfuse.trace.output")
)

// langfuseSession is a chat, even where it is a browser session as well.
var langfuseSession = rule{
	to: names.PropertyAISessionID, fallback: keys("langfuse.session.id", session.OTelIDKey, "langfuse.observation.metadata.thread_id"), read: attr.Text,
}

// langfuse is the attributes of one Langfuse observation, on Langfuse's own
// spans or on those of other libraries.
var langfuse = library{
	name:     "langfuse",
	matchers: []string{"langfuse.observation.*"},
	ai:       []string{string(langfuseType)},
	kind:     kindRule{key: langfuseType, generation: words{"generation"}, embedding: words{"embedding"}},
	overlay:  true,
	before:   []rule{langfuseSession},
	after: []rule{
		{to: names.PropertyModel, fallback: keys("langfuse.observation.model.name", "langfuse.observation.metadata.ls_model_name"), read: attr.Text},
		{to: names.PropertyProvider, fallback: keys("langfuse.observation.metadata.ls_provider"), read: attr.Text},
		{to: names.PropertyTemperature, fallback: keys("langfuse.observation.metadata.ls_temperature"), read: attr.Number},
		{to: names.PropertyMaxTokens, fallback: keys("langfuse.observation.metadata.ls_max_tokens"), read: attr.Tokens},
		{to: names.PropertyPromptName, fallback: keys("langfuse.observation.prompt.name"), read: attr.Text},
		{to: names.PropertyPromptVersion, fallback: keys("langfuse.observation.prompt.version"), read: attr.Anything},
	},
	drop: []string{
		string(langfuseType), string(langfuseParameters), string(langfuseUsage),
		string(langfuseFirstToken), string(langfuseInstructions), string(langfuseTools),
		// Internal metadata of LangChain and LangGraph.
		"langfuse.observation.metadata.ls_*", "langfuse.observation.metadata.langgraph_*", "langfuse.observation.metadata.lc_*",
		"langfuse.observation.metadata.checkpoint_ns", "langfuse.observation.metadata.versions",
	},
	documents:   documents{input: langfuseInput, output: langfuseOutput, mendRequest: withToolRoles},
	postprocess: postprocessLangfuse,
}

// langfuseTrace is the attributes that Langfuse's span processor sets on every
// span of a process. It never determines a span's rules.
var langfuseTrace = library{
	matchers: []string{"langfuse.*"},
	overlay:  true,
	before:   []rule{langfuseSession},
	after: []rule{
		{to: names.PropertyTraceName, fallback: keys("langfuse.trace.name"), read: attr.Text},
	},
	drop: []string{string(langfuseTraceInput), string(langfuseTraceOutput), "langfuse.user.id", "langfuse.internal.*"},
}

func postprocessLangfuse(c *Conversion) {
	if strings.EqualFold(c.Text(langfuseLevel), "error") {
		c.Consume(langfuseLevel, langfuseStatus)
		c.fail(c.Text(langfuseStatus))
	}
	if n, ok := c.Tree(langfuseParameters); ok {
		c.fillParameters(&n)
	}
	if n, ok := c.Tree(langfuseUsage); ok {
		fillLangfuseUsage(c, &n)
	}
	fillFirstToken(c, langfuseFirstToken)
	switch c.Kind {
	case names.EventGeneration:
		c.prependSystem(c.Text(langfuseInstructions))
		if tools, ok := c.Tree(langfuseTools); ok && len(tools.Items) > 0 {
			c.FillTree(names.PropertyTools, &tools)
		}
	case names.EventTrace:
		c.stateFrom(names.PropertyInputState, langfuseTraceInput)
		c.stateFrom(names.PropertyOutputState, langfuseTraceOutput)
	}
}

// withToolRoles repairs the messages of Langfuse's LangChain handler, which
// writes a tool's name as the role.
func withToolRoles(input *jsontree.Node) {
	messages := input
	if inner := input.Get("messages"); inner != nil {
		messages = inner
	}
	for i := range messages.Items {
		m := &messages.Items[i]
		switch role := m.Get("role").String(); role {
		case "", "system", "developer", "user", "assistant", "tool", "function", "human", "ai", "model":
		default:
			if m.Get("additional_kwargs") != nil {
				m.Set("role", jsontree.Str("tool"))
				m.Set("name", jsontree.Str(role))
			}
		}
	}
}

// Names of usage in Langfuse's documents. The totals exclude the details: input
// 338 and input_cached_tokens 128 are 466 tokens.
var (
	langfuseInputNames     = []string{"input", "input_tokens", "prompt_tokens", "promptTokens"}
	langfuseOutputNames    = []string{"output", "output_tokens", "completion_tokens", "completionTokens"}
	langfuseTotalNames     = []string{"total", "total_tokens", "totalTokens"}
	langfuseCacheRead      = []string{"input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_input_tokens"}
	langfuseCacheCreation  = []string{"input_cache_creation", "cache_creation_input_tokens", "input_cache_creation_input_tokens", "input_cache_write"}
	langfuseReasoningNames = []string{"output_reasoning_tokens", "output_reasoning", "reasoning_tokens"}
)

func fillLangfuseUsage(c *Conversion, usage *jsontree.Node) {
	input, hasInput := countOf(chat.FirstOfNames(usage, langfuseInputNames...))
	output, hasOutput := countOf(chat.FirstOfNames(usage, langfuseOutputNames...))
	var inputDetails, outputDetails int64
	for i := range usage.Members {
		m := &usage.Members[i]
		count, ok := countOf(&m.Value)
		switch {
		case !ok || m.Name == "input_tokens" || m.Name == "output_tokens":
		case strings.HasPrefix(m.Name, "input_"), strings.HasPrefix(m.Name, "cache_"):
			inputDetails += count
		case strings.HasPrefix(m.Name, "output_"):
			outputDetails += count
		}
	}
	if total, ok := countOf(chat.FirstOfNames(usage, langfuseTotalNames...)); ok {
		inputDetails, outputDetails = missing(total-input-output, inputDetails, outputDetails)
	}
	if hasInput {
		c.Fill(prop.Any(names.PropertyInputTokens, attribute.Int64Value(input+inputDetails)))
	}
	if hasOutput {
		c.Fill(prop.Any(names.PropertyOutputTokens, attribute.Int64Value(output+outputDetails)))
	}
	c.fillCount(names.PropertyCacheReadTokens, chat.FirstOfNames(usage, langfuseCacheRead...))
	c.fillCount(names.PropertyCacheCreationTokens, chat.FirstOfNames(usage, langfuseCacheCreation...))
	c.fillCount(names.PropertyReasoningTokens, chat.FirstOfNames(usage, langfuseReasoningNames...))
	c.fillCount(names.PropertyAudioInputTokens, chat.FirstOfNames(usage, "input_audio_tokens", "input_audio"))
	c.fillCount(names.PropertyAudioOutputTokens, chat.FirstOfNames(usage, "output_audio_tokens", "output_audio"))
}

// missing returns which details are not included in the totals of a usage,
// given how far input + output fall short of the whole: users who set the usage
// themselves may have included some. If no combination fits, all are missing.
func missing(short, input, output int64) (inputMissing, outputMissing int64) {
	switch short {
	case input + output:
		return input, output
	case input:
		return input, 0
	case output:
		return 0, output
	case 0:
		return 0, 0
	}
	return input, output
}
