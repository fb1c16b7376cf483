package dialect

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Libraries older than the GenAI conventions write JSON documents with the
// usage, the parameters or the tools of a call. This file has the rules for
// values in such documents; rule.go has those for attributes.

// fillJSON fills a property with what an attribute holds; any JSON text counts,
// scalars too.
func (c *Conversion) fillJSON(property string, key attribute.Key) {
	n := c.Parsed(key)
	c.FillTree(property, &n)
}

// countOf reads a number of tokens.
func countOf(n *jsontree.Node) (int64, bool) {
	if chat.NumberText(n) == "" {
		return 0, false
	}
	v, ok := attr.Tokens(attribute.StringValue(n.Text))
	return v.AsInt64(), ok
}

// fillCount fills a property with the first of the numbers of tokens.
func (c *Conversion) fillCount(property string, nodes ...*jsontree.Node) {
	for _, n := range nodes {
		if count, ok := countOf(n); ok {
			c.Fill(prop.Any(property, attribute.Int64Value(count)))
			return
		}
	}
}

// count is a property that counts tokens, and the paths in a document where its
// number may be, first match wins.
type count struct {
	to    string
	paths []string
}

// fillUsage fills the token properties whose numbers are in a document.
func (c *Conversion) fillUsage(usage *jsontree.Node, counts []count) {
	for _, n := range counts {
		for _, path := range n.paths {
			if tokens, ok := countOf(usage.Path(path)); ok {
				c.Fill(prop.Any(n.to, attribute.Int64Value(tokens)))
				break
			}
		}
	}
}

// cacheIncluded is for libraries whose input tokens always include the cached
// ones, even if the numbers suggest otherwise.
func cacheIncluded(c *Conversion) {
	_, hasRead := c.Count(names.PropertyCacheReadTokens)
	_, hasCreated := c.Count(names.PropertyCacheCreationTokens)
	if hasRead || hasCreated {
		c.Fill(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(false)))
	}
}

// fillNumber fills a property with a number.
func (c *Conversion) fillNumber(property string, n *jsontree.Node) {
	if chat.NumberText(n) == "" {
		return
	}
	if v, ok := attr.Number(attribute.StringValue(n.Text)); ok {
		c.Fill(prop.Any(property, v))
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

// fillParameters fills the parameters of a request. Null values are left out. A
// later step removes secrets.
func (c *Conversion) fillParameters(n *jsontree.Node) {
	if !n.Is(jsontree.Object) {
		return
	}
	set := jsontree.Obj()
	for _, m := range n.Members {
		if m.Value.Kind != jsontree.Null && !(m.Value.Is(jsontree.String) && m.Value.Text == "") {
			set.Members = append(set.Members, m)
		}
	}
	if len(set.Members) > 0 {
		c.FillTree(names.PropertyModelParameters, &set)
	}
	c.fillNumber(names.PropertyTemperature, n.Get("temperature"))
	for _, name := range []string{"max_tokens", "maxTokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"} {
		c.fillCount(names.PropertyMaxTokens, n.Get(name))
	}
	if stream := n.Get("stream"); stream.Is(jsontree.Bool) {
		c.Fill(prop.Any(names.PropertyStream, attribute.BoolValue(stream.Text == "true")))
	}
}

// fillTools fills the tools of a request. Gemini groups their declarations.
func (c *Conversion) fillTools(request *jsontree.Node) {
	tools := chat.FirstList(request, "tools")
	if tools == nil {
		tools = chat.FirstList(request.Get("config"), "tools")
	}
	list := jsontree.Arr()
	for _, tool := range chat.Flattened(tools) {
		if declared := chat.FirstList(&tool, "functionDeclarations", "function_declarations"); declared != nil {
			list.Items = append(list.Items, declared.Items...)
		} else {
			list.Items = append(list.Items, tool)
		}
	}
	if len(list.Items) > 0 {
		c.FillTree(names.PropertyTools, &list)
	}
}

// fillRequest fills messages and tools from the document of a request. A
// document of unknown shape becomes the input unchanged.
func (c *Conversion) fillRequest(request *jsontree.Node) {
	if messages := chat.FromRequest(request); len(messages) > 0 {
		c.fillInput(messages)
	} else if !chat.IsBlank(request) {
		c.FillTree(names.PropertyInput, request)
	}
	c.fillTools(request)
}

// fillResponse is [Conversion.fillRequest] for the document of a response.
func (c *Conversion) fillResponse(response *jsontree.Node) {
	c.dropVectors(response)
	messages, why := chat.FromResponse(response)
	if len(messages) > 0 {
		c.fillOutput(messages)
	} else if !chat.IsBlank(response) {
		c.FillTree(names.PropertyOutputChoices, response)
	}
	if chat.IsStopReason(why) {
		c.FillText(names.PropertyStopReason, why)
	}
	c.FillText(names.PropertyServiceTier, response.Get("service_tier").String())
}

// fillState fills the state of a span with a document, unless it holds nothing.
func (c *Conversion) fillState(property string, n *jsontree.Node) {
	c.dropVectors(n)
	if !chat.IsBlank(n) {
		c.FillTree(property, chat.Readable(n))
	}
}

// fillFirstToken fills the time to the first token from its timestamp, a text
// that may be quoted.
func fillFirstToken(c *Conversion, key attribute.Key) {
	at, err := time.Parse(time.RFC3339Nano, strings.Trim(c.Text(key), `"`))
	if err != nil {
		return
	}
	if d := at.Sub(c.Span.StartTime()); d >= 0 {
		c.Fill(prop.Any(names.PropertyTimeToFirstToken, attribute.Float64Value(d.Seconds())))
	}
}

// toolStates converts messages to the states of a tool: some libraries write
// its arguments and its result as messages.
func toolStates(c *Conversion) {
	stateOfMessage(c, names.PropertyInputState, names.PropertyInput, names.GenAIToolCallArgumentsKey)
	stateOfMessage(c, names.PropertyOutputState, names.PropertyOutputChoices, names.GenAIToolCallResultKey)
}

func stateOfMessage(c *Conversion, state, messages string, instead attribute.Key) {
	p := c.Get(messages)
	if p == nil {
		return
	}
	if _, ok := c.Attr(instead); !ok {
		n := treeOfProperty(p)
		m := n.At(0)
		part := m.Get("parts").At(0)
		for _, value := range []*jsontree.Node{part.Get("arguments"), part.Get("response"), m.Get("content")} {
			c.FillTree(state, value)
		}
	}
	c.Unset(messages)
}
