package names

import "go.opentelemetry.io/otel/attribute"

// The operation, who serves it and which model.
const (
	GenAIOperationNameKey         = attribute.Key("gen_ai.operation.name")
	GenAIProviderNameKey          = attribute.Key("gen_ai.provider.name")
	GenAISystemKey                = attribute.Key("gen_ai.system")
	GenAIRequestModelKey          = attribute.Key("gen_ai.request.model")
	GenAIResponseModelKey         = attribute.Key("gen_ai.response.model")
	GenAIResponseIDKey            = attribute.Key("gen_ai.response.id")
	GenAIResponseFinishReasonsKey = attribute.Key("gen_ai.response.finish_reasons")
	GenAIConversationIDKey        = attribute.Key("gen_ai.conversation.id")
	GenAIPromptNameKey            = attribute.Key("gen_ai.prompt.name")
	GenAIPromptVersionKey         = attribute.Key("gen_ai.prompt.version")
)

// Content. The values are structured attributes or JSON text.
const (
	GenAIInputMessagesKey      = attribute.Key("gen_ai.input.messages")
	GenAIOutputMessagesKey     = attribute.Key("gen_ai.output.messages")
	GenAIPromptKey             = attribute.Key("gen_ai.prompt")
	GenAICompletionKey         = attribute.Key("gen_ai.completion")
	GenAISystemInstructionsKey = attribute.Key("gen_ai.system_instructions")
	GenAIToolDefinitionsKey    = attribute.Key("gen_ai.tool.definitions")
)

// Agents and tools.
const (
	GenAIAgentNameKey         = attribute.Key("gen_ai.agent.name")
	GenAIToolNameKey          = attribute.Key("gen_ai.tool.name")
	GenAIToolCallIDKey        = attribute.Key("gen_ai.tool.call.id")
	GenAIToolCallArgumentsKey = attribute.Key("gen_ai.tool.call.arguments")
	GenAIToolCallResultKey    = attribute.Key("gen_ai.tool.call.result")
)

// Request parameters.
const (
	GenAIRequestTemperatureKey      = attribute.Key("gen_ai.request.temperature")
	GenAIRequestTopPKey             = attribute.Key("gen_ai.request.top_p")
	GenAIRequestTopKKey             = attribute.Key("gen_ai.request.top_k")
	GenAIRequestMaxTokensKey        = attribute.Key("gen_ai.request.max_tokens")
	GenAIRequestFrequencyPenaltyKey = attribute.Key("gen_ai.request.frequency_penalty")
	GenAIRequestPresencePenaltyKey  = attribute.Key("gen_ai.request.presence_penalty")
	GenAIRequestSeedKey             = attribute.Key("gen_ai.request.seed")
	GenAIRequestStopSequencesKey    = attribute.Key("gen_ai.request.stop_sequences")
	GenAIRequestChoiceCountKey      = attribute.Key("gen_ai.request.choice.count")
	GenAIRequestStreamKey           = attribute.Key("gen_ai.request.stream")
)

// Usage, in tokens, and timing, in seconds.
const (
	GenAIUsageInputTokensKey              = attribute.Key("gen_ai.usage.input_tokens")
	GenAIUsageOutputTokensKey             = attribute.Key("gen_ai.usage.output_tokens")
	GenAIUsagePromptTokensKey             = attribute.Key("gen_ai.usage.prompt_tokens")
	GenAIUsageCompletionTokensKey         = attribute.Key("gen_ai.usage.completion_tokens")
	GenAIUsageTotalTokensKey              = attribute.Key("gen_ai.usage.total_tokens")
	GenAIUsageCacheReadInputTokensKey     = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	GenAIUsageCacheCreationInputTokensKey = attribute.Key("gen_ai.usage.cache_creation.input_tokens")
	GenAIUsageCacheWriteInputTokensKey    = attribute.Key("gen_ai.usage.cache_write.input_tokens")
	GenAIUsageReasoningOutputTokensKey    = attribute.Key("gen_ai.usage.reasoning.output_tokens")
	GenAIUsageReasoningTokensKey          = attribute.Key("gen_ai.usage.reasoning_tokens")
	GenAIResponseTimeToFirstChunkKey      = attribute.Key("gen_ai.response.time_to_first_chunk")
	GenAIServerTimeToFirstTokenKey        = attribute.Key("gen_ai.server.time_to_first_token")
)

// Span event names that carry messages, and the attribute that carried them as
// one JSON array.
const (
	EventsKey            = attribute.Key("events")
	EventNameKey         = attribute.Key("event.name")
	GenAIMessageIndexKey = attribute.Key("gen_ai.message.index")

	GenAIEventSystemMessage    = "gen_ai.system.message"
	GenAIEventUserMessage      = "gen_ai.user.message"
	GenAIEventAssistantMessage = "gen_ai.assistant.message"
	GenAIEventToolMessage      = "gen_ai.tool.message"
	GenAIEventChoice           = "gen_ai.choice"
	GenAIEventInferenceDetails = "gen_ai.client.inference.operation.details"
	GenAIEventEvaluationResult = "gen_ai.evaluation.result"
)

// Values of GenAIOperationNameKey.
const (
	OperationChat            = "chat"
	OperationGenerateContent = "generate_content"
	OperationTextCompletion  = "text_completion"
	OperationEmbeddings      = "embeddings"
	OperationExecuteTool     = "execute_tool"
	OperationInvokeAgent     = "invoke_agent"
	OperationInvokeWorkflow  = "invoke_workflow"
)
