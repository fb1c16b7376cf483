package dialect

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// bedrockRuntime knows the calls of Bedrock that the AWS SDK's instrumentation
// names no operation for: InvokeModel. Every RPC client writes its marks, so it
// Has no name that could rule a span.
var bedrockRuntime = library{
	marks: []string{"rpc.service"},
	kind:  kindRule{of: bedrockKind},
}

func bedrockKind(c *Conversion) string {
	if c.Text("rpc.service") != "BedrockRuntime" || c.Text(names.GenAIRequestModelKey) == "" {
		return ""
	}
	switch c.Text("rpc.method") {
	case "InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream":
		if strings.Contains(c.Text(names.GenAIRequestModelKey), "embed") { // such as amazon.titan-embed-text-v2:0
			return names.EventEmbedding
		}
		return names.EventGeneration
	}
	return ""
}
