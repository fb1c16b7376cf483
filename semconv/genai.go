package semconv

import "github.com/otelposthog/otelposthog-go/internal/names"

// The operation, who serves it and which model.
const (
	// GenAIOperationNameKey is what the span does: chat, generate_content,
	// text_completion, embeddings, execute_tool, invoke_agent and others.
	GenAIOperationNameKey = names.GenAIOperationNameKey
	// GenAIProviderNameKey is the provider, such as openai or aws.bedrock.
	GenAIProviderNameKey = names.GenAIProviderNameKey
	// GenAISystemKey is the older name of GenAIProviderNameKey.
	GenAISystemKey = names.GenAISystemKey
	// GenAIRequestModelKey is the model that was asked for.
	GenAIRequestModelKey = names.GenAIRequestModelKey
	// GenAIResponseModelKey is the model that answered.
	GenAIResponseModelKey = names.GenAIResponseModelKey
	// GenAIResponseIDKey is the provider's id of the completion.
	GenAIResponseIDKey = names.GenAIResponseIDKey
	// GenAIResponseFinishReasonsKey lists why each choice ended.
	GenAIResponseFinishReasonsKey = names.GenAIResponseFinishReasonsKey
	// GenAIConversationIDKey groups the calls of one conversation.
	GenAIConversationIDKey = names.GenAIConversationIDKey
	// GenAIPromptNameKey is the name of a managed prompt.
	GenAIPromptNameKey = names.GenAIPromptNameKey
	// GenAIPromptVersionKey is the version of a managed prompt.
	GenAIPromptVersionKey = names.GenAIPromptVersionKey
)

// Content. The values are structured attributes or JSON text.
const (
	// GenAIInputMessagesKey holds the messages sent to the model.
	GenAIInputMessagesKey = names.GenAIInputMessagesKey
	// GenAIOutputMessagesKey holds the messages that the model returned.
	GenAIOutputMessagesKey = names.GenAIOutputMessagesKey
	// GenAIPromptKey is the older name of GenAIInputMessagesKey. It holds one
	// JSON text, or is the prefix of keys such as gen_ai.prompt.0.content.
	GenAIPromptKey = names.GenAIPromptKey
	// GenAICompletionKey is the older name of GenAIOutputMessagesKey, in the forms
	// of GenAIPromptKey.
	GenAICompletionKey = names.GenAICompletionKey
	// GenAISystemInstructionsKey holds the system prompt if it is separate from
	// the input messages.
	GenAISystemInstructionsKey = names.GenAISystemInstructionsKey
	// GenAIToolDefinitionsKey lists the tools that the model could call.
	GenAIToolDefinitionsKey = names.GenAIToolDefinitionsKey
)

// Agents and tools.
const (
	// GenAIAgentNameKey is the name of the agent.
	GenAIAgentNameKey = names.GenAIAgentNameKey
	// GenAIToolNameKey is the name of the tool that a span executes.
	GenAIToolNameKey = names.GenAIToolNameKey
	// GenAIToolCallIDKey is the id that the model gave the tool call.
	GenAIToolCallIDKey = names.GenAIToolCallIDKey
	// GenAIToolCallArgumentsKey holds the arguments of the tool call.
	GenAIToolCallArgumentsKey = names.GenAIToolCallArgumentsKey
	// GenAIToolCallResultKey holds what the tool returned.
	GenAIToolCallResultKey = names.GenAIToolCallResultKey
)

// Request parameters.
const (
	// GenAIRequestTemperatureKey is the sampling temperature.
	GenAIRequestTemperatureKey = names.GenAIRequestTemperatureKey
	// GenAIRequestTopPKey is the nucleus sampling threshold.
	GenAIRequestTopPKey = names.GenAIRequestTopPKey
	// GenAIRequestTopKKey is the number of candidates sampled from.
	GenAIRequestTopKKey = names.GenAIRequestTopKKey
	// GenAIRequestMaxTokensKey is the limit of output tokens.
	GenAIRequestMaxTokensKey = names.GenAIRequestMaxTokensKey
	// GenAIRequestFrequencyPenaltyKey is the frequency penalty.
	GenAIRequestFrequencyPenaltyKey = names.GenAIRequestFrequencyPenaltyKey
	// GenAIRequestPresencePenaltyKey is the presence penalty.
	GenAIRequestPresencePenaltyKey = names.GenAIRequestPresencePenaltyKey
	// GenAIRequestSeedKey is the sampling seed.
	GenAIRequestSeedKey = names.GenAIRequestSeedKey
	// GenAIRequestStopSequencesKey lists the texts that end a completion.
	GenAIRequestStopSequencesKey = names.GenAIRequestStopSequencesKey
	// GenAIRequestChoiceCountKey is the number of completions asked for.
	GenAIRequestChoiceCountKey = names.GenAIRequestChoiceCountKey
	// GenAIRequestStreamKey is true when the answer was streamed.
	GenAIRequestStreamKey = names.GenAIRequestStreamKey
)

