package convert

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// bedrockRuntime knows the calls of Bedrock that the AWS SDK's instrumentation
// names no operation for: InvokeModel. Every RPC client writes its marks, so it
// has no name that could rule a span.
var bedrockRuntime = library{
	marks: []string{"rpc.service"},
	kind:  bedrockKind,
}

func bedrockKind(c *conversion) string {
	if c.text("rpc.service") != "BedrockRuntime" || c.text(semconv.GenAIRequestModelKey) == "" {
		return ""
	}
	switch c.text("rpc.method") {
	case "InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream":
		if strings.Contains(c.text(semconv.GenAIRequestModelKey), "embed") { // such as amazon.titan-embed-text-v2:0
			return semconv.EventEmbedding
		}
		return semconv.EventGeneration
	}
	return ""
}
