package dialect

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// Attributes of Cloudflare's AI Gateway: the provider's request and response,
// as messages or as whole bodies.
const (
	cloudflarePrompt     = attribute.Key("gen_ai.prompt_json")
	cloudflareCompletion = attribute.Key("gen_ai.completion_json")
)

// cloudflare is Cloudflare's AI Gateway. It sets no operation: a span with a
// model and usage is a call.
var cloudflare = library{
	name:      "cloudflare-ai-gateway",
	matchers:  []string{string(cloudflarePrompt), string(cloudflareCompletion), "gen_ai.model.provider"},
	scopes:    []string{"ai-gateway*"},
	documents: documents{input: cloudflarePrompt, output: cloudflareCompletion, mendResponse: unwrapResult},
	postprocess: func(c *Conversion) {
		if c.IsSpan() {
			return
		}
		request := c.Parsed(cloudflarePrompt)
		c.fillParameters(pick(&request, parameterNames))
	},
}

// unwrapResult removes the API envelope around the answer of Cloudflare's own
// models, {"result": {...}, "success": true}.
func unwrapResult(response *jsontree.Node) {
	if inner := response.Get("result"); inner.Is(jsontree.Object) && response.Get("success") != nil {
		*response = *inner
	}
}
