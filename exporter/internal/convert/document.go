package convert

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Libraries that predate the GenAI conventions write JSON documents with the
// usage, the parameters or the tools of a call. These are the rules for a value
// in such a document, as rule.go has them for an attribute.

// parsed returns the JSON document in an attribute; text that is none is itself.
func (c *conversion) parsed(key attribute.Key) jsontree.Node {
	if v, ok := c.attr(key); ok {
		return jsonOf(v)
	}
	return jsontree.Node{}
}

// jsonOf reads any JSON text; other text is itself.
func jsonOf(v attribute.Value) jsontree.Node {
	if v.Type() == attribute.STRING {
		if n, ok := jsontree.Parse(v.AsString()); ok {
			return n
		}
	}
	return jsontree.FromValue(v)
}

// jsonText returns a text as it is, and a structured value as JSON text.
func jsonText(v attribute.Value) string {
	if v.Type() == attribute.STRING {
		return v.AsString()
	}
	return string(jsontree.AppendValue(nil, v))
}

// fillJSON fills a property with what an attribute holds; any JSON text counts,
// scalars too.
func (c *conversion) fillJSON(property string, key attribute.Key) {
	n := c.parsed(key)
	c.fillTree(property, &n)
}

// countOf reads a number of tokens.
func countOf(n *jsontree.Node) (int64, bool) {
	if numberText(n) == "" {
		return 0, false
	}
	v, ok := tokens(attribute.StringValue(n.Text))
	return v.AsInt64(), ok
}

// fillCount fills a property with the first of the numbers of tokens.
func (c *conversion) fillCount(property string, nodes ...*jsontree.Node) {
	for _, n := range nodes {
		if count, ok := countOf(n); ok {
			c.fill(prop.Any(property, attribute.Int64Value(count)))
			return
		}
	}
}

// cacheIncluded says of a library that its input tokens include the cached
// ones, whatever the numbers look like.
func (c *conversion) cacheIncluded() {
	_, hasRead := c.count(names.PropertyCacheReadTokens)
	_, hasCreated := c.count(names.PropertyCacheCreationTokens)
	if hasRead || hasCreated {
		c.fill(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(false)))
	}
}

// fillNumber fills a property with a number.
func (c *conversion) fillNumber(property string, n *jsontree.Node) {
	if numberText(n) == "" {
		return
	}
	if v, ok := number(attribute.StringValue(n.Text)); ok {
		c.fill(prop.Any(property, v))
	}
}

// pick returns those members of an object that have one of the names.
func pick(n *jsontree.Node, names []string) *jsontree.Node {
	picked := jsontree.Obj()
	if n != nil {
		for _, m := range n.Members {
			if slices.Contains(names, m.Name) {
				picked.Members = append(picked.Members, m)
			}
		}
	}
	return &picked
}

// parameterNames are the request parameters that documents hold among other
// things.
var parameterNames = []string{
	"temperature", "top_p", "topP", "top_k", "topK", "seed", "n", "candidate_count", "candidateCount",
	"max_tokens", "maxTokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens",
	"frequency_penalty", "frequencyPenalty", "presence_penalty", "presencePenalty",
	"stop", "stop_sequences", "stopSequences", "stream", "tool_choice", "parallel_tool_calls", "response_format",
	"reasoning", "reasoning_effort", "thinking", "thinking_config", "thinkingConfig", "service_tier",
}

// fillParameters fills what the parameters of a request tell. One without a
// value is left out, and so is the key to the API, which Genkit takes there.
func (c *conversion) fillParameters(n *jsontree.Node) {
	if !n.Is(jsontree.Object) {
		return
	}
	set := jsontree.Obj()
	for _, m := range n.Members {
		switch {
		case m.Name == "apiKey" || m.Name == "api_key":
		case m.Value.Kind != jsontree.Null && !(m.Value.Is(jsontree.String) && m.Value.Text == ""):
			set.Members = append(set.Members, m)
		}
	}
	if len(set.Members) > 0 {
		c.fillTree(names.PropertyModelParameters, &set)
	}
	c.fillNumber(names.PropertyTemperature, n.Get("temperature"))
	for _, name := range []string{"max_tokens", "maxTokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"} {
		c.fillCount(names.PropertyMaxTokens, n.Get(name))
	}
	if stream := n.Get("stream"); stream.Is(jsontree.Bool) {
		c.fill(prop.Any(names.PropertyStream, attribute.BoolValue(stream.Text == "true")))
	}
}