// Usage, in tokens, and timing, in seconds.
const (
	// GenAIUsageInputTokensKey counts input tokens, cached ones included.
	GenAIUsageInputTokensKey = names.GenAIUsageInputTokensKey
	// GenAIUsageOutputTokensKey counts output tokens.
	GenAIUsageOutputTokensKey = names.GenAIUsageOutputTokensKey
	// GenAIUsagePromptTokensKey is the older name of GenAIUsageInputTokensKey.
	GenAIUsagePromptTokensKey = names.GenAIUsagePromptTokensKey
	// GenAIUsageCompletionTokensKey is the older name of GenAIUsageOutputTokensKey.
	GenAIUsageCompletionTokensKey = names.GenAIUsageCompletionTokensKey
	// GenAIUsageTotalTokensKey counts input and output tokens together. The
	// current convention has no such attribute.
	GenAIUsageTotalTokensKey = names.GenAIUsageTotalTokensKey
	// GenAIUsageCacheReadInputTokensKey counts input tokens read from a cache.
	GenAIUsageCacheReadInputTokensKey = names.GenAIUsageCacheReadInputTokensKey
	// GenAIUsageCacheCreationInputTokensKey counts input tokens written to a cache.
	GenAIUsageCacheCreationInputTokensKey = names.GenAIUsageCacheCreationInputTokensKey
	// GenAIUsageCacheWriteInputTokensKey is another spelling of
	// GenAIUsageCacheCreationInputTokensKey, used by Anthropic's SDKs.
	GenAIUsageCacheWriteInputTokensKey = names.GenAIUsageCacheWriteInputTokensKey
	// GenAIUsageReasoningOutputTokensKey counts output tokens spent on reasoning.
	GenAIUsageReasoningOutputTokensKey = names.GenAIUsageReasoningOutputTokensKey
	// GenAIUsageReasoningTokensKey is another spelling of
	// GenAIUsageReasoningOutputTokensKey.
	GenAIUsageReasoningTokensKey = names.GenAIUsageReasoningTokensKey
	// GenAIResponseTimeToFirstChunkKey is the time to the first streamed chunk,
	// in seconds.
	GenAIResponseTimeToFirstChunkKey = names.GenAIResponseTimeToFirstChunkKey
	// GenAIServerTimeToFirstTokenKey is the time to the first token, in seconds.
	GenAIServerTimeToFirstTokenKey = names.GenAIServerTimeToFirstTokenKey
)

// Names of span events that carry messages and evaluations.
const (
	// GenAIEventSystemMessage carries a system message.
	GenAIEventSystemMessage = names.GenAIEventSystemMessage
	// GenAIEventUserMessage carries a user message.
	GenAIEventUserMessage = names.GenAIEventUserMessage
	// GenAIEventAssistantMessage carries an assistant message of the history.
	GenAIEventAssistantMessage = names.GenAIEventAssistantMessage
	// GenAIEventToolMessage carries a tool result.
	GenAIEventToolMessage = names.GenAIEventToolMessage
	// GenAIEventChoice carries one completion.
	GenAIEventChoice = names.GenAIEventChoice
	// GenAIEventInferenceDetails carries the gen_ai.* content attributes of a call.
	GenAIEventInferenceDetails = names.GenAIEventInferenceDetails
	// GenAIEventEvaluationResult carries one evaluation of a generation.
	GenAIEventEvaluationResult = names.GenAIEventEvaluationResult
)

// Values of GenAIOperationNameKey.
const (
	// OperationChat is a chat completion.
	OperationChat = names.OperationChat
	// OperationGenerateContent is a multimodal completion.
	OperationGenerateContent = names.OperationGenerateContent
	// OperationTextCompletion is a legacy text completion.
	OperationTextCompletion = names.OperationTextCompletion
	// OperationEmbeddings computes embeddings.
	OperationEmbeddings = names.OperationEmbeddings
	// OperationExecuteTool executes a tool.
	OperationExecuteTool = names.OperationExecuteTool
	// OperationInvokeAgent runs an agent.
	OperationInvokeAgent = names.OperationInvokeAgent
	// OperationInvokeWorkflow runs a workflow of agents.
	OperationInvokeWorkflow = names.OperationInvokeWorkflow
)
