package server

import (
	"bytes"
	"net/http"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// capturePaths are those that posthogtest decodes.
var capturePaths = []string{
	"/batch", "/capture", "/e", "/i/v0/e", "/i/v0/ai/batch", "/i/v1/analytics/events", "/i/v1/ai/events",
}

// serveCapture stores a request as PostHog would, and answers as PostHog does. The
// events are stored before the client has the answer.
func (s *Server) serveCapture(w http.ResponseWriter, r *http.Request) {
	wire, plain, err := readBody(r)
	if err != nil {
		s.refuse(r.URL.Path, http.StatusBadRequest, err.Error())
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.forward.request(r, wire)
	var decoder posthogtest.Server
	var answer bufferedResponse
	decoder.ServeHTTP(&answer, withBody(r, wire, plain))
	var events []*store.Event
	for _, e := range decoder.Events() {
		if e.Name == "$snapshot" {
			s.addRecording(e.DistinctID, e.Properties)
			continue
		}
		events = append(events, store.NewEvent(e, store.Captured))
	}
	s.store.AddEvents(events...)
	for _, request := range decoder.Requests() {
		if request.Error != "" {
			s.refuse(r.URL.Path, request.Status, request.Error)
		}
	}
	answer.copyTo(w)
}

// bufferedResponse holds an answer back.
type bufferedResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *bufferedResponse) Header() http.Header {
	if b.header == nil {
		b.header = make(http.Header)
	}
	return b.header
}

func (b *bufferedResponse) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *bufferedResponse) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func (b *bufferedResponse) copyTo(w http.ResponseWriter) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	w.WriteHeader(max(b.status, http.StatusOK))
	_, _ = w.Write(b.body.Bytes()) // a client that is gone does not matter
}
