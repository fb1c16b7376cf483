package exporter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

const feedbackTrace = "4bf92f3577b34da6a3ce929d0e0e4736"

func TestFeedbackAndMetrics(t *testing.T) {
	t.Parallel()
	srv := posthogtest.NewServer()
	defer srv.Close()
	exp, err := exporter.New("phc_test", exporter.WithHost(srv.URL), exporter.WithCaptureMode(exporter.CaptureAI),
		exporter.WithProperties(attribute.String("env", "test"), attribute.String("page", "loses")))
	require.NoError(t, err)
	require.NoError(t, exp.CaptureFeedback(t.Context(), exporter.Feedback{
		TraceID: feedbackTrace, Text: "the night train was full", SessionID: "s-1", DistinctID: "user-42",
		Properties: []attribute.KeyValue{attribute.String("page", "trip"), attribute.String("$ai_trace_id", "not this one")},
	}))
	require.NoError(t, exp.CaptureMetric(t.Context(), exporter.AIMetric{
		TraceID: feedbackTrace, Name: "helpful", Value: attribute.Float64Value(0.5),
	}))
	require.NoError(t, exp.Shutdown(t.Context()))
	events := srv.Events()
	require.Len(t, events, 2)

	feedback, metric := events[0], events[1]
	require.Equal(t, "$ai_feedback", feedback.Name)
	require.Equal(t, "user-42", feedback.DistinctID)
	require.Equal(t, "the night train was full", feedback.Properties["$ai_feedback_text"])
	require.Equal(t, feedbackTrace, feedback.Properties["$ai_trace_id"])
	require.Equal(t, "s-1", feedback.Properties["$session_id"])
	require.Equal(t, "trip", feedback.Properties["page"])
	require.Equal(t, "test", feedback.Properties["env"])
	require.NotContains(t, feedback.Properties, "$process_person_profile")

	require.Equal(t, "$ai_metric", metric.Name)
	require.Equal(t, "helpful", metric.Properties["$ai_metric_name"])
	value, ok := metric.Float("$ai_metric_value")
	require.True(t, ok)
	require.InDelta(t, 0.5, value, 0)
	require.Equal(t, "7eaf5bfd-d218-52ba-90fb-b4696fffca58", metric.DistinctID, "the one of spans of this trace without a person")
	require.Equal(t, false, metric.Properties["$process_person_profile"])

	require.ErrorIs(t, exp.CaptureMetric(t.Context(), exporter.AIMetric{
		TraceID: feedbackTrace, Name: "late", Value: attribute.BoolValue(true),
	}), exporter.ErrShutdown)
}

// An answer to a survey is no AI event: it goes where ordinary events go.
func TestFeedbackAsSurveyAnswer(t *testing.T) {
	t.Parallel()
	for mode, path := range map[exporter.CaptureMode]string{
		exporter.CaptureAI: "/batch/", exporter.CaptureBatch: "/batch/", exporter.CaptureAuto: "/batch/",
		exporter.CaptureV1: "/i/v1/analytics/events",
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			srv := posthogtest.Start(t)
			exp, err := exporter.New("phc_test", exporter.WithHost(srv.URL), exporter.WithCaptureMode(mode))
			require.NoError(t, err)
			require.NoError(t, exp.CaptureFeedback(t.Context(), exporter.Feedback{
				TraceID: feedbackTrace, Text: "the night train was full", SessionID: "s-1", DistinctID: "user-42",
				Survey: exporter.Survey{ID: "survey-1", QuestionID: "question-1"},
			}))
			require.NoError(t, exp.CaptureMetric(t.Context(), exporter.AIMetric{
				TraceID: feedbackTrace, Name: "helpful", Value: attribute.BoolValue(true),
			}))
			require.NoError(t, exp.Shutdown(t.Context()))
			events := srv.Events()
			require.Len(t, events, 2)
			answer := events[0]
			require.Equal(t, path, answer.Path)
			require.Equal(t, "survey sent", answer.Name)
			require.Equal(t, "user-42", answer.DistinctID)
			require.Equal(t, "survey-1", answer.Properties["$survey_id"])
			require.Equal(t, "the night train was full", answer.Properties["$survey_response_question-1"])
			require.Equal(t, true, answer.Properties["$survey_completed"])
			require.NotEmpty(t, answer.Properties["$survey_submission_id"])
			require.Equal(t, feedbackTrace, answer.Properties["$ai_trace_id"])
			require.Equal(t, "s-1", answer.SessionID())
			require.NotContains(t, answer.Properties, "$ai_feedback_text")
			require.Equal(t, "$ai_metric", events[1].Name)
		})
	}
}

