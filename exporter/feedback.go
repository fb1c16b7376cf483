package exporter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Feedback is what a user said about a trace. The page reads the trace id from
// the Server-Timing header; see baggage.ServerTiming.
type Feedback struct {
	// TraceID is the trace, 32 lower-case hex digits; required.
	TraceID string
	// Text is what the user said; required.
	Text string
	// Survey makes it the answer to a survey: an event "survey sent" instead of
	// $ai_feedback, which PostHog counts among the answers and shows on the trace.
	// The zero Survey is none.
	Survey Survey
	// SessionID and DistinctID are the browser session, of at most 200 visible
	// ASCII characters, and the person, of at most 200 bytes. Both may be
	// empty. Without a person the event makes no person profile.
	SessionID, DistinctID string
	// Properties are further properties; those that this package sets win.
	Properties []attribute.KeyValue
}

// Survey names a question of a survey in PostHog.
type Survey struct {
	// ID is the id of the survey.
	ID string
	// QuestionID is the id of the question that the text answers. Both have at most
	// 200 visible ASCII characters, and both are required if one of them is set.
	QuestionID string
}

// AIMetric is a measurement of a trace, such as a score. It becomes an
// $ai_metric event, not an OpenTelemetry metric.
type AIMetric struct {
	// TraceID is the trace, 32 lower-case hex digits; required.
	TraceID string
	// Name is the name of the metric; required.
	Name string
	// Value is a number, a text or a boolean; required.
	Value attribute.Value
	// SessionID and DistinctID are as in [Feedback].
	SessionID, DistinctID string
	// Properties are further properties; those that this package sets win.
	Properties []attribute.KeyValue
}

// CaptureFeedback stores an $ai_feedback event, or with a [Survey] the answer to
// it. Like [Exporter.ExportSpans] it returns when PostHog has stored the event, or
// with an [*ExportError]. A missing or invalid field is an error at once. Each call
// makes a new event.
func (e *Exporter) CaptureFeedback(ctx context.Context, f Feedback) error {
	if f.Text == "" {
		return errors.New("otelposthog: feedback without a Text")
	}
	if f.Survey == (Survey{}) {
		return e.captureAbout(ctx, semconv.EventFeedback, f.TraceID, f.SessionID, f.DistinctID, f.Properties,
			prop.String(semconv.PropertyFeedbackText, f.Text))
	}
	if !isID(f.Survey.ID) || !isID(f.Survey.QuestionID) {
		return fmt.Errorf("otelposthog: the Survey of a feedback needs an ID and a QuestionID of 1 to %d visible ASCII characters: "+
			"PostHog shows them in the survey", maxID)
	}
	return e.captureAbout(ctx, names.EventSurveySent, f.TraceID, f.SessionID, f.DistinctID, f.Properties,
		prop.String(names.PropertySurveyID, f.Survey.ID),
		prop.String(names.PropertySurveyResponsePrefix+f.Survey.QuestionID, f.Text),
		prop.String(names.PropertySurveySubmissionID, uuid.NewString()),
		prop.Any(names.PropertySurveyCompleted, attribute.BoolValue(true)))
}

// CaptureMetric stores an $ai_metric event. It returns like
// [Exporter.CaptureFeedback].
func (e *Exporter) CaptureMetric(ctx context.Context, m AIMetric) error {
	switch {
	case m.Name == "":
		return errors.New("otelposthog: a metric without a Name")
	case m.Value.Type() == attribute.EMPTY:
		return fmt.Errorf("otelposthog: the metric %q without a Value", m.Name)
	}
	return e.captureAbout(ctx, semconv.EventMetric, m.TraceID, m.SessionID, m.DistinctID, m.Properties,
		prop.String(semconv.PropertyMetricName, m.Name), prop.Any(semconv.PropertyMetricValue, m.Value))
}

// maxID is the length in bytes beyond which PostHog drops an event for its ids.
const maxID = 200

// isID reports whether a text is made of 1 to maxID visible ASCII characters.
func isID(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// checkPerson never repeats the ids: they can come from a browser.
func checkPerson(name, sessionID, distinctID string) error {
	if sessionID != "" && !isID(sessionID) {
		return fmt.Errorf("otelposthog: the SessionID of %s is not made of 1 to %d visible ASCII characters: leave it out when it is unknown", name, maxID)
	}
	if len(distinctID) > maxID || !utf8.ValidString(distinctID) {
		return fmt.Errorf("otelposthog: the DistinctID of %s is not at most %d bytes of UTF-8", name, maxID)
	}
	return nil
}

// captureAbout stores an event about a trace.
func (e *Exporter) captureAbout(
	ctx context.Context, name, traceID, sessionID, distinctID string, more []attribute.KeyValue, own ...prop.Property,
) error {
	id, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		return fmt.Errorf("otelposthog: the TraceID of %s is not 32 hex digits of a trace: %w", name, err)
	}
	if err := checkPerson(name, sessionID, distinctID); err != nil {
		return err
	}
	if !e.isMade() {
		return errZero
	}
	ev := event.Event{Name: name, DistinctID: distinctID, UUID: uuid.New(), Time: time.Now().UTC(), Span: event.NoSpan}
	ev.Properties = append(own,
		prop.String(semconv.PropertyTraceID, id.String()),
		prop.String(semconv.PropertyLib, convert.LibName),
		prop.String(semconv.PropertyLibVersion, otelposthog.Version),
		prop.Any(semconv.PropertyGeoIPDisable, attribute.BoolValue(true)),
	)
	if sessionID != "" {
		ev.Properties = append(ev.Properties, prop.String(semconv.PropertySessionID, sessionID))
	}
	if distinctID == "" {
		ev.DistinctID = event.NobodyOf(id.String())
		ev.Properties = append(ev.Properties, prop.Any(semconv.PropertyProcessPersonProfile, attribute.BoolValue(false)))
	}
	ev.Fill(more)
	p := e.pipeline()
	defer e.release(p)
	var events []event.Event
	if p.run(&ev, nil) {
		events = append(events, ev)
	}
	return e.deliver(ctx, 0, events, p.takeAsides())
}
