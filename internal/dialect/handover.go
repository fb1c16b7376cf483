package dialect

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// usageProperties are the usage of a call. They are copied together: the counts
// of one library with the cache flag of another would be priced wrongly.
var usageProperties = []string{
	names.PropertyInputTokens, names.PropertyOutputTokens, names.PropertyTotalTokens, names.PropertyReasoningTokens,
	names.PropertyCacheReadTokens, names.PropertyCacheCreationTokens,
	names.PropertyCacheCreation5mTokens, names.PropertyCacheCreation1hTokens, names.PropertyCacheExclusive,
	names.PropertyTextOutputTokens, names.PropertyAudioInputTokens, names.PropertyAudioOutputTokens,
	names.PropertyImageInputTokens, names.PropertyImageOutputTokens, names.PropertyCacheReadAudioTokens,
}

// costProperties belong together, too.
var costProperties = []string{names.PropertyInputCost, names.PropertyOutputCost, names.PropertyTotalCost}

// singleProperties are handed over one by one.
var singleProperties = []string{
	names.PropertyProvider, names.PropertyServiceTier, names.PropertyStopReason, names.PropertyTimeToFirstToken,
	names.PropertyCompletionID, names.PropertyAISessionID,
}

// Handover returns the properties that only the merged span has. They are
// copied to the span that stays for the call.
func Handover(to, from *Knowledge) []prop.Property {
	var got []prop.Property
	take := func(keys ...string) {
		for _, key := range keys {
			if p := from.get(key); p != nil && to.get(key) == nil {
				got = append(got, *p)
			}
		}
	}
	if model := from.get(names.PropertyModel); model != nil && (to.get(names.PropertyModel) == nil || from.Answered && !to.Answered) {
		got = append(got, *model)
	}
	if from.usageKnown() > to.usageKnown() {
		for _, key := range usageProperties {
			if p := from.get(key); p != nil {
				got = append(got, *p)
			}
		}
	}
	if !slices.ContainsFunc(costProperties, func(key string) bool { return to.get(key) != nil }) {
		take(costProperties...)
	}
	take(singleProperties...)
	return got
}

// usageKnown returns how complete the usage of a call is. Of two spans that
// report it, the one with separate cached tokens gives the right price. Without
// input and output there is no usage.
func (k *Knowledge) usageKnown() int {
	if k.tokens(names.PropertyInputTokens) == 0 && k.tokens(names.PropertyOutputTokens) == 0 {
		return 0
	}
	known := 0
	for _, key := range usageProperties {
		if k.tokens(key) > 0 {
			known++
		}
	}
	return known
}
