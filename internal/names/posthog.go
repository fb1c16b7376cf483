package names

import "go.opentelemetry.io/otel/attribute"

// PostHog's AI event names. Its AI endpoints take no others.
const (
	EventGeneration = "$ai_generation"
	EventEmbedding  = "$ai_embedding"
	EventSpan       = "$ai_span"
	EventTrace      = "$ai_trace"
	EventMetric     = "$ai_metric"
	EventFeedback   = "$ai_feedback"
	EventEvaluation = "$ai_evaluation"
)

// EventSurveySent is the answer to a survey. It is no AI event: AI endpoints refuse
// it.
const EventSurveySent = "survey sent"

// Properties of an answer to a survey.
const (
	PropertySurveyID             = "$survey_id"            // the survey in PostHog
	PropertySurveySubmissionID   = "$survey_submission_id" // one for each answer
	PropertySurveyCompleted      = "$survey_completed"     // boolean
	PropertySurveyResponsePrefix = "$survey_response_"     // then the id of the question: the answer
)

// SameCallKey is true on a span of an LLM call if another span already
// represents the call as a generation. The span processor sets it for the
// exporter, because it sees spans across batches. It does not become a
// property.
const SameCallKey = attribute.Key("posthog.ai.same_call")

// Properties of every AI event.
const (
	PropertyTraceID              = "$ai_trace_id"            // 32 lower-case hex digits
	PropertySpanID               = "$ai_span_id"             // 16 lower-case hex digits
	PropertyParentID             = "$ai_parent_id"           // a span id or the trace id
	PropertySpanName             = "$ai_span_name"           // what the UI shows
	PropertyTraceName            = "$ai_trace_name"          // name of the whole trace
	PropertyLatency              = "$ai_latency"             // seconds, float
	PropertyAISessionID          = "$ai_session_id"          // groups the traces of a conversation
	PropertySessionID            = "$session_id"             // the browser session: links to the replay
	PropertyWindowID             = "$window_id"              // the browser window
	PropertyGroups               = "$groups"                 // object: group type to group key
	PropertyProcessPersonProfile = "$process_person_profile" // boolean; false makes no person
	PropertyGeoIPDisable         = "$geoip_disable"          // boolean; true: no location from the sender's IP
	PropertyLib                  = "$lib"                    // the client library
	PropertyLibVersion           = "$lib_version"            // its version
	PropertyAILib                = "$ai_lib"                 // where the AI data came from
	PropertyAILibVersion         = "$ai_lib_version"         // its version
	PropertyIsError              = "$ai_is_error"            // boolean
	PropertyError                = "$ai_error"               // text
	PropertyHTTPStatus           = "$ai_http_status"         // number
	PropertyTruncated            = "$ai_truncated"           // true when content was cut to fit
)

// Properties of generations and embeddings.
const (
	PropertyModel                 = "$ai_model"                          // model name
	PropertyProvider              = "$ai_provider"                       // provider name
	PropertyInput                 = "$ai_input"                          // messages in
	PropertyOutputChoices         = "$ai_output_choices"                 // messages out
	PropertyInputTokens           = "$ai_input_tokens"                   // tokens
	PropertyOutputTokens          = "$ai_output_tokens"                  // tokens
	PropertyTotalTokens           = "$ai_total_tokens"                   // tokens
	PropertyReasoningTokens       = "$ai_reasoning_tokens"               // tokens, part of the output
	PropertyCacheReadTokens       = "$ai_cache_read_input_tokens"        // tokens
	PropertyCacheCreationTokens   = "$ai_cache_creation_input_tokens"    // tokens
	PropertyCacheCreation5mTokens = "$ai_cache_creation_5m_input_tokens" // tokens
	PropertyCacheCreation1hTokens = "$ai_cache_creation_1h_input_tokens" // tokens
	PropertyCacheExclusive        = "$ai_cache_reporting_exclusive"      // boolean: input tokens exclude cached ones
	PropertyTimeToFirstToken      = "$ai_time_to_first_token"            // seconds
	PropertyStream                = "$ai_stream"                         // boolean
	PropertyStopReason            = "$ai_stop_reason"                    // at most 128 characters
	PropertyBaseURL               = "$ai_base_url"                       // where the API lives
	PropertyRequestURL            = "$ai_request_url"                    // the whole URL
	PropertyTemperature           = "$ai_temperature"                    // number
	PropertyMaxTokens             = "$ai_max_tokens"                     // number
	PropertyModelParameters       = "$ai_model_parameters"               // object
	PropertyTools                 = "$ai_tools"                          // tool definitions
	PropertyCompletionID          = "$ai_completion_id"                  // the provider's id
	PropertyFramework             = "$ai_framework"                      // the framework
	PropertyPromptName            = "$ai_prompt_name"                    // managed prompt
	PropertyPromptVersion         = "$ai_prompt_version"                 // managed prompt
	PropertyWebSearchCount        = "$ai_web_search_count"               // server-side searches
	PropertyTextOutputTokens      = "$ai_text_output_tokens"             // output tokens without reasoning, audio and image
	PropertyAudioInputTokens      = "$ai_audio_input_tokens"             // tokens, part of the input
	PropertyAudioOutputTokens     = "$ai_audio_output_tokens"            // tokens, part of the output
	PropertyImageInputTokens      = "$ai_image_input_tokens"             // tokens, part of the input
	PropertyImageOutputTokens     = "$ai_image_output_tokens"            // tokens, part of the output
	PropertyCacheReadAudioTokens  = "$ai_cache_read_audio_tokens"        // tokens, part of those read from a cache
	PropertyServiceTier           = "$ai_service_tier"                   // flex or priority have prices of their own
	PropertyTotalCost             = "$ai_total_cost_usd"                 // US dollars, where the two parts are unknown
	PropertyInputCost             = "$ai_input_cost_usd"                 // US dollars, beside PropertyOutputCost
	PropertyOutputCost            = "$ai_output_cost_usd"                // US dollars
	PropertyInputTokenPrice       = "$ai_input_token_price"              // own price, beside PropertyOutputTokenPrice
	PropertyOutputTokenPrice      = "$ai_output_token_price"             // own price
)

// Properties of spans and traces, feedback, metrics and evaluations.
const (
	PropertyInputState           = "$ai_input_state"            // any JSON
	PropertyOutputState          = "$ai_output_state"           // any JSON
	PropertyFeedbackText         = "$ai_feedback_text"          // text
	PropertyMetricName           = "$ai_metric_name"            // text
	PropertyMetricValue          = "$ai_metric_value"           // number or text
	PropertyEvaluationName       = "$ai_evaluation_name"        // text
	PropertyEvaluationResult     = "$ai_evaluation_result"      // number or label
	PropertyEvaluationResultType = "$ai_evaluation_result_type" // "label" or "number"
	PropertyEvaluationReasoning  = "$ai_evaluation_reasoning"   // text
	PropertyEvaluationID         = "$ai_evaluation_id"          // text
	PropertyEvaluationRunID      = "$ai_evaluation_run_id"      // text
	PropertyTargetSpanID         = "$ai_target_span_id"         // the span that was evaluated
	PropertyReplayURL            = "$ai_replay_url"             // link to the replay, for other backends
)

// The link of an AI span to its browser session; semconv explains the values.
const (
	LinkStatusKey   = attribute.Key("posthog.link.status")
	LinkReasonKey   = attribute.Key("posthog.link.reason")
	LinkLinked      = "linked"
	LinkNoSession   = "no_session"
	LinkRefused     = "refused"
	LinkNoParent    = "no_parent"
	LinkNoRequest   = "no_request"
	LinkNoProcessor = "no_processor"
)
