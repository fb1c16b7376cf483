// Package selfcheck is what the examples' -once flag checks: that events reached
// PostHog under the browser session that was sent, and hang together.
package selfcheck

import (
	"errors"
	"fmt"
	"slices"

	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

var aiEvents = []string{
	semconv.EventGeneration, semconv.EventEmbedding, semconv.EventSpan, semconv.EventTrace,
	semconv.EventMetric, semconv.EventFeedback, semconv.EventEvaluation,
}

// Events returns an error that lists everything wrong with the AI events among
// events, or nil. All of them must carry the session id, share one trace id, and
// have parents that PostHog can resolve: the trace itself, or another of the
// events. There must be a generation, or nothing was tested.
func Events(events []posthogtest.Event, sessionID string) error {
	ai := slices.DeleteFunc(slices.Clone(events), func(e posthogtest.Event) bool {
		return !slices.Contains(aiEvents, e.Name)
	})
	if !slices.ContainsFunc(ai, func(e posthogtest.Event) bool { return e.Name == semconv.EventGeneration }) {
		return fmt.Errorf("no %s among %d AI events", semconv.EventGeneration, len(ai))
	}
	if sessionID == "" {
		return errors.New("no session id to look for")
	}

	traceID, spanIDs := text(ai[0], semconv.PropertyTraceID), make(map[string]bool)
	for _, e := range ai {
		spanIDs[text(e, semconv.PropertySpanID)] = true
	}
	var problems []error
	for _, e := range ai {
		wrong := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("%s %q: "+format,
				append([]any{e.Name, text(e, semconv.PropertySpanName)}, args...)...))
		}
		if got := text(e, semconv.PropertySessionID); got != sessionID {
			wrong("%s is %q, want %q", semconv.PropertySessionID, got, sessionID)
		}
		if got := text(e, semconv.PropertyTraceID); got == "" || got != traceID {
			wrong("%s is %q, want %q as on the first event", semconv.PropertyTraceID, got, traceID)
		}
		// Without a parent, an event stands at the top of its trace.
		parent := text(e, semconv.PropertyParentID)
		if parent == "" || parent == traceID {
			continue
		}
		if !spanIDs[parent] || parent == text(e, semconv.PropertySpanID) {
			wrong("%s %q is neither the trace nor another event", semconv.PropertyParentID, parent)
		}
	}
	return errors.Join(problems...)
}

func text(e posthogtest.Event, property string) string {
	s, _ := e.Properties[property].(string)
	return s
}
