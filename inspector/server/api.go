package server

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/otelposthog/otelposthog-go/inspector/internal/assets"
	"github.com/otelposthog/otelposthog-go/inspector/internal/view"
)

// api answers the page and the command line in JSON.
func (s *Server) api() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, answer func(r *http.Request) (any, bool)) {
		mux.HandleFunc("GET /inspector/api/"+path, func(w http.ResponseWriter, r *http.Request) {
			v, ok := answer(r)
			if !ok {
				writeStatus(w, http.StatusNotFound, map[string]string{"error": "nothing of it has arrived"})
				return
			}
			writeJSON(w, v)
		})
	}
	get("overview", func(*http.Request) (any, bool) {
		return struct {
			view.Overview
			AppVersion string `json:"app_version"`
			Player     bool   `json:"player"`
			PostHogJS  bool   `json:"posthog_js"`
			Command    string `json:"command"`
			Forward    string `json:"forward"`
		}{
			view.Look(s.store.Snapshot()), s.opts.Version,
			assets.Has("player/rrweb-player.min.js"), assets.Has("static/array.js"), assets.Command, s.opts.Forward,
		}, true
	})
	get("sessions", func(r *http.Request) (any, bool) { return view.Sessions(s.store.Snapshot(), filter(r)), true })
	get("sessions/{id}", func(r *http.Request) (any, bool) {
		return found(view.OneSession(s.store.Snapshot(), r.PathValue("id")))
	})
	get("sessions/{id}/replay", func(r *http.Request) (any, bool) {
		return view.Recording(s.store.Snapshot(), r.PathValue("id")), true
	})
	get("traces", func(r *http.Request) (any, bool) { return view.Traces(s.store.Snapshot(), filter(r)), true })
	get("traces/{id}", func(r *http.Request) (any, bool) { return found(view.OneTrace(s.store, r.PathValue("id"))) })
	get("traces/{id}/spans/{span}", func(r *http.Request) (any, bool) {
		return found(view.OneSpan(s.store, r.PathValue("id"), r.PathValue("span")))
	})
	get("events/{id}", func(r *http.Request) (any, bool) {
		return found(view.OneEvent(s.store, s.store.Snapshot(), r.PathValue("id")))
	})
	get("unlinked", func(*http.Request) (any, bool) { return view.Unlinked(s.store.Snapshot()), true })
	get("checklist", func(*http.Request) (any, bool) { return view.Checklist(s.store.Snapshot()), true })
	mux.HandleFunc("GET /inspector/api/stream", s.serveStream)
	mux.HandleFunc("GET /inspector/api/tail", s.serveTail)
	mux.HandleFunc("GET /inspector/api/export", s.serveExport)
	mux.HandleFunc("POST /inspector/api/import", s.serveImport)
	mux.HandleFunc("POST /inspector/api/clear", func(w http.ResponseWriter, _ *http.Request) {
		s.store.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func found[T any](v T, ok bool) (any, bool) { return v, ok }

func filter(r *http.Request) view.Filter {
	q := r.URL.Query()
	return view.Filter{Text: q.Get("q"), Model: q.Get("model"), Service: q.Get("service"), Errors: q.Get("errors") != ""}
}

// serveExport writes a session with its traces and its recording, a trace with
// its events, or everything.
func (s *Server) serveExport(w http.ResponseWriter, r *http.Request) {
	session, trace := r.URL.Query().Get("session"), r.URL.Query().Get("trace")
	traces := map[string]bool{trace: trace != ""}
	if page, ok := view.OneSession(s.store.Snapshot(), session); ok {
		for _, id := range page.Session.Traces {
			traces[id] = true
		}
	}
	name := "inspector.jsonl"
	if id := session + trace; id != "" && projectKey.MatchString(id) {
		name = "inspector-" + id + ".jsonl"
	}
	w.Header().Set("Content-Type", "application/jsonl")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	err := s.store.Export(w, func(ofSession, ofTrace string) bool {
		if session == "" && trace == "" {
			return true
		}
		return session != "" && ofSession == session || traces[ofTrace]
	})
	if err != nil {
		panic(http.ErrAbortHandler) // half a file must not look whole
	}
}

// maxImport bounds the size of a file.
const maxImport = 256 << 20

func (s *Server) serveImport(w http.ResponseWriter, r *http.Request) {
	n, err := s.store.Import(http.MaxBytesReader(w, r.Body, maxImport))
	if err != nil {
		writeStatus(w, http.StatusBadRequest, map[string]any{"records": n, "error": err.Error()})
		return
	}
	writeJSON(w, map[string]any{"records": n})
}

func writeJSON(w http.ResponseWriter, v any) { writeStatus(w, http.StatusOK, v) }

func writeStatus(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a client that is gone does not matter
}
