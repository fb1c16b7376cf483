package semconv

import (
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// PostHog's AI event names. Its AI endpoints take no others.
const (
	// EventGeneration is one call of a language model.
	EventGeneration = names.EventGeneration
	// EventEmbedding is one embedding call.
	EventEmbedding = names.EventEmbedding
	// EventSpan is any other unit of work: a tool, an agent, a chain.
	EventSpan = names.EventSpan
	// EventTrace is the root of a trace.
	EventTrace = names.EventTrace
	// EventMetric is a number about a trace.
	EventMetric = names.EventMetric
	// EventFeedback is what a user said about a trace.
	EventFeedback = names.EventFeedback
	// EventEvaluation is the result of an evaluation.
	EventEvaluation = names.EventEvaluation
)

// Attributes that name a span's browser session and person. This module stamps
// them on spans and reads them from spans.
const (
	// SessionIDKey is the browser session id, which is also the id of the
	// replay.
	SessionIDKey = session.IDKey
	// WindowIDKey is the browser window id.
	WindowIDKey = session.WindowIDKey
	// DistinctIDKey is PostHog's id of the person.
	DistinctIDKey = session.DistinctIDKey
	// OptOutKey says whether the person opted out: a boolean. False is a consent.
	OptOutKey = session.OptOutKey
	// PostHogSessionIDKey is an accepted spelling of SessionIDKey.
	PostHogSessionIDKey = session.PostHogIDKey
	// PostHogWindowIDKey is an accepted spelling of WindowIDKey.
	PostHogWindowIDKey = session.PostHogWindowIDKey
	// OTelSessionIDKey is OpenTelemetry's session.id. Some libraries use it for
	// a chat instead of a browser session.
	OTelSessionIDKey = session.OTelIDKey
)

// Properties of every AI event.
const (
	PropertyTraceID              = names.PropertyTraceID              // 32 lower-case hex digits
	PropertySpanID               = names.PropertySpanID               // 16 lower-case hex digits
	PropertyParentID             = names.PropertyParentID             // a span id or the trace id
	PropertySpanName             = names.PropertySpanName             // what the UI shows
	PropertyTraceName            = names.PropertyTraceName            // name of the whole trace
	PropertyLatency              = names.PropertyLatency              // seconds, float
	PropertyAISessionID          = names.PropertyAISessionID          // groups the traces of a conversation
	PropertySessionID            = names.PropertySessionID            // the browser session: links to the replay
	PropertyWindowID             = names.PropertyWindowID             // the browser window
	PropertyGroups               = names.PropertyGroups               // object: group type to group key
	PropertyProcessPersonProfile = names.PropertyProcessPersonProfile // boolean; false makes no person
	PropertyGeoIPDisable         = names.PropertyGeoIPDisable         // boolean; true: no location from the sender's IP
	PropertyLib                  = names.PropertyLib                  // the client library
	PropertyLibVersion           = names.PropertyLibVersion           // its version
	PropertyAILib                = names.PropertyAILib                // where the AI data came from
	PropertyAILibVersion         = names.PropertyAILibVersion         // its version
	PropertyIsError              = names.PropertyIsError              // boolean
	PropertyError                = names.PropertyError                // text
	PropertyHTTPStatus           = names.PropertyHTTPStatus           // number
	PropertyTruncated            = names.PropertyTruncated            // true when content was cut to fit
)

// Properties of generations and embeddings.
const (
	PropertyModel                 = names.PropertyModel                 // model name
	PropertyProvider              = names.PropertyProvider              // provider name
	PropertyInput                 = names.PropertyInput                 // messages in
	PropertyOutputChoices         = names.PropertyOutputChoices         // messages out
	PropertyInputTokens           = names.PropertyInputTokens           // tokens
	PropertyOutputTokens          = names.PropertyOutputTokens          // tokens
	PropertyTotalTokens           = names.PropertyTotalTokens           // tokens
	PropertyReasoningTokens       = names.PropertyReasoningTokens       // tokens, part of the output
	PropertyCacheReadTokens       = names.PropertyCacheReadTokens       // tokens
	PropertyCacheCreationTokens   = names.PropertyCacheCreationTokens   // tokens
	PropertyCacheCreation5mTokens = names.PropertyCacheCreation5mTokens // tokens
	PropertyCacheCreation1hTokens = names.PropertyCacheCreation1hTokens // tokens
	PropertyCacheExclusive        = names.PropertyCacheExclusive        // boolean: input tokens exclude cached ones
	PropertyTimeToFirstToken      = names.PropertyTimeToFirstToken      // seconds
	PropertyStream                = names.PropertyStream                // boolean
	PropertyStopReason            = names.PropertyStopReason            // at most 128 characters
	PropertyBaseURL               = names.PropertyBaseURL               // where the API lives
	PropertyRequestURL            = names.PropertyRequestURL            // the whole URL
	PropertyTemperature           = names.PropertyTemperature           // number
	PropertyMaxTokens             = names.PropertyMaxTokens             // number
	PropertyModelParameters       = names.PropertyModelParameters       // object
	PropertyTools                 = names.PropertyTools                 // tool definitions
	PropertyCompletionID          = names.PropertyCompletionID          // the provider's id
	PropertyFramework             = names.PropertyFramework             // the framework
	PropertyPromptName            = names.PropertyPromptName            // managed prompt
	PropertyPromptVersion         = names.PropertyPromptVersion         // managed prompt
	PropertyWebSearchCount        = names.PropertyWebSearchCount        // server-side searches
	PropertyTextOutputTokens      = names.PropertyTextOutputTokens      // output tokens without reasoning, audio and image
	PropertyAudioInputTokens      = names.PropertyAudioInputTokens      // tokens, part of the input
	PropertyAudioOutputTokens     = names.PropertyAudioOutputTokens     // tokens, part of the output
	PropertyImageInputTokens      = names.PropertyImageInputTokens      // tokens, part of the input
	PropertyImageOutputTokens     = names.PropertyImageOutputTokens     // tokens, part of the output
	PropertyCacheReadAudioTokens  = names.PropertyCacheReadAudioTokens  // tokens, part of those read from a cache
	PropertyServiceTier           = names.PropertyServiceTier           // flex or priority have prices of their own
	PropertyTotalCost             = names.PropertyTotalCost             // US dollars, where the two parts are unknown
	PropertyInputCost             = names.PropertyInputCost             // US dollars, beside PropertyOutputCost
	PropertyOutputCost            = names.PropertyOutputCost            // US dollars
	PropertyInputTokenPrice       = names.PropertyInputTokenPrice       // own price, beside PropertyOutputTokenPrice
	PropertyOutputTokenPrice      = names.PropertyOutputTokenPrice      // own price
)

// Properties of spans and traces, feedback, metrics and evaluations.
const (
	PropertyInputState           = names.PropertyInputState           // any JSON
	PropertyOutputState          = names.PropertyOutputState          // any JSON
	PropertyFeedbackText         = names.PropertyFeedbackText         // text
	PropertyMetricName           = names.PropertyMetricName           // text
	PropertyMetricValue          = names.PropertyMetricValue          // number or text
	PropertyEvaluationName       = names.PropertyEvaluationName       // text
	PropertyEvaluationResult     = names.PropertyEvaluationResult     // number or label
	PropertyEvaluationResultType = names.PropertyEvaluationResultType // "label" or "number"
	PropertyEvaluationReasoning  = names.PropertyEvaluationReasoning  // text
	PropertyEvaluationID         = names.PropertyEvaluationID         // text
	PropertyEvaluationRunID      = names.PropertyEvaluationRunID      // text
	PropertyTargetSpanID         = names.PropertyTargetSpanID         // the span that was evaluated
	PropertyReplayURL            = names.PropertyReplayURL            // link to the replay, for other backends
)
