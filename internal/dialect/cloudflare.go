package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Attributes of Cloudflare's AI Gateway: what the provider got and what it
// answered, as messages or as whole bodies.
const (
	cloudflarePrompt     = attribute.Key("gen_ai.prompt_json")
	cloudflareCompletion = attribute.Key("gen_ai.completion_json")
)

// cloudflare is Cloudflare's AI Gateway, which names no operation: a model and
// usage tell a call.
var cloudflare = library{
	name:      "cloudflare-ai-gateway",
	marks:     []string{string(cloudflarePrompt), string(cloudflareCompletion), "gen_ai.model.provider"},
	scopes:    []string{"ai-gateway*"},
	documents: documents{input: cloudflarePrompt, output: cloudflareCompletion, mendResponse: unwrapResult},
	finish: func(c *Conversion) {
		if c.IsSpan() {
			return
		}
		request := c.Parsed(cloudflarePrompt)
		c.fillParameters(pick(&request, parameterNames))
	},
}

// unwrapResult takes the answer of a model of Cloudflare's own out of the envelope
// of its API, {"result": {...}, "success": true}.
func unwrapResult(response *jsontree.Node) {
	if inner := response.Get("result"); inner.Is(jsontree.Object) && response.Get("success") != nil {
		*response = *inner
	}
}
