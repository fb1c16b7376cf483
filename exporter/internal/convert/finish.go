package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// finish applies what the GenAI conventions say about several attributes at
// once.
func (c *conversion) finish() {
	c.parameters()
	c.systemInstructions()
	c.outputReason()
	c.vectorsOut()
	switch c.text(names.GenAIOperationNameKey) {
	case names.OperationExecuteTool:
		c.tool()
	case names.OperationInvokeAgent, names.OperationInvokeWorkflow:
		c.agent()
	}
	c.baseURL()
	c.cacheReporting()
	c.ownLib()
}

// treeOfProperty returns a property as a tree; text that is JSON is read.
func treeOfProperty(p *prop.Property) jsontree.Node {
	if n, ok := treeOf(p.Value); ok {
		return n
	}
	return jsontree.FromValue(p.Value)
}

// outputReason takes the stop reason from the messages, where no attribute
// tells it.
func (c *conversion) outputReason() {
	p := c.get(names.PropertyOutputChoices)
	if p == nil || c.has(names.PropertyStopReason) {
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
		if r := n.Items[i].Get("finish_reason").String(); goodReason(r) {
			c.fillText(names.PropertyStopReason, r)
			return
		}
	}
}

// tool names a span after the tool that it runs, with arguments and result.
func (c *conversion) tool() {
	c.moveName(names.GenAIToolNameKey)
	c.move(names.PropertyInputState, names.GenAIToolCallArgumentsKey)
	c.move(names.PropertyOutputState, names.GenAIToolCallResultKey)
}

// moveName names the span after an attribute, which does not pass through then.
func (c *conversion) moveName(key attribute.Key) {
	c.setName(key)
	c.consume(key)
}

// move sets a state to an attribute, which does not pass through then. It does
// nothing where the library's own rules have consumed the attribute or found
// the state already.
func (c *conversion) move(state string, key attribute.Key) {
	v, ok := c.attr(key)
	if !ok || c.consumed(key) {
		return
	}
	c.consume(key)
	if v, ok = document(v); ok && c.replaceable(state) {
		c.set(prop.Any(state, v))
	}
}

// replaceable reports whether a property is not set, or only by somebody who
// put it on the span: a primary attribute replaces that.
func (c *conversion) replaceable(property string) bool {
	_, explicit := c.own.get(attribute.Key(property))
	return explicit || !c.has(property)
}

// agent names a span after its agent, with the first thing the user said and
// the last thing the agent said as its states.
func (c *conversion) agent() {
	c.moveName(names.GenAIAgentNameKey)
	c.statesFromMessages()
}

// statesFromMessages fills the states of a span from its messages.
func (c *conversion) statesFromMessages() {
	if p := c.get(names.PropertyInput); p != nil {
		n := treeOfProperty(p)
		c.fillTree(names.PropertyInputState, firstOf(&n, "user"))
	}
	if p := c.get(names.PropertyOutputChoices); p != nil {
		n := treeOfProperty(p)
		c.fillTree(names.PropertyOutputState, lastOf(&n, "assistant"))
	}
}

// firstOf returns the first message with a role; a text is a message itself.
func firstOf(messages *jsontree.Node, role string) *jsontree.Node {
	if messages.Is(jsontree.String) {
		return messages
	}
	for i := range messages.Items {
		if m := &messages.Items[i]; m.Get("role").String() == role {
			return m
		}
	}
	return nil
}

// lastOf is [firstOf] from the end.
func lastOf(messages *jsontree.Node, role string) *jsontree.Node {
	if messages.Is(jsontree.String) {
		return messages
	}
	for i := len(messages.Items) - 1; i >= 0; i-- {
		if m := &messages.Items[i]; m.Get("role").String() == role {
			return m
		}
	}
	return nil
}

// baseURL tells where the API lives, as exactly as the span knows.
func (c *conversion) baseURL() {
	address := c.text("server.address")
	c.consume("server.address")
	if address != "" && c.replaceable(names.PropertyBaseURL) {
		c.setText(names.PropertyBaseURL, baseURL(address, c.text("url.full"), c.port()))
	}
}

func (c *conversion) port() string {
	v, ok := c.attr("server.port")
	if !ok {
		return ""
	}
	v, ok = tokens(v)
	if !ok || v.AsInt64() == 0 || v.AsInt64() > 65535 {
		return ""
	}
	return string(jsontree.AppendValue(nil, v))
}

// cacheReporting says whether the input tokens include the cached ones, which
// PostHog cannot know: OpenTelemetry's do. Where the cached tokens alone are
// more than the input, they cannot, nor where the total counts them once more,
// nor by a library that hands on what Anthropic's API says.
func (c *conversion) cacheReporting() {
	read, hasRead := c.count(names.PropertyCacheReadTokens)
	created, hasCreated := c.count(names.PropertyCacheCreationTokens)
	if !hasRead && !hasCreated || c.has(names.PropertyCacheExclusive) {
		return
	}
	cached := read + created
	input, hasInput := c.count(names.PropertyInputTokens)
	output, _ := c.count(names.PropertyOutputTokens)
	total, hasTotal := c.tokens("gen_ai.usage.total_tokens")
	apart := hasTotal && total == input+output+cached || c.span.InstrumentationScope().Name == traceloopClaude
	exclusive := hasInput && (cached > input || cached > 0 && apart)
	c.set(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(exclusive)))
}

// count returns a token property.
func (c *conversion) count(key string) (int64, bool) {
	p := c.get(key)
	if p == nil || p.Value.Type() != attribute.INT64 {
		return 0, false
	}
	return p.Value.AsInt64(), true
}

// tokens returns a span attribute that is a number of tokens.
func (c *conversion) tokens(key attribute.Key) (int64, bool) {
	v, ok := c.attr(key)
	if !ok {
		return 0, false
	}
	if v, ok = tokens(v); !ok {
		return 0, false
	}
	return v.AsInt64(), true
}

// ownLib says where the data came from. The name of the library says more than
// that of the SDK.
func (c *conversion) ownLib() {
	if c.lib.name == "" {
		c.fillText(names.PropertyAILib, "opentelemetry")
	} else if _, explicit := c.attr(names.PropertyAILib); !explicit {
		c.setText(names.PropertyAILib, "opentelemetry/"+c.lib.name)
	}
}
