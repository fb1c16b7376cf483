package main

import (
	"fmt"
	"net/http"
)

// eventSource answers one question, word by word. There is no line about sessions
// in it: a request of an EventSource is one question, and NewHandler has found its
// session.
type eventSource struct{ telemetry *telemetry }

var _ http.Handler = (*eventSource)(nil)

func (s *eventSource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w).Flush
	err := ask(r.Context(), s.telemetry, r.URL.Query().Get("q"), func(word string) error {
		if _, err := fmt.Fprintf(w, "data: %s\n\n", word); err != nil {
			return err
		}
		return flush()
	})
	if err == nil {
		// Without this the browser would connect again, and ask again.
		_, _ = fmt.Fprint(w, "event: done\ndata:\n\n")
	}
}
