package semconv

import "go.opentelemetry.io/otel/attribute"

// The operation, who serves it and which model.
const (
	// GenAIOperationNameKey is what the span does: chat, generate_content,
	// text_completion, embeddings, execute_tool, invoke_agent and others.
	GenAIOperationNameKey = attribute.Key("gen_ai.operation.name")
	// GenAIProviderNameKey is the provider, such as openai or aws.bedrock.
	GenAIProviderNameKey = attribute.Key("gen_ai.provider.name")
	// GenAISystemKey is the older name of GenAIProviderNameKey.
	GenAISystemKey = attribute.Key("gen_ai.system")
	// GenAIRequestModelKey is the model that was asked for.
	GenAIRequestModelKey = attribute.Key("gen_ai.request.model")
	// GenAIResponseModelKey is the model that answered.
	GenAIResponseModelKey = attribute.Key("gen_ai.response.model")
	// GenAIResponseIDKey is the provider's id of the completion.
	GenAIResponseIDKey = attribute.Key("gen_ai.response.id")
	// GenAIResponseFinishReasonsKey lists why each choice ended.
	GenAIResponseFinishReasonsKey = attribute.Key("gen_ai.response.finish_reasons")
	// GenAIConversationIDKey groups the calls of one conversation.
	GenAIConversationIDKey = attribute.Key("gen_ai.conversation.id")
	// GenAIPromptNameKey is the name of a managed prompt.
	GenAIPromptNameKey = attribute.Key("gen_ai.prompt.name")
	// GenAIPromptVersionKey is the version of a managed prompt.
	GenAIPromptVersionKey = attribute.Key("gen_ai.prompt.version")
)

// Content. The values are structured attributes or JSON text.
const (
	// GenAIInputMessagesKey holds the messages sent to the model.
	GenAIInputMessagesKey = attribute.Key("gen_ai.input.messages")
	// GenAIOutputMessagesKey holds the messages that the model returned.
	GenAIOutputMessagesKey = attribute.Key("gen_ai.output.messages")
	// GenAIPromptKey is the older name of GenAIInputMessagesKey: one JSON text, or
	// the prefix of keys such as gen_ai.prompt.0.content.
	GenAIPromptKey = attribute.Key("gen_ai.prompt")
	// GenAICompletionKey is the older name of GenAIOutputMessagesKey, in the forms
	// of GenAIPromptKey.
	GenAICompletionKey = attribute.Key("gen_ai.completion")
	// GenAISystemInstructionsKey holds the system prompt, when it is apart from
	// the input messages.
	GenAISystemInstructionsKey = attribute.Key("gen_ai.system_instructions")
	// GenAIToolDefinitionsKey lists the tools that the model could call.
	GenAIToolDefinitionsKey = attribute.Key("gen_ai.tool.definitions")
)

// Agents and tools.
const (
	// GenAIAgentNameKey is the name of the agent.
	GenAIAgentNameKey = attribute.Key("gen_ai.agent.name")
	// GenAIToolNameKey is the name of the tool that a span executes.
	GenAIToolNameKey = attribute.Key("gen_ai.tool.name")
	// GenAIToolCallIDKey is the id that the model gave the tool call.
	GenAIToolCallIDKey = attribute.Key("gen_ai.tool.call.id")
	// GenAIToolCallArgumentsKey holds the arguments of the tool call.
	GenAIToolCallArgumentsKey = attribute.Key("gen_ai.tool.call.arguments")
	// GenAIToolCallResultKey holds what the tool returned.
	GenAIToolCallResultKey = attribute.Key("gen_ai.tool.call.result")
)

// Request parameters.
const (
	// GenAIRequestTemperatureKey is the sampling temperature.
	GenAIRequestTemperatureKey = attribute.Key("gen_ai.request.temperature")
	// GenAIRequestTopPKey is the nucleus sampling threshold.
	GenAIRequestTopPKey = attribute.Key("gen_ai.request.top_p")
	// GenAIRequestTopKKey is the number of candidates sampled from.
	GenAIRequestTopKKey = attribute.Key("gen_ai.request.top_k")
	// GenAIRequestMaxTokensKey is the limit of output tokens.
	GenAIRequestMaxTokensKey = attribute.Key("gen_ai.request.max_tokens")
	// GenAIRequestFrequencyPenaltyKey is the frequency penalty.
	GenAIRequestFrequencyPenaltyKey = attribute.Key("gen_ai.request.frequency_penalty")
	// GenAIRequestPresencePenaltyKey is the presence penalty.
	GenAIRequestPresencePenaltyKey = attribute.Key("gen_ai.request.presence_penalty")
	// GenAIRequestSeedKey is the sampling seed.
	GenAIRequestSeedKey = attribute.Key("gen_ai.request.seed")
	// GenAIRequestStopSequencesKey lists the texts that end a completion.
	GenAIRequestStopSequencesKey = attribute.Key("gen_ai.request.stop_sequences")
	// GenAIRequestChoiceCountKey is the number of completions asked for.
	GenAIRequestChoiceCountKey = attribute.Key("gen_ai.request.choice.count")
	// GenAIRequestStreamKey is true when the answer was streamed.
	GenAIRequestStreamKey = attribute.Key("gen_ai.request.stream")
)

