package posthoglogs_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func TestEvaluation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		attrs map[string]any
		want  map[string]any
	}{
		"label": {
			attrs: map[string]any{"gen_ai.evaluation.score.label": "good", "gen_ai.evaluation.score.value": 0.9},
			want:  map[string]any{"$ai_evaluation_result": "good", "$ai_evaluation_result_type": "label", "gen_ai.evaluation.score.value": 0.9},
		},
		"number": {
			attrs: map[string]any{"gen_ai.evaluation.score.value": 0.9},
			want:  map[string]any{"$ai_evaluation_result": 0.9, "$ai_evaluation_result_type": "number"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := new(consumertest.TracesSink)
			b := newConnector(t, defaultConfig(), sink)
			test.attrs["gen_ai.evaluation.name"] = "relevance"
			test.attrs["gen_ai.evaluation.explanation"] = "to the point"
			for range 2 {
				b.record(record(t, 7, "gen_ai.evaluation.result", nil, test.attrs))
			}
			b.shutdown()
			all := sink.AllTraces()
			require.Len(t, all, 2)
			require.Equal(t, spanIn(all[0]).SpanID(), spanIn(all[1]).SpanID(), "a record sent again is the same event")
			got := events(t, all)[0]
			require.Equal(t, "$ai_evaluation", got.Event)
			test.want["$ai_evaluation_name"] = "relevance"
			test.want["$ai_evaluation_reasoning"] = "to the point"
			test.want["$ai_target_span_id"] = "0700000000000000"
			test.want["$ai_parent_id"] = "0700000000000000"
			test.want["$ai_trace_id"] = "01000000000000000000000000000000"
			for property, value := range test.want {
				require.Equal(t, value, got.Properties[property], property)
			}
		})
	}
}

// TestEvaluationElsewhere has evaluations that were made outside of the trace, and
// name the answer at most.
func TestEvaluationElsewhere(t *testing.T) {
	t.Parallel()
	sink := new(consumertest.TracesSink)
	b := newConnector(t, defaultConfig(), sink)
	for _, attrs := range []map[string]any{
		{"gen_ai.evaluation.name": "relevance", "gen_ai.response.id": "resp-1"},
		{"gen_ai.evaluation.name": "tone", "gen_ai.response.id": "resp-1"},
		{"gen_ai.evaluation.name": "tone"},
	} {
		ld := record(t, 0, "gen_ai.evaluation.result", nil, attrs)
		onlyRecord(ld).SetTraceID(pcommon.TraceID{})
		b.record(ld)
	}
	b.shutdown()
	got := events(t, sink.AllTraces())
	require.Len(t, got, 3)
	for _, e := range got {
		require.Equal(t, "$ai_evaluation", e.Event)
		require.NotContains(t, e.Properties, "$ai_target_span_id")
		require.NotContains(t, e.Properties, "$ai_parent_id")
	}
	require.Equal(t, "resp-1", got[0].Properties["$ai_completion_id"])
	require.Equal(t, got[0].Properties["$ai_trace_id"], got[1].Properties["$ai_trace_id"])
	require.NotEqual(t, got[0].Properties["$ai_span_id"], got[1].Properties["$ai_span_id"])
	require.NotEqual(t, got[1].Properties["$ai_trace_id"], got[2].Properties["$ai_trace_id"])
}
