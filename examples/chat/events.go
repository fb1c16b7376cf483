package main

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"

	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// What a person sees: the page, and the events that came out of a request.

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// pageConfig is what the page's script knows of the server.
type pageConfig struct {
	PostHogKey  string `json:"posthogKey"` // empty: no posthog-js
	PostHogHost string `json:"posthogHost"`
	FakeLLM     bool   `json:"fakeLLM"`
}

func (a *app) servePage(w http.ResponseWriter, _ *http.Request) {
	cfg := pageConfig{FakeLLM: a.llm != nil}
	if a.posthog == nil {
		cfg.PostHogKey, cfg.PostHogHost = a.cfg.posthogKey, a.cfg.posthogHost
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pageTemplate.Execute(w, cfg); err != nil {
		a.cfg.log.Printf("page: %v", err)
	}
}

// inspection is what the stand-ins saw of one trace.
type inspection struct {
	Events   []posthogtest.Event `json:"events"`
	LLMCalls int                 `json:"llm_calls"` // by everybody so far
	LLMLeaks []string            `json:"llm_leaks"` // null with a real LLM
}

// serveEvents answers with the events of the trace that the query names. A real
// PostHog has no such door: there the page links to the replay.
func (a *app) serveEvents(w http.ResponseWriter, r *http.Request) {
	if a.posthog == nil {
		httpError(w, http.StatusNotFound, "the events are in PostHog")
		return
	}
	if err := a.flush(r.Context()); err != nil {
		httpError(w, http.StatusBadGateway, err.Error())
		return
	}
	traceID := r.URL.Query().Get("trace_id")
	seen := inspection{Events: slices.DeleteFunc(a.posthog.Events(), func(e posthogtest.Event) bool {
		return e.Properties[semconv.PropertyTraceID] != traceID
	})}
	if a.llm != nil {
		seen.LLMCalls, seen.LLMLeaks = a.llm.requests(), a.llm.leaks()
	}
	writeJSON(w, seen)
}

// printEvents prints a line per event of the stand-in until it is closed.
func (a *app) printEvents(w io.Writer) {
	if a.posthog == nil {
		return
	}
	for printed := 0; ; {
		events, err := a.posthog.Wait(context.Background(), printed+1)
		if err != nil {
			return
		}
		for _, e := range events[printed:] {
			_, _ = fmt.Fprintln(w, line(e)) // a terminal that is gone does not matter
		}
		printed = len(events)
	}
}

// line is an event in a friendly form.
func line(e posthogtest.Event) string {
	s := fmt.Sprintf("%s  %-14s  %-26s", e.Timestamp.Local().Format("15:04:05"), e.Name, e.Properties[semconv.PropertySpanName])
	if seconds, ok := e.Float(semconv.PropertyLatency); ok {
		s += fmt.Sprintf("  %6.3f s", seconds)
	}
	in, _ := e.Int(semconv.PropertyInputTokens)
	if out, ok := e.Int(semconv.PropertyOutputTokens); ok {
		s += fmt.Sprintf("  %d+%d tokens", in, out)
	}
	if session, ok := e.Properties[semconv.PropertySessionID]; ok {
		return fmt.Sprintf("%s  session %s", s, session)
	}
	return s + "  no session"
}