// fillTools fills the tools of a request. Gemini groups their declarations.
func (c *conversion) fillTools(request *jsontree.Node) {
	tools := firstList(request, "tools")
	if tools == nil {
		tools = firstList(request.Get("config"), "tools")
	}
	list := jsontree.Arr()
	for _, tool := range flattened(tools) {
		if declared := firstList(&tool, "functionDeclarations", "function_declarations"); declared != nil {
			list.Items = append(list.Items, declared.Items...)
		} else {
			list.Items = append(list.Items, tool)
		}
	}
	if len(list.Items) > 0 {
		c.fillTree(names.PropertyTools, &list)
	}
}

// fillRequest fills what the document of a request tells: messages and tools. A
// document of an unknown shape is the input as it stands.
func (c *conversion) fillRequest(request *jsontree.Node) {
	if messages := requestMessages(request); len(messages) > 0 {
		c.fillInput(messages)
	} else if !isBlank(request) {
		c.fillTree(names.PropertyInput, request)
	}
	c.fillTools(request)
}

// fillResponse is [conversion.fillRequest] for the document of a response.
func (c *conversion) fillResponse(response *jsontree.Node) {
	c.dropVectors(response)
	messages, why := responseMessages(response)
	if len(messages) > 0 {
		c.fillOutput(messages)
	} else if !isBlank(response) {
		c.fillTree(names.PropertyOutputChoices, response)
	}
	if goodReason(why) {
		c.fillText(names.PropertyStopReason, why)
	}
}

// isBlank reports whether a document holds nothing.
func isBlank(n *jsontree.Node) bool {
	switch n.Kind {
	case jsontree.Null:
		return true
	case jsontree.String:
		return n.Text == ""
	case jsontree.Array:
		return len(n.Items) == 0
	case jsontree.Object:
		return len(n.Members) == 0
	}
	return false
}

// fillState fills the state of a span with a document, unless it holds nothing.
func (c *conversion) fillState(property string, n *jsontree.Node) {
	c.dropVectors(n)
	if !isBlank(n) {
		c.fillTree(property, readable(n))
	}
}

// readable replaces the messages that LangChain serialised by plain ones; a
// tool's result that is such a message is its content.
func readable(n *jsontree.Node) *jsontree.Node {
	if m, ok := langChainMessage(n); ok && n.Get("lc") != nil {
		if m.Get("role").String() == "tool" {
			return m.Get("content")
		}
		return &m
	}
	n.Walk(func(inner *jsontree.Node) bool {
		if inner.Get("lc") != nil {
			if m, ok := langChainMessage(inner); ok {
				*inner = m
				return false
			}
		}
		return true
	})
	return n
}

// fillFirstToken fills the time to the first token from the moment when it came,
// a time in a text that may be quoted.
func (c *conversion) fillFirstToken(key attribute.Key) {
	at, err := time.Parse(time.RFC3339Nano, strings.Trim(c.text(key), `"`))
	if err != nil {
		return
	}
	if d := at.Sub(c.span.StartTime()); d >= 0 {
		c.fill(prop.Any(names.PropertyTimeToFirstToken, attribute.Float64Value(d.Seconds())))
	}
}

// toolStates makes the states of a tool out of the messages in which some
// libraries have its arguments and its result.
func (c *conversion) toolStates() {
	c.stateOfMessage(names.PropertyInputState, names.PropertyInput, names.GenAIToolCallArgumentsKey)
	c.stateOfMessage(names.PropertyOutputState, names.PropertyOutputChoices, names.GenAIToolCallResultKey)
}

func (c *conversion) stateOfMessage(state, messages string, instead attribute.Key) {
	p := c.get(messages)
	if p == nil {
		return
	}
	if _, ok := c.attr(instead); !ok {
		n := treeOfProperty(p)
		m := n.At(0)
		part := m.Get("parts").At(0)
		for _, value := range []*jsontree.Node{part.Get("arguments"), part.Get("response"), m.Get("content")} {
			c.fillTree(state, value)
		}
	}
	c.unset(messages)
}
