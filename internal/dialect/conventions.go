package dialect

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// FinishConventions applies the rules of the GenAI conventions that combine
// several attributes.
func (c *Conversion) FinishConventions() {
	parameters(c)
	systemInstructions(c)
	outputReason(c)
	vectorsOut(c)
	if c.IsSpan() {
		step(c)
	}
	baseURL(c)
	cacheReporting(c)
	textTokens(c)
	cost(c)
	ownLib(c)
}

// treeOfProperty returns a property as a tree; text that is JSON is read.
func treeOfProperty(p *prop.Property) jsontree.Node {
	if n, ok := attr.Tree(p.Value); ok {
		return n
	}
	return jsontree.FromValue(p.Value)
}

// outputReason takes the stop reason from the messages if no attribute has it.
func outputReason(c *Conversion) {
	p := c.Get(names.PropertyOutputChoices)
	if p == nil || c.Has(names.PropertyStopReason) {
		return
	}
	if p.Value.Type() == attribute.STRING && !strings.Contains(p.Value.AsString(), "finish_reason") {
		return
	}
	n := treeOfProperty(p)
	if n.Is(jsontree.Object) { // one message
		n = jsontree.Arr(n)
	}
	for i := range n.Items {
		if r := n.Items[i].Get("finish_reason").String(); chat.IsStopReason(r) {
			c.FillText(names.PropertyStopReason, r)
			return
		}
	}
}

// step sets the name and the states of a span that is not a call. The states
// are those of a tool, an agent or a workflow, else all messages.
func step(c *Conversion) {
	operation := strings.ToLower(c.Text(names.GenAIOperationNameKey))
	_, runsTool := c.Attr(names.GenAIToolNameKey)
	switch {
	case operation == names.OperationExecuteTool, runsTool && !c.Consumed(names.GenAIToolNameKey):
		tool(c)
	case operation == names.OperationInvokeAgent, operation == names.OperationInvokeWorkflow:
		agent(c, operation)
	case operation == "create_agent", operation == "plan":
		c.moveName(names.GenAIAgentNameKey)
	case operation == "":
		c.nameOfRun(names.GenAIAgentNameKey, workflowNameKey)
	}
	c.moveMessages(names.PropertyInputState, names.PropertyInput)
	c.moveMessages(names.PropertyOutputState, names.PropertyOutputChoices)
}

// moveMessages moves messages to a state, because a span that is not a call has
// no messages. Vercel's wrapper spans keep theirs.
func (c *Conversion) moveMessages(state, messages string) {
	p := c.Get(messages)
	if p == nil || c.libs.has(&vercelAI) {
		return
	}
	for _, property := range [...]string{messages, state} {
		if _, explicit := c.Own.Get(attribute.Key(property)); explicit {
			return // somebody put it there, so both stay
		}
	}
	c.provenance.again(messages)
	c.Fill(prop.Property{Key: state, Value: p.Value, JSON: p.JSON})
	c.Unset(messages)
}

// tool names a span after the tool that it runs, with arguments and result.
func tool(c *Conversion) {
	c.moveName(names.GenAIToolNameKey)
	c.move(names.PropertyInputState, names.GenAIToolCallArgumentsKey)
	c.move(names.PropertyOutputState, names.GenAIToolCallResultKey)
}

// moveName names the span after an attribute and consumes it.
func (c *Conversion) moveName(key attribute.Key) {
	c.rename(key)
	c.Consume(key)
}

// move sets a state to an attribute and consumes it. It does nothing if the
// library's own rules have consumed the attribute or set the state.
func (c *Conversion) move(state string, key attribute.Key) {
	v, ok := c.Attr(key)
	if !ok || c.Consumed(key) {
		return
	}
	c.Consume(key)
	if v, ok = attr.Document(v); ok && c.Replaceable(state) {
		c.Set(prop.Any(state, v))
	}
}

