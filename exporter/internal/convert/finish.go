package convert

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// finish applies what the GenAI conventions say about several attributes at
// once.
func (c *conversion) finish() {
	c.parameters()
	c.systemInstructions()
	c.outputReason()
	switch c.text(semconv.GenAIOperationNameKey) {
	case semconv.OperationExecuteTool:
		c.tool()
	case semconv.OperationInvokeAgent, semconv.OperationInvokeWorkflow:
		c.agent()
	}
	c.groups()
	c.baseURL()
	c.cacheReporting()
	c.ownLib()
}

// parameterKeys go into $ai_model_parameters under what follows the prefix.
var parameterKeys = []attribute.Key{
	semconv.GenAIRequestTemperatureKey, semconv.GenAIRequestTopPKey, semconv.GenAIRequestTopKKey,
	semconv.GenAIRequestMaxTokensKey, semconv.GenAIRequestFrequencyPenaltyKey, semconv.GenAIRequestPresencePenaltyKey,
	semconv.GenAIRequestSeedKey, semconv.GenAIRequestStopSequencesKey, semconv.GenAIRequestChoiceCountKey,
}

func (c *conversion) parameters() {
	n := jsontree.Obj()
	for _, key := range parameterKeys {
		c.parameter(&n, key, strings.TrimPrefix(string(key), "gen_ai.request."))
	}
	for _, p := range c.lib.parameters {
		c.parameter(&n, p.key, p.name)
		c.consume(p.key)
	}
	if len(n.Members) > 0 {
		c.fillTree(semconv.PropertyModelParameters, &n)
		c.consume(parameterKeys...)
	}
}

// parameter adds an attribute to the parameters under a name.
func (c *conversion) parameter(to *jsontree.Node, key attribute.Key, name string) {
	v, ok := c.attr(key)
	if !ok || c.lib.zeroUnset && isZero(v) {
		return
	}
	value, ok := treeOf(v)
	if !ok {
		value = jsontree.FromValue(v)
	}
	if to.Members == nil {
		to.Members = make([]jsontree.Member, 0, 4)
	}
	if value.Kind != jsontree.Null && to.Get(name) == nil {
		to.Set(name, value)
	}
}

// isZero reports whether a value is the number zero or an empty list.
func isZero(v attribute.Value) bool {
	if n, ok := treeOf(v); ok {
		return len(n.Items)+len(n.Members) == 0
	}
	f, ok := floatOf(v)
	return ok && f == 0
}

// systemInstructions puts the system prompt before the input.
func (c *conversion) systemInstructions() {
	key := semconv.GenAISystemInstructionsKey
	v, ok := c.attr(key)
	if p := c.get(string(key)); !ok && p != nil { // a span event had it
		v, ok = p.Value, true
	}
	c.unset(string(key))
	c.consume(key)
	if !ok || v.Type() == attribute.STRING && len(v.AsString()) > maxCarrier {
		return
	}
	c.prependSystem(instructionText(v))
}

// instructionText joins the texts of a list of parts by a blank line. A plain
// text is itself, and other JSON its text.
func instructionText(v attribute.Value) string {
	n, ok := treeOf(v)
	if !ok {
		if v.Type() == attribute.STRING {
			return v.AsString()
		}
		n = jsontree.FromValue(v)
	}
	if n.Is(jsontree.Object) && partText(&n) != "" {
		n = jsontree.Arr(n)
	}
	if n.Is(jsontree.Array) {
		if texts := joinTexts(&n); texts != "" || len(n.Items) == 0 {
			return texts
		}
	}
	return n.JSON()
}

