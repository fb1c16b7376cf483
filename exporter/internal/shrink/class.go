package shrink

import (
	"github.com/otelposthog/otelposthog-go/semconv"
)

// class says how much a text matters.
type class uint8

const (
	middle   class = iota // messages between the first system message and the latest turns
	tools                 // tool definitions
	states                // what went into a span and came out
	other                 // attributes that nobody knows
	turns                 // the first system message, the latest turns, the answer
	identity              // who, which model, what it cost, what went wrong
)

// rules says, for each class, how long a text may stay compared to one of the
// middle class, and below which size in JSON it is not cut.
//
// The weights make one scale of what would otherwise be many steps: a text of
// the middle is down to 1 KB before a tool is cut below 256 KB, and a tool is
// down to 8 KB before a turn is.
var rules = [...]struct{ weight, least int }{
	middle:   {1, 64},
	tools:    {256, 64},
	states:   {512, 64},
	other:    {1024, 64},
	turns:    {heaviest, 64},
	identity: {heaviest, 128},
}

const heaviest = 8192

// content maps the properties that hold content to their class. The messages of
// the input get theirs one by one.
var content = map[string]class{
	semconv.PropertyInput:         turns,
	semconv.PropertyOutputChoices: turns,
	semconv.PropertyInputState:    states,
	semconv.PropertyOutputState:   states,
	semconv.PropertyTools:         tools,
}

// identities are the properties that are never dropped. Only a text among them
// that is absurdly long is cut.
var identities = set(
	semconv.PropertyTraceID, semconv.PropertySpanID, semconv.PropertyParentID, semconv.PropertySpanName,
	semconv.PropertyTraceName, semconv.PropertyLatency, semconv.PropertyAISessionID, semconv.PropertySessionID,
	semconv.PropertyWindowID, semconv.PropertyGroups, semconv.PropertyProcessPersonProfile, semconv.PropertyGeoIPDisable,
	semconv.PropertyLib, semconv.PropertyLibVersion, semconv.PropertyAILib, semconv.PropertyAILibVersion,
	semconv.PropertyIsError, semconv.PropertyError, semconv.PropertyHTTPStatus,
	semconv.PropertyModel, semconv.PropertyProvider, semconv.PropertyInputTokens, semconv.PropertyOutputTokens,
	semconv.PropertyTotalTokens, semconv.PropertyReasoningTokens, semconv.PropertyCacheReadTokens,
	semconv.PropertyCacheCreationTokens, semconv.PropertyCacheCreation5mTokens, semconv.PropertyCacheCreation1hTokens,
	semconv.PropertyCacheExclusive, semconv.PropertyTimeToFirstToken, semconv.PropertyStream, semconv.PropertyStopReason,
	semconv.PropertyBaseURL, semconv.PropertyRequestURL, semconv.PropertyTemperature, semconv.PropertyMaxTokens,
	semconv.PropertyModelParameters, semconv.PropertyCompletionID, semconv.PropertyFramework, semconv.PropertyPromptName,
	semconv.PropertyPromptVersion, semconv.PropertyWebSearchCount, semconv.PropertyFeedbackText, semconv.PropertyMetricName,
	semconv.PropertyMetricValue, semconv.PropertyEvaluationName, semconv.PropertyEvaluationResult,
	semconv.PropertyEvaluationResultType, semconv.PropertyEvaluationReasoning, semconv.PropertyEvaluationID,
	semconv.PropertyEvaluationRunID, semconv.PropertyTargetSpanID, semconv.PropertyReplayURL,
)

func set(keys ...string) map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, k := range keys {
		m[k] = true
	}
	return m
}

func classOf(key string) class {
	if c, ok := content[key]; ok {
		return c
	}
	if identities[key] {
		return identity
	}
	return other
}
