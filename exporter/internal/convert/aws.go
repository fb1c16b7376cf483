package convert

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// bedrockRuntime knows the calls of Bedrock that the AWS SDK's instrumentation
// names no operation for: InvokeModel. Every RPC client writes its marks, so it
// has no name that could rule a span.
var bedrockRuntime = library{
	marks: []string{"rpc.service"},
	kind:  bedrockKind,
}

func bedrockKind(c *conversion) string {
	if c.text("rpc.service") != "BedrockRuntime" || c.text(names.GenAIRequestModelKey) == "" {
		return ""
	}
	switch c.text("rpc.method") {
	case "InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream":
		if strings.Contains(c.text(names.GenAIRequestModelKey), "embed") { // such as amazon.titan-embed-text-v2:0
			return names.EventEmbedding
		}
		return names.EventGeneration
	}
	return ""
}
