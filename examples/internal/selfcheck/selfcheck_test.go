package selfcheck_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/examples/internal/selfcheck"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

const session = "0198c6a1-7c1e-7d5a-9d2b-3f6f5a2b1c0d"

// good returns the events of a trace that is as it should be.
func good() []posthogtest.Event {
	event := func(name, span, parent string) posthogtest.Event {
		return posthogtest.Event{Name: name, Properties: map[string]any{
			"$ai_trace_id": "trace", "$ai_span_id": span, "$ai_parent_id": parent, "$session_id": session,
		}}
	}
	return []posthogtest.Event{
		event("$ai_span", "agent", "trace"),
		event("$ai_generation", "chat", "agent"),
		event("$ai_span", "tool", "agent"),
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	set := func(i int, property string, value any) func([]posthogtest.Event) []posthogtest.Event {
		return func(events []posthogtest.Event) []posthogtest.Event {
			if value == nil {
				delete(events[i].Properties, property)
			} else {
				events[i].Properties[property] = value
			}
			return events
		}
	}
	for name, tc := range map[string]struct {
		change func([]posthogtest.Event) []posthogtest.Event
		want   string // empty: no error
	}{
		"good":   {change: func(e []posthogtest.Event) []posthogtest.Event { return e }},
		"a root": {change: set(0, "$ai_parent_id", nil)},
		"a foreign event": {change: func(e []posthogtest.Event) []posthogtest.Event {
			return append(e, posthogtest.Event{Name: "$pageview"})
		}},
		"nothing":           {change: func([]posthogtest.Event) []posthogtest.Event { return nil }, want: "no $ai_generation"},
		"no generation":     {change: func(e []posthogtest.Event) []posthogtest.Event { return e[:1] }, want: "no $ai_generation"},
		"session missing":   {change: set(1, "$session_id", nil), want: `$session_id is ""`},
		"another session":   {change: set(2, "$session_id", "other"), want: `$session_id is "other"`},
		"session no string": {change: set(2, "$session_id", 7), want: `$session_id is ""`},
		"two traces":        {change: set(2, "$ai_trace_id", "other"), want: `$ai_trace_id is "other"`},
		"no trace":          {change: set(0, "$ai_trace_id", nil), want: `$ai_trace_id is ""`},
		"lost parent":       {change: set(1, "$ai_parent_id", "http span"), want: `$ai_parent_id "http span"`},
		"own parent":        {change: set(1, "$ai_parent_id", "chat"), want: `$ai_parent_id "chat"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := selfcheck.Events(tc.change(good()), session)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestEventsNeedsASession(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, selfcheck.Events(good(), ""), "no session id")
}
