package privacy

// words is a list of known texts.
type words map[string]bool

func (w words) has(s string) bool { return w[s] }

func wordList(list ...string) words {
	w := make(words, len(list))
	for _, s := range list {
		w[s] = true
	}
	return w
}

// stopReasons are those of the providers, as they spell them.
var stopReasons = wordList(
	// OpenAI, the GenAI conventions, Vercel's AI SDK
	"stop", "length", "content_filter", "content-filter", "tool_calls", "tool-calls", "tool_call", "function_call", "error", "other", "unknown",
	"max_output_tokens", "completed", "incomplete", "cancelled", "failed",
	// Anthropic, Bedrock
	"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded", "compaction",
	"guardrail_intervened", "content_filtered", "malformed_model_output", "malformed_tool_use",
	// Gemini
	"STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL",
	"IMAGE_SAFETY", "UNEXPECTED_TOOL_CALL", "FINISH_REASON_UNSPECIFIED",
	// Cohere, Mistral, Titan, Ollama
	"COMPLETE", "ERROR", "ERROR_TOXIC", "ERROR_LIMIT", "TOOL_CALL", "STOP_SEQUENCE", "USER_CANCEL", "model_length", "FINISH", "LENGTH", "CONTENT_FILTERED", "load", "unload",
	// frameworks
	"endTurn", "toolUse", "maxTokens", "stopSequence", "contentFiltered", "guardrailIntervened", "interrupted", "aborted", "success",
)

var serviceTiers = wordList("auto", "default", "flex", "priority", "standard", "scale", "batch", "standard_only", "on_demand", "performance", "reserved", "optimized", "latency")

var resultTypes = wordList("label", "number")

// operations are those of the GenAI and MCP conventions, and methods of HTTP:
// they stand before a name in the name of a span.
var operations = wordList(
	"chat", "text_completion", "generate_content", "embeddings", "embedding", "execute_tool", "invoke_agent", "create_agent", "invoke_workflow",
	"retrieval", "rerank", "search_memory", "create_memory", "update_memory", "delete_memory", "plan", "responses", "messages", "completion",
	"tools/call", "prompts/get", "resources/read", "call_llm", "agent_run", "GET", "POST", "PUT", "PATCH", "DELETE",
)

// errorTypes are errors that the endings below do not tell: statuses of gRPC and
// Google, errors of the providers' APIs, and of the conventions.
var errorTypes = wordList(
	unknownErrorType, "error", "timeout", "cancelled", "canceled", "aborted", "tool_error", "api_error", "server_error",
	"rate_limit_exceeded", "insufficient_quota", "invalid_api_key", "model_not_found", "context_length_exceeded", "invalid_prompt",
	"request_too_large", "content_filter", "context.deadlineExceededError", "deadline_exceeded",
	"INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "UNAVAILABLE",
	"DEADLINE_EXCEEDED", "INTERNAL", "CANCELLED", "ABORTED", "UNIMPLEMENTED", "UNKNOWN", "DATA_LOSS", "OUT_OF_RANGE", "ALREADY_EXISTS",
	"ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EPIPE", "EAI_AGAIN",
)

// errorEndings end the names of the types of errors.
var errorEndings = []string{"Error", "Exception", "Failure", "Fault", "Timeout", "Canceled", "Cancelled", "Exceeded", "Interrupt", "_error", "errorString", "wrapError"}

// parameterNames are parameters of requests whose numbers and booleans tell
// nothing of what was said.
var parameterNames = wordList(
	"temperature", "top_p", "topP", "top_k", "topK", "min_p", "seed", "n", "choice.count", "candidate_count", "candidateCount",
	"max_tokens", "maxTokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "max_retries", "maxRetries", "timeout",
	"frequency_penalty", "frequencyPenalty", "presence_penalty", "presencePenalty", "repetition_penalty", "stream", "streaming",
	"parallel_tool_calls", "logprobs", "top_logprobs", "store", "reasoning_effort", "tool_choice", "service_tier", "verbosity", "best_of", "echo",
	"dimensions", "encoding_format",
)

// parameterWords are the values of parameters that are words.
var parameterWords = wordList("none", "minimal", "low", "medium", "high", "xhigh", "auto", "required", "any", "default", "flex", "priority", "standard", "float", "base64")
