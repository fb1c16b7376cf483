package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/otelposthog/otelposthog-go/inspector/internal/view"
)

// The least time between two messages of a stream, and the most without one.
const (
	streamPause = 150 * time.Millisecond
	streamAlive = 20 * time.Second
)

// serveStream tells the page that something changed, as server-sent events. The
// page then asks for what it shows.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, func() []any { return []any{struct{}{}} })
}

// serveTail sends each event as it comes, those that are there first.
func (s *Server) serveTail(w http.ResponseWriter, r *http.Request) {
	seen := make(map[string]bool)
	s.stream(w, r, func() []any {
		var fresh []any
		now := make(map[string]bool)
		for _, item := range view.Items(s.store.Snapshot()) {
			now[item.UUID] = true
			if !seen[item.UUID] {
				fresh = append(fresh, item)
			}
		}
		seen = now // forgets what the store forgot
		return fresh
	})
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, next func() []any) {
	changes, stop := s.store.Watch()
	defer stop()
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	alive := time.NewTicker(streamAlive)
	defer alive.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		for _, v := range next() {
			text, err := json.Marshal(v)
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil {
				return
			}
		}
		if out.Flush() != nil {
			return
		}
		pause.Reset(streamPause)
		for waiting := true; waiting; {
			select {
			case <-changes:
				waiting = false
			case <-alive.C:
				if _, err := fmt.Fprint(w, ": alive\n\n"); err != nil || out.Flush() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-s.closing:
				return
			}
		}
		select {
		case <-pause.C:
		case <-r.Context().Done():
			return
		case <-s.closing:
			return
		}
	}
}
