package main

import (
	"encoding/json"
	"log"
	"net/http"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
)

// feedback is what the page sends when somebody likes an answer, or does not.
type feedback struct {
	TraceID string `json:"trace_id"`
	Text    string `json:"text"`
}

// serveFeedback stores feedback beside the trace that it is about. Session and
// person come from the headers of the page, as everywhere else.
func (t *telemetry) serveFeedback(w http.ResponseWriter, r *http.Request) {
	var f feedback
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&f); err != nil {
		httpError(w, http.StatusBadRequest, "the body is no feedback in JSON")
		return
	}
	session, _ := baggage.SessionFromContext(r.Context())
	err := t.exporter.CaptureFeedback(r.Context(), exporter.Feedback{
		TraceID: f.TraceID, Text: f.Text, SessionID: session.ID, DistinctID: session.DistinctID,
	})
	if err != nil {
		log.Printf("feedback: %v", err)
		httpError(w, http.StatusBadGateway, "the feedback could not be stored; the terminal says why")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
