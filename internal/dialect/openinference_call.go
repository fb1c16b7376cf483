package dialect

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// inferenceCall fills a generation. If the flattened messages are incomplete,
// it uses the recorded request and response.
func inferenceCall(c *Conversion, input, output []jsontree.Node) {
	if prompts, ok := c.Tree(inferencePrompts); ok {
		c.Consume(inferencePrompts)
		if len(input) == 0 {
			input = chat.Messages(&prompts, "user")
		}
	}
	if len(input) == 0 {
		input = textMessages(c.unflatten("llm.prompts.", shape{fields: []flat{{"prompt.text", "text"}}}), "user")
	}
	if len(output) == 0 {
		output = textMessages(c.unflatten("llm.choices.", shape{fields: []flat{{"completion.text", "text"}}}), "assistant")
	}
	parameters, _ := c.Tree(inferenceParameters)
	if v, ok := c.Attr(inferenceInput); ok && wantsRequest(c, v, input) {
		request := c.documentIn(v)
		if whole := chat.FromRequest(&request); lacking(input, v) && (len(input) == 0 || len(whole) > 0 && !chat.Hollow(whole)) {
			input = whole
		}
		inferenceModelID(c, &request)
		c.fillInput(input)
		c.fillRequest(&request)
		c.prependSystem(chat.SystemPrompt(&request))
	}
	c.fillInput(input)
	c.prependSystem(chat.SystemPrompt(&parameters))
	inferenceUsage(c)
	lost := (len(output) == 0 || chat.Hollow(output)) && !c.hasMessages(names.PropertyOutputChoices)
	if v, ok := c.Attr(inferenceOutput); ok && (lost || !c.Has(names.PropertyStopReason)) {
		inferenceResponse(c, c.documentIn(v), output)
	}
	c.fillOutput(output)
	metadata, _ := c.Tree("metadata")
	c.FillText(names.PropertyProvider, metadata.Get("ls_provider").String()) // LangChain's
	c.fillTools(&parameters)
	c.fillParameters(without(&parameters, secretOrContent))
}

// inferenceUsage takes the cached tokens from the recorded response if no
// attribute has them.
func inferenceUsage(c *Conversion) {
	if _, known := c.Count(names.PropertyCacheReadTokens); known {
		return
	}
	v, ok := c.Attr(inferenceOutput)
	text := textOfValue(v)
	if ok && (text == "" || strings.Contains(text, "cacheRead") || strings.Contains(text, "cache_read") || strings.Contains(text, "cached_tokens")) {
		response := c.documentIn(v)
		c.fillProviderUsage(response.Get("usage"))
	}
}

// inferenceResponse takes the messages from the recorded response if the
// flattened ones are less complete, else only the stop reason.
func inferenceResponse(c *Conversion, response jsontree.Node, flattened []jsontree.Node) {
	messages, why := chat.FromResponse(&response)
	if len(flattened) == 0 || chat.Hollow(flattened) && len(messages) > 0 && !chat.Hollow(messages) {
		c.fillResponse(&response)
	} else if chat.IsStopReason(why) {
		c.FillText(names.PropertyStopReason, why)
	}
}

// wantsRequest reports, without parsing it, whether the recorded request may
// have more than the flattened messages: they lack content, the system prompt
// is separate, or the model is only the name of its maker.
func wantsRequest(c *Conversion, request attribute.Value, messages []jsontree.Node) bool {
	if c.hasMessages(names.PropertyInput) {
		return false
	}
	return lacking(messages, request) || makerAsModel(c) ||
		messages[0].Get("role").String() != "system" && slices.ContainsFunc(chat.SystemNames, func(name string) bool {
			return strings.Contains(attr.JSONText(request), `"`+name+`":`)
		})
}

// lacking reports whether flattened messages lack content that the recorded
// request has: a message is empty, or tool results were merged.
func lacking(messages []jsontree.Node, request attribute.Value) bool {
	if len(messages) == 0 || chat.Hollow(messages) {
		return true
	}
	results := 0
	for i := range messages {
		if messages[i].Get("tool_call_id") != nil {
			results++
		}
	}
	return strings.Count(attr.JSONText(request), `"tool_result"`) > results
}

// makerAsModel reports whether the model's name is the name of its maker, as
// the Bedrock instrumentation writes it for inference profiles.
func makerAsModel(c *Conversion) bool {
	maker := c.Text(inferenceSystem)
	return maker != "" && maker == c.Text(inferenceModel)
}

func inferenceModelID(c *Conversion, request *jsontree.Node) {
	if model := cmp.Or(request.Get("modelId").String(), request.Get("model").String()); makerAsModel(c) && model != "" {
		c.SetText(names.PropertyModel, model)
	}
}

// textMessages returns a message for each text of a completions call.
func textMessages(list []jsontree.Node, role string) []jsontree.Node {
	for i := range list {
		list[i] = chat.Message(role, list[i].Get("text").String())
	}
	return list
}

// secretOrContent are members of a request that must not become parameters:
// content, which has its own properties, and secrets.
var secretOrContent = append([]string{
	"messages", "input", "inputs", "contents", "prompt", "tools", "functions",
	"api_key", "apiKey", "headers", "extra_headers", "extraHeaders", "authorization", "metadata",
}, chat.SystemNames...)

// without returns an object without some members.
func without(n *jsontree.Node, names []string) *jsontree.Node {
	rest := jsontree.Obj()
	for _, m := range n.Members {
		if !slices.Contains(names, m.Name) {
			rest.Members = append(rest.Members, m)
		}
	}
	return &rest
}
