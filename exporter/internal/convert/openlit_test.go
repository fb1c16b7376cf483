package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestOpenLIT(t *testing.T) {
	t.Parallel()
	checkRows(t, []row{
		{
			name: "additions to the conventions",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.request.is_stream": true, "gen_ai.server.time_to_first_token": 0.25,
				"gen_ai.usage.cost": 0.0002, "gen_ai.sdk.version": "1.15.0", "openlit.agent.version_hash": "ab", "telemetry.sdk.name": "openlit",
				"gen_ai.tool.args": `{"city":"Bern"}`,
			},
			event: semconv.EventGeneration,
			want: map[string]string{
				"$ai_stream": `true`, "$ai_time_to_first_token": `0.25`, "gen_ai.usage.cost": `0.0002`, "$ai_lib_version": `"1.15.0"`,
				"$ai_lib": `"opentelemetry/openlit"`,
			},
			absent: []string{"gen_ai.tool.args", "gen_ai.request.is_stream", "$ai_total_cost_usd", "$ai_input_cost_usd"},
		},
		{
			name: "Anthropic's input tokens are without the cached ones",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "openlit.agent.version_hash": "ab", "gen_ai.provider.name": "anthropic",
				"gen_ai.usage.input_tokens": 5000, "gen_ai.usage.cache_read.input_tokens": 2048,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_input_tokens": `5000`, "$ai_cache_reporting_exclusive": `true`},
		},
		{
			name: "OpenAI's are with them",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "openlit.agent.version_hash": "ab", "gen_ai.provider.name": "openai",
				"gen_ai.usage.input_tokens": 5000, "gen_ai.usage.cache_read.input_tokens": 2048,
			},
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_cache_reporting_exclusive": `false`},
		},
	})
}

// TestBedrockRuntime is about the calls of the AWS SDK.
func TestBedrockRuntime(t *testing.T) {
	t.Parallel()
	call := func(service, method string) attrs {
		return attrs{"rpc.service": service, "rpc.method": method, "gen_ai.system": "aws.bedrock", "gen_ai.request.model": "amazon.titan-text-express-v1"}
	}
	checkRows(t, []row{
		{
			name: "a call without an operation", attrs: call("BedrockRuntime", "InvokeModel"),
			event: semconv.EventGeneration,
			want:  map[string]string{"$ai_provider": `"aws.bedrock"`, "$ai_lib": `"opentelemetry"`},
		},
		{name: "an embedding without an operation", attrs: attrs{
			"rpc.service": "BedrockRuntime", "rpc.method": "InvokeModel", "gen_ai.request.model": "cohere.embed-v4:0",
		}, event: semconv.EventEmbedding},
		{name: "another method", attrs: call("BedrockRuntime", "ApplyGuardrail")},
		{name: "another service", attrs: call("BedrockAgentRuntime", "InvokeModel")},
		{name: "the operation rules", attrs: attrs{
			"rpc.service": "BedrockRuntime", "rpc.method": "InvokeModel", "gen_ai.request.model": "amazon.titan-embed-text-v2", "gen_ai.operation.name": "embeddings",
		}, event: semconv.EventEmbedding},
	})
}
