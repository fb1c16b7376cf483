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

// Attributes of Anthropic's SDKs.
const (
	anthropicToolResult = attribute.Key("anthropic.tool_result.content")
	anthropicCache5m    = attribute.Key("anthropic.usage.cache_creation.ephemeral_5m_input_tokens")
	anthropicCache1h    = attribute.Key("anthropic.usage.cache_creation.ephemeral_1h_input_tokens")
)

// anthropic is the tracing built into Anthropic's own SDKs.
var anthropic = library{
	name:     "anthropic",
	matchers: []string{"anthropic.*"},
	before: []rule{
		{
			to:       names.PropertyStopReason,
			fallback: keys("anthropic.message.stop_reason", "anthropic.session.turn.stop_reason"), read: attr.Reason,
		},
		{to: names.PropertyAISessionID, fallback: keys("anthropic.session.id"), read: attr.Text},
	},
	postprocess: postprocessAnthropic,
}

func postprocessAnthropic(c *Conversion) {
	addTokens(c, names.PropertyInputTokens, "anthropic.usage.compaction.input_tokens")
	addTokens(c, names.PropertyOutputTokens, "anthropic.usage.compaction.output_tokens")
	cacheLifetimes(c)
	if _, hasInput := c.Count(names.PropertyInputTokens); hasInput {
		c.Fill(prop.Any(names.PropertyCacheExclusive, attribute.BoolValue(false)))
	}
	if c.Text(names.GenAIOperationNameKey) == names.OperationExecuteTool {
		c.move(names.PropertyOutputState, anthropicToolResult)
	}
	webSearches(c)
}

// addTokens adds the tokens of a second pass over the conversation. The pass's
// own attributes are kept, and they do not create usage on a span without any.
func addTokens(c *Conversion, property string, key attribute.Key) {
	more, ok := c.Tokens(key)
	used, hasUsed := c.Count(property)
	if ok && hasUsed {
		c.Set(prop.Any(property, attribute.Int64Value(used+more)))
	}
}

// cacheLifetimes splits the tokens written to the cache into those for five
// minutes and those for an hour, which have different prices. Parts that do not
// add up to the whole are ignored.
func cacheLifetimes(c *Conversion) {
	short, hasShort := c.Tokens(anthropicCache5m)
	long, hasLong := c.Tokens(anthropicCache1h)
	total, hasTotal := c.Count(names.PropertyCacheCreationTokens)
	if !hasShort && !hasLong || hasTotal && total != short+long {
		return
	}
	c.Consume(anthropicCache5m, anthropicCache1h)
	c.Set(prop.Any(names.PropertyCacheCreationTokens, attribute.Int64Value(short+long)))
	c.fillCacheLifetimes(short, long)
}

// fillCacheLifetimes fills both parts, or neither if the span sets one of them:
// the other must not be guessed.
func (c *Conversion) fillCacheLifetimes(short, long int64) {
	if c.Get(names.PropertyCacheCreation5mTokens) == nil && c.Get(names.PropertyCacheCreation1hTokens) == nil {
		c.Set(prop.Any(names.PropertyCacheCreation5mTokens, attribute.Int64Value(short)))
		c.Set(prop.Any(names.PropertyCacheCreation1hTokens, attribute.Int64Value(long)))
	}
}

// webSearches counts the successful searches that Anthropic's servers ran:
// calls of web_search with a server-side id whose result is a list. A failed
// search has an object as result.
func webSearches(c *Conversion) {
	p := c.Get(names.PropertyOutputChoices)
	if p == nil || p.Value.Type() == attribute.STRING && !strings.Contains(p.Value.AsString(), "srvtoolu_") {
		return
	}
	asked, answered := map[string]bool{}, map[string]bool{}
	n := treeOfProperty(p)
	n.Walk(func(part *jsontree.Node) bool {
		id := chat.FirstOfNames(part, "id", "tool_use_id").String()
		switch {
		case !strings.HasPrefix(id, "srvtoolu_"):
		case part.Get("name").String() == "web_search":
			asked[id] = true
		case isList(chat.FirstOfNames(part, "response", "result", "content")):
			answered[id] = true
		}
		return true
	})
	searches := int64(0)
	for id := range asked {
		if answered[id] {
			searches++
		}
	}
	if searches > 0 {
		c.Fill(prop.Any(names.PropertyWebSearchCount, attribute.Int64Value(searches)))
	}
}

// isList reports whether a value is a list, or the JSON text of one.
func isList(n *jsontree.Node) bool {
	if n.Is(jsontree.String) {
		list, _ := jsontree.ParseContainer(n.Text)
		return list.Is(jsontree.Array)
	}
	return n.Is(jsontree.Array)
}
