package shrink

import (
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// class is the importance of a text.
type class uint8

const (
	middle   class = iota // messages between the first system message and the latest turns
	tools                 // tool definitions
	states                // what went into a span and came out
	other                 // attributes that nobody knows
	turns                 // the first system message, the latest turns, the answer
	identity              // who, which model, what it cost, what went wrong
)

// rules says, for each class, how long a text may be relative to the middle
// class, and the size in JSON below which it is not cut.
//
// The weights replace many steps by one scale: a middle text is cut to 1 KB
// before a tool is cut below 256 KB, and a tool to 8 KB before a turn is cut
// below that.
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
// the input are classified one by one.
var content = map[string]class{
	names.PropertyInput:         turns,
	names.PropertyOutputChoices: turns,
	names.PropertyInputState:    states,
	names.PropertyOutputState:   states,
	names.PropertyTools:         tools,
}

// identities are the properties that are never dropped. Only extremely long
// texts among them are cut.
var identities = set(
	names.PropertyTraceID, names.PropertySpanID, names.PropertyParentID, names.PropertySpanName,
	names.PropertyTraceName, names.PropertyLatency, names.PropertyAISessionID, names.PropertySessionID,
	names.PropertyWindowID, names.PropertyGroups, names.PropertyProcessPersonProfile, names.PropertyGeoIPDisable,
	names.PropertyLib, names.PropertyLibVersion, names.PropertyAILib, names.PropertyAILibVersion,
	names.PropertyIsError, names.PropertyError, names.PropertyHTTPStatus,
	names.PropertyModel, names.PropertyProvider, names.PropertyInputTokens, names.PropertyOutputTokens,
	names.PropertyTotalTokens, names.PropertyReasoningTokens, names.PropertyCacheReadTokens,
	names.PropertyCacheCreationTokens, names.PropertyCacheCreation5mTokens, names.PropertyCacheCreation1hTokens,
	names.PropertyCacheExclusive, names.PropertyTimeToFirstToken, names.PropertyStream, names.PropertyStopReason,
	names.PropertyBaseURL, names.PropertyRequestURL, names.PropertyTemperature, names.PropertyMaxTokens,
	names.PropertyModelParameters, names.PropertyCompletionID, names.PropertyFramework, names.PropertyPromptName,
	names.PropertyPromptVersion, names.PropertyWebSearchCount, names.PropertyFeedbackText, names.PropertyMetricName,
	names.PropertyMetricValue, names.PropertyEvaluationName, names.PropertyEvaluationResult,
	names.PropertyEvaluationResultType, names.PropertyEvaluationReasoning, names.PropertyEvaluationID,
	names.PropertyEvaluationRunID, names.PropertyTargetSpanID, names.PropertyReplayURL,
	names.PropertySurveyID, names.PropertySurveySubmissionID, names.PropertySurveyCompleted,
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
