package main

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// pageConfig is what the page's script knows of the server.
type pageConfig struct {
	PostHogKey  string `json:"posthogKey"` // empty: no posthog-js
	PostHogHost string `json:"posthogHost"`
	Inspector   string `json:"inspector"` // empty with a real PostHog
}

func (a *app) servePage(w http.ResponseWriter, _ *http.Request) {
	cfg := pageConfig{PostHogKey: a.cfg.posthogKey, PostHogHost: a.cfg.posthogHost}
	if a.inspector != nil {
		cfg = pageConfig{PostHogKey: localKey, PostHogHost: a.inspector.url, Inspector: a.inspector.url}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pageTemplate.Execute(w, cfg); err != nil {
		a.cfg.log.Printf("page: %v", err)
	}
}

// serveLLM answers with what the fake LLM API could read about the user. With a
// real one nobody knows.
func (a *app) serveLLM(w http.ResponseWriter, _ *http.Request) {
	if a.llm == nil {
		httpError(w, http.StatusNotFound, "the LLM API is a real one")
		return
	}
	writeJSON(w, map[string]any{"calls": a.llm.requests(), "leaks": a.llm.leaks()})
}
