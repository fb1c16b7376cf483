package privacy

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// rule says what of a property leaves below the level All.
type rule struct {
	// side is where the content of the property comes from: it leaves whole when
	// the level has that side.
	side side
	// shape says what leaves at every level.
	shape shape
}

// table is all that leaves below the level All. A property that is not in it
// does not leave.
var table = makeTable(
	// Content.
	rows{rule{input, becomesNull}, []string{names.PropertyInput, names.PropertyInputState}},
	rows{rule{output, becomesNull}, []string{names.PropertyOutputChoices, names.PropertyOutputState}},
	rows{rule{input, toolNames}, []string{names.PropertyTools}},
	rows{rule{input, parameters}, []string{names.PropertyModelParameters}},
	rows{rule{input, nothing}, []string{names.PropertyFeedbackText, anySurveyResponse}},

	// Ids.
	rows{rule{shape: id}, []string{
		names.PropertyTraceID, names.PropertySpanID, names.PropertyParentID, names.PropertySessionID, names.PropertyWindowID,
		names.PropertyAISessionID, names.PropertyCompletionID, names.PropertyTargetSpanID, names.PropertyEvaluationID,
		names.PropertyEvaluationRunID, string(names.GenAIConversationIDKey),
		names.PropertySurveyID, names.PropertySurveySubmissionID,
	}},
	rows{rule{shape: groupKeys}, []string{names.PropertyGroups}},

	// Names that developers and providers give.
	rows{rule{shape: name}, []string{
		names.PropertyModel, names.PropertyProvider, names.PropertyFramework, names.PropertyLib, names.PropertyLibVersion,
		names.PropertyAILib, names.PropertyAILibVersion, names.PropertyMetricName, names.PropertyEvaluationName,
	}},
	rows{rule{shape: spanName}, []string{names.PropertySpanName, names.PropertyTraceName}},

	// Words of a known list.
	rows{rule{shape: stopReason}, []string{names.PropertyStopReason}},
	rows{rule{shape: serviceTier}, []string{names.PropertyServiceTier}},
	rows{rule{shape: resultType}, []string{names.PropertyEvaluationResultType}},
	rows{rule{shape: errorType}, []string{names.PropertyError}},

	// Numbers and booleans.
	rows{rule{shape: number}, []string{
		names.PropertyLatency, names.PropertyTimeToFirstToken, names.PropertyHTTPStatus, names.PropertyTemperature, names.PropertyMaxTokens,
		names.PropertyInputTokens, names.PropertyOutputTokens, names.PropertyTotalTokens, names.PropertyReasoningTokens,
		names.PropertyCacheReadTokens, names.PropertyCacheCreationTokens, names.PropertyCacheCreation5mTokens,
		names.PropertyCacheCreation1hTokens, names.PropertyTextOutputTokens, names.PropertyAudioInputTokens,
		names.PropertyAudioOutputTokens, names.PropertyImageInputTokens, names.PropertyImageOutputTokens,
		names.PropertyCacheReadAudioTokens, names.PropertyWebSearchCount,
		names.PropertyTotalCost, names.PropertyInputCost, names.PropertyOutputCost,
		names.PropertyInputTokenPrice, names.PropertyOutputTokenPrice,
		names.PropertyMetricValue, names.PropertyEvaluationResult,
	}},
	rows{rule{shape: boolean}, []string{
		names.PropertyIsError, names.PropertyStream, names.PropertyCacheExclusive, names.PropertyTruncated,
		names.PropertyProcessPersonProfile, names.PropertyGeoIPDisable, event.OptOutKey, names.PropertySurveyCompleted,
	}},
)

// anySurveyResponse stands for the answers to all questions of surveys.
const anySurveyResponse = names.PropertySurveyResponsePrefix + "*"

// ruleOf returns the rule of a property; ok is false for one that does not leave.
func ruleOf(property string) (r rule, ok bool) {
	if strings.HasPrefix(property, names.PropertySurveyResponsePrefix) {
		property = anySurveyResponse
	}
	r, ok = table[property]
	return r, ok
}

// rows are properties that share a rule.
type rows struct {
	rule       rule
	properties []string
}

func makeTable(list ...rows) map[string]rule {
	t := map[string]rule{}
	for _, r := range list {
		for _, p := range r.properties {
			t[p] = r.rule
		}
	}
	return t
}

// Properties returns the names of all properties that have a rule, in order.
func Properties() []string {
	var list []string
	for p := range table {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// Side reports whether the content of a property is an input or an output of the
// model, the tool or the agent. It is neither for what is no content or mixes
// both.
func Side(property string) (isInput, isOutput bool) {
	r, _ := ruleOf(property)
	s := r.side
	return s == input, s == output
}

// Describe says in words what leaves of a property at a level, for the
// documentation.
func Describe(property string, l Level) string {
	r, ok := ruleOf(property)
	switch {
	case l == All || ok && l.has(r.side):
		return "everything"
	case !ok:
		return "nothing"
	}
	return r.shape.what
}

// shape is what a value must be to leave.
type shape struct {
	what string // in the documentation
	// keep returns what leaves of a value; false is nothing.
	keep func(p *prop.Property, e *facts) (prop.Property, bool)
}

// facts is what else is known of an event.
type facts struct{ errorType string }

var (
	becomesNull = shape{"`null`", func(p *prop.Property, _ *facts) (prop.Property, bool) { return prop.Doc(p.Key, "null"), true }}
	nothing     = shape{"nothing", func(*prop.Property, *facts) (prop.Property, bool) { return prop.Property{}, false }}
	number      = shape{"a number", is(attribute.INT64, attribute.FLOAT64)}
	boolean     = shape{"true or false", is(attribute.BOOL)}
	id          = shape{"an id: up to 200 letters, digits, `-_~.@()!':+/=` and the bar", text(isID)}
	name        = shape{"a name: up to 128 letters, digits and `-_.:/@+`", text(isName)}
	spanName    = shape{"a name, also behind an operation, as in `chat gpt-5`", text(isSpanName)}
	stopReason  = shape{"a known reason", text(stopReasons.has)}
	serviceTier = shape{"a known tier", text(serviceTiers.has)}
	resultType  = shape{"`label` or `number`", text(resultTypes.has)}
	errorType   = shape{"the type of the error", keepErrorType}
	toolNames   = shape{"the names of the tools", keepToolNames}
	parameters  = shape{"numbers and true or false under known names", keepParameters}
	groupKeys   = shape{"types that are names, with keys that are ids", keepGroups}
)

func is(types ...attribute.Type) func(*prop.Property, *facts) (prop.Property, bool) {
	return func(p *prop.Property, _ *facts) (prop.Property, bool) {
		return *p, !p.JSON && slices.Contains(types, p.Value.Type())
	}
}

func text(ok func(string) bool) func(*prop.Property, *facts) (prop.Property, bool) {
	return func(p *prop.Property, _ *facts) (prop.Property, bool) {
		return *p, !p.JSON && p.Value.Type() == attribute.STRING && ok(p.Value.AsString())
	}
}
