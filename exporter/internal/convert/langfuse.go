package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
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
	to: names.PropertyAISessionID, fallback: keys("langfuse.session.id", names.OTelSessionIDKey), read: text,
}

// langfuse is what Langfuse's SDKs tell of one observation, on spans of their
// own or of others.
var langfuse = library{
	name:   "langfuse",
	marks:  []string{"langfuse.observation.*"},
	rides:  true,
	before: []rule{langfuseSession},
	after: []rule{
		{to: names.PropertyModel, fallback: keys("langfuse.observation.model.name", "langfuse.observation.metadata.ls_model_name"), read: text},
		{to: names.PropertyProvider, fallback: keys("langfuse.observation.metadata.ls_provider"), read: text},
		{to: names.PropertyPromptName, fallback: keys("langfuse.observation.prompt.name"), read: text},
		{to: names.PropertyPromptVersion, fallback: keys("langfuse.observation.prompt.version"), read: anything},
	},
	drop: []string{
		string(langfuseType), string(langfuseInput), string(langfuseOutput), string(langfuseParameters), string(langfuseUsage),
		string(langfuseFirstToken), string(langfuseInstructions), string(langfuseTools),
	},
	finish: finishLangfuse,
}

// langfuseTrace is what Langfuse's span processor puts on every span of a
// process, whatever library made it: not a library that could rule a span.
var langfuseTrace = library{
	marks:  []string{"langfuse.*"},
	rides:  true,
	before: []rule{langfuseSession},
	after: []rule{
		{to: names.PropertyTraceName, fallback: keys("langfuse.trace.name"), read: text},
	},
	drop: []string{string(langfuseTraceInput), string(langfuseTraceOutput), "langfuse.user.id", "langfuse.internal.*"},
}

func finishLangfuse(c *conversion) {
	if strings.EqualFold(c.text(langfuseLevel), "error") {
		c.consume(langfuseLevel, langfuseStatus)
		c.fail(c.text(langfuseStatus))
	}
	if n, ok := c.tree(langfuseParameters); ok {
		c.fillParameters(&n)
	}
	if n, ok := c.tree(langfuseUsage); ok {
		c.langfuseUsage(&n)
	}
	c.fillFirstToken(langfuseFirstToken)
	switch c.kind {
	case names.EventGeneration:
		input, output := c.parsed(langfuseInput), c.parsed(langfuseOutput)
		c.fillRequest(withToolRoles(&input))
		c.fillResponse(&output)
		c.prependSystem(c.text(langfuseInstructions))
		if tools, ok := c.tree(langfuseTools); ok && len(tools.Items) > 0 {
			c.fillTree(names.PropertyTools, &tools)
		}
	case names.EventEmbedding: // the output is vectors
		c.stateFrom(names.PropertyInput, langfuseInput)
	default:
		c.stateFrom(names.PropertyInputState, langfuseInput)
		c.stateFrom(names.PropertyOutputState, langfuseOutput)
		if c.kind == names.EventTrace {
			c.stateFrom(names.PropertyInputState, langfuseTraceInput)
			c.stateFrom(names.PropertyOutputState, langfuseTraceOutput)
		}
	}
}

// withToolRoles mends the messages of Langfuse's LangChain handler, which has a
// tool's name in place of the role.
func withToolRoles(input *jsontree.Node) *jsontree.Node {
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
	return input
}

// Names of usage in Langfuse's documents. What it has of the details is not in
// the totals: input 338 and input_cached_tokens 128 are 466 tokens.
var (
	langfuseInputNames     = []string{"input", "input_tokens", "prompt_tokens", "promptTokens"}
	langfuseOutputNames    = []string{"output", "output_tokens", "completion_tokens", "completionTokens"}
	langfuseTotalNames     = []string{"total", "total_tokens", "totalTokens"}
	langfuseCacheRead      = []string{"input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_input_tokens"}
	langfuseCacheCreation  = []string{"input_cache_creation", "cache_creation_input_tokens", "input_cache_creation_input_tokens", "input_cache_write"}
	langfuseReasoningNames = []string{"output_reasoning_tokens", "output_reasoning", "reasoning_tokens"}
)

func (c *conversion) langfuseUsage(usage *jsontree.Node) {
	input, hasInput := countOf(firstOfNames(usage, langfuseInputNames...))
	output, hasOutput := countOf(firstOfNames(usage, langfuseOutputNames...))
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
	if total, ok := countOf(firstOfNames(usage, langfuseTotalNames...)); ok {
		inputDetails, outputDetails = missing(total-input-output, inputDetails, outputDetails)
	}
	if hasInput {
		c.fill(prop.Any(names.PropertyInputTokens, attribute.Int64Value(input+inputDetails)))
	}
	if hasOutput {
		c.fill(prop.Any(names.PropertyOutputTokens, attribute.Int64Value(output+outputDetails)))
	}
	c.fillCount(names.PropertyCacheReadTokens, firstOfNames(usage, langfuseCacheRead...))
	c.fillCount(names.PropertyCacheCreationTokens, firstOfNames(usage, langfuseCacheCreation...))
	c.fillCount(names.PropertyReasoningTokens, firstOfNames(usage, langfuseReasoningNames...))
}

// missing returns which of the details are missing in the totals of a usage,
// given by how much the totals fall short of the whole: users who fill in the
// usage themselves may have counted some in. Where nothing fits, all are missing.
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