func TestSurveyAnswerIsContent(t *testing.T) {
	t.Parallel()
	for content, want := range map[exporter.Content]any{
		exporter.ContentNone: nil, exporter.ContentOutputs: nil, exporter.ContentInputs: "my name is Zoë", exporter.ContentAll: "my name is Zoë",
	} {
		srv := posthogtest.Start(t)
		exp, err := exporter.New("phc_test", exporter.WithHost(srv.URL), exporter.WithContent(content))
		require.NoError(t, err)
		require.NoError(t, exp.CaptureFeedback(t.Context(), exporter.Feedback{
			TraceID: feedbackTrace, Text: "my name is Zoë", Survey: exporter.Survey{ID: "survey-1", QuestionID: "question-1"},
		}))
		require.NoError(t, exp.Shutdown(t.Context()))
		properties := srv.Events()[0].Properties
		require.Equal(t, want, properties["$survey_response_question-1"], content)
		require.Equal(t, "survey-1", properties["$survey_id"], content)
		require.Equal(t, true, properties["$survey_completed"], content)
	}
}

func TestSurveyWithoutIDs(t *testing.T) {
	t.Parallel()
	exp, err := exporter.New("phc_test")
	require.NoError(t, err)
	for _, bad := range []exporter.Survey{
		{ID: "survey-1"}, {QuestionID: "question-1"}, {ID: "survey 1", QuestionID: "q"}, {ID: "s", QuestionID: strings.Repeat("q", 201)},
	} {
		err := exp.CaptureFeedback(t.Context(), exporter.Feedback{TraceID: feedbackTrace, Text: "x", Survey: bad})
		require.ErrorContains(t, err, "Survey")
	}
	require.NoError(t, exp.Shutdown(t.Context()))
}

func TestFeedbackAndMetricsThatAreIncomplete(t *testing.T) {
	t.Parallel()
	exp, err := exporter.New("phc_test")
	require.NoError(t, err)
	one := attribute.Int64Value(1)
	for want, err := range map[string]error{
		"without a Text":     exp.CaptureFeedback(t.Context(), exporter.Feedback{TraceID: feedbackTrace}),
		"TraceID of $ai_fee": exp.CaptureFeedback(t.Context(), exporter.Feedback{TraceID: "abc", Text: "x"}),
		"SessionID of":       exp.CaptureFeedback(t.Context(), exporter.Feedback{TraceID: feedbackTrace, Text: "x", SessionID: "a\nb"}),
		"DistinctID of":      exp.CaptureFeedback(t.Context(), exporter.Feedback{TraceID: feedbackTrace, Text: "x", DistinctID: strings.Repeat("x", 201)}),
		"without a Name":     exp.CaptureMetric(t.Context(), exporter.AIMetric{TraceID: feedbackTrace, Value: one}),
		"without a Value":    exp.CaptureMetric(t.Context(), exporter.AIMetric{TraceID: feedbackTrace, Name: "x"}),
		"TraceID of $ai_met": exp.CaptureMetric(t.Context(), exporter.AIMetric{Name: "x", Value: one}),
		"stores nothing":     new(exporter.Exporter).CaptureMetric(t.Context(), exporter.AIMetric{TraceID: feedbackTrace, Name: "x", Value: one}),
	} {
		require.ErrorContains(t, err, want)
	}
}