// Replaceable reports whether a property is unset or was set only by an
// explicit attribute of the span, which a primary attribute replaces.
func (c *Conversion) Replaceable(property string) bool {
	_, explicit := c.Own.Get(attribute.Key(property))
	return explicit || !c.Has(property)
}

// agent names a span after its agent, with the first user message and the last
// assistant message as its states.
func agent(c *Conversion, operation string) {
	if operation == names.OperationInvokeWorkflow {
		c.nameOfRun(workflowNameKey, names.GenAIAgentNameKey)
	} else {
		c.nameOfRun(names.GenAIAgentNameKey, workflowNameKey)
	}
	statesFromMessages(c)
}

const workflowNameKey = attribute.Key("gen_ai.workflow.name")

// nameOfRun names a span after what it runs, or else after what that is part of.
func (c *Conversion) nameOfRun(run, whole attribute.Key) {
	c.moveName(whole)
	c.moveName(run)
}

// statesFromMessages fills the states of a span from its messages.
func statesFromMessages(c *Conversion) {
	if p := c.Get(names.PropertyInput); p != nil {
		n := treeOfProperty(p)
		c.FillTree(names.PropertyInputState, chat.First(&n, "user"))
	}
	if p := c.Get(names.PropertyOutputChoices); p != nil {
		n := treeOfProperty(p)
		c.FillTree(names.PropertyOutputState, chat.Last(&n, "assistant"))
	}
}

// baseURL sets the address of the API, as exactly as the span has it.
func baseURL(c *Conversion) {
	address := c.Text("server.address")
	c.Consume("server.address")
	if address == "" && !c.IsSpan() {
		if full := c.Text("url.full", "http.url"); full != "" {
			c.FillText(names.PropertyBaseURL, originOf(full))
		}
	}
	if address != "" && c.Replaceable(names.PropertyBaseURL) {
		c.SetText(names.PropertyBaseURL, joinBaseURL(address, c.Text("url.full"), port(c)))
	}
}

func port(c *Conversion) string {
	v, ok := c.Attr("server.port")
	if !ok {
		return ""
	}
	v, ok = attr.Tokens(v)
	if !ok || v.AsInt64() == 0 || v.AsInt64() > 65535 {
		return ""
	}
	return string(jsontree.AppendValue(nil, v))
}

// cacheReporting tells PostHog whether the input tokens include the cached
// ones, as OpenTelemetry defines it. Input tokens exclude cached tokens if
// cached > input, if total = input + output + cached, or if the instrumentation
// forwards Anthropic's usage unchanged.
func cacheReporting(c *Conversion) {
	read, hasRead := c.Count(names.PropertyCacheReadTokens)
	created, hasCreated := c.Count(names.PropertyCacheCreationTokens)
	if !hasRead && !hasCreated || c.Has(names.PropertyCacheExclusive) {
		return
	}
	cached := read + created
	input, hasInput := c.Count(names.PropertyInputTokens)
	output, _ := c.Count(names.PropertyOutputTokens)
	total, hasTotal := c.Tokens("gen_ai.usage.total_tokens")
	apart := hasTotal && total == input+output+cached || c.Span.InstrumentationScope().Name == traceloopClaude
	exclusive := hasInput && (cached > input || cached > 0 && apart)
	c.Set(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(exclusive)))
}

// Count returns a token property.
func (c *Conversion) Count(key string) (int64, bool) {
	p := c.Get(key)
	if p == nil || p.Value.Type() != attribute.INT64 {
		return 0, false
	}
	return p.Value.AsInt64(), true
}

// ownLib sets $ai_lib to the instrumentation library, which is more specific
// than the SDK.
func ownLib(c *Conversion) {
	if c.lib.name == "" {
		c.FillText(names.PropertyAILib, "opentelemetry")
	} else if _, explicit := c.Attr(names.PropertyAILib); !explicit {
		c.SetText(names.PropertyAILib, "opentelemetry/"+c.lib.name)
	}
}
