package exporter

import (
	"errors"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// linksOf counts the stored events by their link to the browser session.
func linksOf(events []event.Event, report *outcome.Report) map[string]int {
	if report.Stored == 0 {
		return nil
	}
	links := make(map[string]int, 2)
	for i := range events {
		links[linkOf(&events[i])]++
	}
	for _, loss := range report.Lost {
		links[linkOf(&events[loss.Event])]--
	}
	for status, n := range links {
		if n <= 0 {
			delete(links, status)
		}
	}
	return links
}

// linkOf is the link of an event. Feedback and metrics have none.
func linkOf(e *event.Event) string {
	if e.Span == event.NoSpan {
		return semconv.LinkNoRequest
	}
	return e.Link
}

// linkNotices report to otel.Handle that spans have no session because no span
// processor has seen them.
type linkNotices struct{ rare rare[string] }

var errNoProcessor = errors.New("otelposthog: no span processor of this module saw the exported AI spans, so they have no browser session: " +
	"put processor.New in front of the exporter (said at most once a minute)")

func (n *linkNotices) tell(links map[string]int) {
	if links[semconv.LinkNoProcessor] > 0 && len(links) == 1 && n.rare.due(semconv.LinkNoProcessor, time.Now()) {
		otel.Handle(errNoProcessor)
	}
}
