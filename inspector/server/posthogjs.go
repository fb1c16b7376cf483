package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"time"

	"github.com/otelposthog/otelposthog-go/inspector/internal/assets"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// What posthog-js asks for, beside the capture paths.

// serveFlags answers that there are no feature flags.
func serveFlags(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"flags": map[string]any{}, "featureFlags": map[string]any{}, "errorsWhileComputingFlags": false,
		"sessionRecording": remoteConfig["sessionRecording"], "supportedCompression": remoteConfig["supportedCompression"],
	})
}

// remoteConfig turns recording on and everything off that needs a PostHog.
var remoteConfig = map[string]any{
	"supportedCompression": []string{"gzip", "gzip-js"},
	"hasFeatureFlags":      false,
	"sessionRecording": map[string]any{
		"endpoint": "/s/", "recorderVersion": "v2", "consoleLogRecordingEnabled": true,
		"networkPayloadCapture": nil, "sampleRate": nil, "minimumDurationMilliseconds": nil, "linkedFlag": nil,
	},
	"capturePerformance": false, "autocaptureExceptions": false, "autocapture_opt_out": false, "captureDeadClicks": false,
	"heatmaps": false, "surveys": false, "productTours": false, "conversations": false,
	"toolbarParams": map[string]any{}, "isAuthenticated": false, "siteApps": []any{}, "defaultIdentifiedOnly": true,
}

var projectKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,200}$`)

func serveRemoteConfig(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	if !projectKey.MatchString(key) {
		http.Error(w, "the project key has unusual characters", http.StatusBadRequest)
		return
	}
	switch r.PathValue("file") {
	case "config":
		writeJSON(w, remoteConfig)
	case "config.js":
		config, err := json.Marshal(remoteConfig)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = fmt.Fprintf(w, "(window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {})[%q] = {config: %s, siteApps: []};\n", key, config)
	default:
		http.NotFound(w, r)
	}
}

// serveStatic serves the scripts of posthog-js, with or without a version in the
// path. Without them here, the browser gets them from PostHog.
func (s *Server) serveStatic(w http.ResponseWriter, r *http.Request) {
	file := "static/" + path.Base(r.PathValue("path"))
	if !assets.Has(file) {
		const host = "https://us-assets.i.posthog.com"
		s.refuse(r.URL.Path, http.StatusTemporaryRedirect, "posthog-js is loaded from "+host+": run `"+assets.Command+"` in the folder inspector to serve it from here")
		http.Redirect(w, r, host+path.Clean("/static/"+r.PathValue("path")), http.StatusTemporaryRedirect)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	http.ServeFileFS(w, r, assets.Files(), file)
}

// serveRecording takes what the recorder sends: a list of $snapshot events, one,
// or a batch.
func (s *Server) serveRecording(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "only POST works here", http.StatusMethodNotAllowed)
		return
	}
	wire, plain, err := readBody(r)
	if err == nil && plain == nil {
		plain = wire
		if r.Header.Get("Content-Encoding") == "gzip" {
			plain, err = gunzip(wire)
		}
	}
	var events []recordingEvent
	if err == nil {
		events, err = parseRecording(plain)
	}
	if err != nil {
		s.refuse(r.URL.Path, http.StatusBadRequest, err.Error())
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.forward.request(r, wire)
	for _, e := range events {
		p := e.Properties
		s.store.AddChunk(store.Chunk{
			SessionID: p.SessionID, WindowID: p.WindowID, DistinctID: p.DistinctID, Time: time.Now(), Data: p.Data,
		})
	}
	writeJSON(w, map[string]any{"status": 1})
}

type recordingEvent struct {
	Event      string
	Properties struct {
		SessionID  string          `json:"$session_id"`
		WindowID   string          `json:"$window_id"`
		DistinctID string          `json:"distinct_id"`
		Data       json.RawMessage `json:"$snapshot_data"`
	}
}

func parseRecording(plain []byte) ([]recordingEvent, error) {
	var events []recordingEvent
	plain = bytes.TrimSpace(plain)
	if bytes.HasPrefix(plain, []byte("[")) {
		if err := json.Unmarshal(plain, &events); err != nil {
			return nil, fmt.Errorf("bad JSON: %w", err)
		}
	} else {
		var one struct {
			recordingEvent
			Batch []recordingEvent
		}
		if err := json.Unmarshal(plain, &one); err != nil {
			return nil, fmt.Errorf("bad JSON: %w", err)
		}
		events = one.Batch
		if events == nil {
			events = []recordingEvent{one.recordingEvent}
		}
	}
	for _, e := range events {
		if e.Event != "$snapshot" || e.Properties.SessionID == "" || len(e.Properties.Data) == 0 {
			return nil, fmt.Errorf("a recording consists of $snapshot events with $session_id and $snapshot_data, this is %q", e.Event)
		}
	}
	return events, nil
}

// addRecording stores a $snapshot event that came by a capture path.
func (s *Server) addRecording(distinctID string, properties map[string]any) {
	session, _ := properties["$session_id"].(string)
	window, _ := properties["$window_id"].(string)
	data, err := json.Marshal(properties["$snapshot_data"])
	if session == "" || err != nil {
		return
	}
	s.store.AddChunk(store.Chunk{SessionID: session, WindowID: window, DistinctID: distinctID, Time: time.Now(), Data: data})
}
