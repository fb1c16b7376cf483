package view

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Overview is what the frame of the page shows.
type Overview struct {
	Version  int             `json:"version"`
	Sessions int             `json:"sessions"`
	Traces   int             `json:"traces"`
	Unlinked int             `json:"unlinked"`
	Stored   store.Counts    `json:"stored"`
	Dropped  store.Counts    `json:"dropped"`
	Bytes    int             `json:"bytes"`
	Limit    int             `json:"limit"`
	Refused  []store.Refusal `json:"refused"`
	Models   []string        `json:"models"`
	Services []string        `json:"services"`
}

// Look returns the overview.
func Look(snap store.Snapshot) Overview {
	o := Overview{
		Version: snap.Version, Stored: snap.Stored, Dropped: snap.Dropped, Bytes: snap.Bytes, Limit: snap.Limit,
		Refused: append([]store.Refusal{}, snap.Refused...), Models: []string{}, Services: []string{},
	}
	sessions := make(map[string]bool)
	for _, e := range snap.Loose {
		sessions[e.SessionID] = true
	}
	for _, c := range snap.Chunks {
		sessions[c.SessionID] = true
	}
	for _, t := range snap.Traces {
		for _, s := range servicesOf(t) {
			include(&o.Services, s)
		}
		if len(t.Events) > 0 {
			o.Traces++
		}
		for _, e := range t.Events {
			sessions[e.SessionID] = true
			if e.IsAI() && e.SessionID == "" {
				o.Unlinked++
			}
			if e.Model != "" {
				include(&o.Models, e.Model)
			}
		}
	}
	delete(sessions, "")
	o.Sessions = len(sessions)
	slices.Sort(o.Models)
	slices.Sort(o.Services)
	return o
}