// joinTexts joins the texts of a list of parts by a blank line.
func joinTexts(parts *jsontree.Node) string {
	var texts []string
	for _, part := range flattened(parts) {
		if s := partText(&part); s != "" {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, "\n\n")
}

// partText returns the text of a message part, in any of its spellings.
func partText(part *jsontree.Node) string {
	if part.Is(jsontree.String) {
		return part.Text
	}
	for _, name := range []string{"content", "text"} {
		if s := part.Get(name).String(); s != "" {
			return s
		}
	}
	return ""
}

// prependSystem puts a system message before the input, unless the input has
// one or is not a list of messages.
func (c *conversion) prependSystem(prompt string) {
	if prompt == "" {
		return
	}
	system := jsontree.Obj(
		jsontree.Member{Name: "role", Value: jsontree.Str("system")},
		jsontree.Member{Name: "content", Value: jsontree.Str(prompt)},
	)
	if !c.hasMessages(semconv.PropertyInput) {
		n := jsontree.Arr(system)
		c.setTree(semconv.PropertyInput, &n)
		return
	}
	input := c.get(semconv.PropertyInput)
	if input.Value.Type() == attribute.STRING {
		text := strings.TrimLeft(input.Value.AsString(), " \t\r\n")
		facts, ok := jsontree.Scan(text)
		if !ok || text[0] != '[' {
			return
		}
		if !facts.System { // nothing to look at: do not decode the whole input
			c.set(event.Doc(semconv.PropertyInput, "["+system.JSON()+","+text[1:]))
			return
		}
	}
	n := treeOfProperty(input)
	if n.Is(jsontree.Array) && n.At(0).Get("role").String() != "system" {
		n.Items = slices.Insert(n.Items, 0, system)
		c.setTree(semconv.PropertyInput, &n)
	}
}

// treeOfProperty returns a property as a tree; text that is JSON is read.
func treeOfProperty(p *event.Property) jsontree.Node {
	if n, ok := treeOf(p.Value); ok {
		return n
	}
	return jsontree.FromValue(p.Value)
}

// outputReason takes the stop reason from the messages, where no attribute
// tells it.
func (c *conversion) outputReason() {
	p := c.get(semconv.PropertyOutputChoices)
	if p == nil || c.isSpan() || c.has(semconv.PropertyStopReason) {
		return
	}
	if p.Value.Type() == attribute.STRING && !strings.Contains(p.Value.AsString(), "finish_reason") {
		return
	}
	n := treeOfProperty(p)
	for i := range n.Items {
		if r := n.Items[i].Get("finish_reason").String(); goodReason(r) {
			c.fillText(semconv.PropertyStopReason, r)
			return
		}
	}
}

// tool names a span after the tool that it runs, with arguments and result.
func (c *conversion) tool() {
	c.move(semconv.PropertySpanName, semconv.GenAIToolNameKey)
	c.move(semconv.PropertyInputState, semconv.GenAIToolCallArgumentsKey)
	c.move(semconv.PropertyOutputState, semconv.GenAIToolCallResultKey)
}

// move sets a property to an attribute, which does not pass through then. A
// state that the library's own rules found already stays.
func (c *conversion) move(property string, key attribute.Key) {
	v, ok := c.attr(key)
	if !ok {
		return
	}
	c.consume(key)
	if property == semconv.PropertySpanName || !c.has(property) {
		c.set(event.Any(property, v))
	}
}

// agent names a span after its agent, with the first thing the user said and
// the last thing the agent said as its states.
func (c *conversion) agent() {
	c.move(semconv.PropertySpanName, semconv.GenAIAgentNameKey)
	c.statesFromMessages()
}

// statesFromMessages fills the states of a span from its messages.
func (c *conversion) statesFromMessages() {
	if p := c.get(semconv.PropertyInput); p != nil {
		n := treeOfProperty(p)
		c.fillTree(semconv.PropertyInputState, firstOf(&n, "user"))
	}
	if p := c.get(semconv.PropertyOutputChoices); p != nil {
		n := treeOfProperty(p)
		c.fillTree(semconv.PropertyOutputState, lastOf(&n, "assistant"))
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

// maxGroups is the longest $groups text that is read.
const maxGroups = 10_000

// groups makes an object of $groups given as JSON text.
func (c *conversion) groups() {
	p := c.get(semconv.PropertyGroups)
	if p == nil || p.Value.Type() != attribute.STRING {
		return
	}
	if text := p.Value.AsString(); len(text) > maxGroups {
		c.unset(semconv.PropertyGroups)
	} else if n, ok := jsontree.ParseContainer(text); ok && n.Is(jsontree.Object) {
		c.setTree(semconv.PropertyGroups, &n)
	}
}

// baseURL tells where the API lives, as exactly as the span knows.
func (c *conversion) baseURL() {
	address := c.text("server.address")
	c.consume("server.address")
	if address == "" || c.has(semconv.PropertyBaseURL) {
		return
	}
	c.setText(semconv.PropertyBaseURL, baseURL(address, c.text("url.full"), c.port()))
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
// more than the input, they cannot, nor where the total counts them once more.
func (c *conversion) cacheReporting() {
	read, hasRead := c.count(semconv.PropertyCacheReadTokens)
	created, hasCreated := c.count(semconv.PropertyCacheCreationTokens)
	if !hasRead && !hasCreated || c.has(semconv.PropertyCacheExclusive) {
		return
	}
	cached := read + created
	input, hasInput := c.count(semconv.PropertyInputTokens)
	output, _ := c.count(semconv.PropertyOutputTokens)
	total, hasTotal := c.tokens("gen_ai.usage.total_tokens")
	exclusive := hasInput && (cached > input || hasTotal && cached > 0 && total == input+output+cached)
	c.set(event.Any(semconv.PropertyCacheExclusive, attribute.BoolValue(exclusive)))
}

// count returns a token property.
func (c *conversion) count(key string) (int64, bool) {
	p := c.get(key)
	if p == nil || p.Value.Type() != attribute.INT64 {
		return 0, false
	}
	return p.Value.AsInt64(), true
}

// ownLib says where the data came from. The name of the library says more than
// that of the SDK.
func (c *conversion) ownLib() {
	if c.lib.name == "" {
		c.fillText(semconv.PropertyAILib, "opentelemetry")
	} else if _, explicit := c.attr(semconv.PropertyAILib); !explicit {
		c.setText(semconv.PropertyAILib, "opentelemetry/"+c.lib.name)
	}
}
