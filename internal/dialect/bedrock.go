package dialect

import (
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/names"
)

// bedrockRuntime recognises Bedrock's InvokeModel, for which the AWS SDK's
// instrumentation sets no operation. Every RPC client writes its attributes, so
// it has no name and determines no span's rules.
var bedrockRuntime = library{
	matchers: []string{"rpc.service"},
	kind:     kindRule{of: bedrockKind},
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