// Usage, in tokens, and timing, in seconds.
const (
	// GenAIUsageInputTokensKey counts input tokens, cached ones included.
	GenAIUsageInputTokensKey = attribute.Key("gen_ai.usage.input_tokens")
	// GenAIUsageOutputTokensKey counts output tokens.
	GenAIUsageOutputTokensKey = attribute.Key("gen_ai.usage.output_tokens")
	// GenAIUsagePromptTokensKey is the older name of GenAIUsageInputTokensKey.
	GenAIUsagePromptTokensKey = attribute.Key("gen_ai.usage.prompt_tokens")
	// GenAIUsageCompletionTokensKey is the older name of GenAIUsageOutputTokensKey.
	GenAIUsageCompletionTokensKey = attribute.Key("gen_ai.usage.completion_tokens")
	// GenAIUsageTotalTokensKey counts input and output tokens together. The
	// current convention has no name for that.
	GenAIUsageTotalTokensKey = attribute.Key("gen_ai.usage.total_tokens")
	// GenAIUsageCacheReadInputTokensKey counts input tokens read from a cache.
	GenAIUsageCacheReadInputTokensKey = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	// GenAIUsageCacheCreationInputTokensKey counts input tokens written to a cache.
	GenAIUsageCacheCreationInputTokensKey = attribute.Key("gen_ai.usage.cache_creation.input_tokens")
	// GenAIUsageCacheWriteInputTokensKey is another spelling of
	// GenAIUsageCacheCreationInputTokensKey, used by Anthropic's SDKs.
	GenAIUsageCacheWriteInputTokensKey = attribute.Key("gen_ai.usage.cache_write.input_tokens")
	// GenAIUsageReasoningOutputTokensKey counts output tokens spent on reasoning.
	GenAIUsageReasoningOutputTokensKey = attribute.Key("gen_ai.usage.reasoning.output_tokens")
	// GenAIUsageReasoningTokensKey is another spelling of
	// GenAIUsageReasoningOutputTokensKey.
	GenAIUsageReasoningTokensKey = attribute.Key("gen_ai.usage.reasoning_tokens")
	// GenAIResponseTimeToFirstChunkKey is the time to the first streamed chunk,
	// in seconds.
	GenAIResponseTimeToFirstChunkKey = attribute.Key("gen_ai.response.time_to_first_chunk")
	// GenAIServerTimeToFirstTokenKey is the time to the first token, in seconds.
	GenAIServerTimeToFirstTokenKey = attribute.Key("gen_ai.server.time_to_first_token")
)

// Span event names that carry messages, and the attribute that carried them as
// one JSON array.
const (
	// EventsKey is the attribute of the older convention that holds all message
	// events of a span as one JSON array.
	EventsKey = attribute.Key("events")
	// EventNameKey names an entry of EventsKey.
	EventNameKey = attribute.Key("event.name")
	// GenAIMessageIndexKey orders the entries of EventsKey.
	GenAIMessageIndexKey = attribute.Key("gen_ai.message.index")

	// EventSystemMessage carries a system message.
	EventSystemMessage = "gen_ai.system.message"
	// EventUserMessage carries a user message.
	EventUserMessage = "gen_ai.user.message"
	// EventAssistantMessage carries an assistant message of the history.
	EventAssistantMessage = "gen_ai.assistant.message"
	// EventToolMessage carries a tool result.
	EventToolMessage = "gen_ai.tool.message"
	// EventChoice carries one completion.
	EventChoice = "gen_ai.choice"
	// EventInferenceDetails carries the gen_ai.* content attributes of a call.
	EventInferenceDetails = "gen_ai.client.inference.operation.details"
	// EventEvaluationResult carries one evaluation of a generation.
	EventEvaluationResult = "gen_ai.evaluation.result"
)

// Values of GenAIOperationNameKey.
const (
	// OperationChat is a chat completion.
	OperationChat = "chat"
	// OperationGenerateContent is a multimodal completion.
	OperationGenerateContent = "generate_content"
	// OperationTextCompletion is a legacy text completion.
	OperationTextCompletion = "text_completion"
	// OperationEmbeddings computes embeddings.
	OperationEmbeddings = "embeddings"
	// OperationExecuteTool executes a tool.
	OperationExecuteTool = "execute_tool"
	// OperationInvokeAgent runs an agent.
	OperationInvokeAgent = "invoke_agent"
	// OperationInvokeWorkflow runs a workflow of agents.
	OperationInvokeWorkflow = "invoke_workflow"
)
