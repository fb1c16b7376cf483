// Package view answers the questions of the page, the command line and coding
// agents from what the store holds. All of it is read-only.
package view

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/otelposthog/otelposthog-go/inspector/internal/replay"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Session is one browser session in a list.
type Session struct {
	ID            string    `json:"id"`
	Person        string    `json:"person"`
	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
	BrowserEvents int       `json:"browser_events"`
	AIEvents      int       `json:"ai_events"`
	Generations   int       `json:"generations"`
	InputTokens   int64     `json:"input_tokens"`
	OutputTokens  int64     `json:"output_tokens"`
	Errors        int       `json:"errors"`
	Models        []string  `json:"models"`
	Services      []string  `json:"services"`
	Traces        []string  `json:"traces"`
	// Recorded says that posthog-js recorded the page.
	Recorded bool `json:"recorded"`
}

// Filter narrows a list. Empty fields let everything pass.
type Filter struct {
	Text           string // anywhere in the events, upper and lower case alike
	Model, Service string
	Errors         bool
}

// Sessions lists the sessions, the last seen first.
func Sessions(snap store.Snapshot, f Filter) []Session {
	byID := make(map[string]*Session)
	matched := make(map[string]bool)
	at := func(id string) *Session {
		s := byID[id]
		if s == nil {
			s = &Session{ID: id}
			byID[id] = s
		}
		return s
	}
	needle := bytes.ToLower([]byte(f.Text))
	match := func(e *store.Event) {
		matched[e.SessionID] = matched[e.SessionID] || holds(e, needle)
	}
	for _, e := range snap.Loose {
		if e.SessionID != "" {
			at(e.SessionID).add(e)
			match(e)
		}
	}
	for _, t := range snap.Traces {
		services := servicesOf(t)
		for _, e := range t.Events {
			if e.SessionID == "" {
				continue
			}
			s := at(e.SessionID)
			s.add(e)
			include(&s.Traces, t.ID)
			for _, service := range services {
				include(&s.Services, service)
			}
			match(e)
		}
	}
	for _, c := range snap.Chunks {
		s := at(c.SessionID)
		s.Recorded = true
		s.Person = cmp.Or(s.Person, c.DistinctID)
		s.seen(c.Time, c.Time)
	}
	list := make([]Session, 0, len(byID))
	for id, s := range byID {
		if f.Text != "" && !matched[id] && !bytes.Contains([]byte(id), needle) ||
			f.Model != "" && !slices.Contains(s.Models, f.Model) ||
			f.Service != "" && !slices.Contains(s.Services, f.Service) ||
			f.Errors && s.Errors == 0 {
			continue
		}
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Session) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.ID, b.ID)) })
	return list
}

func (s *Session) add(e *store.Event) {
	s.Person = cmp.Or(s.Person, e.DistinctID)
	s.seen(e.Start(), e.Time)
	if e.IsError {
		s.Errors++
	}
	if !e.IsAI() && e.TraceID == "" {
		s.BrowserEvents++
		return
	}
	s.AIEvents++
	if e.Name == "$ai_generation" {
		s.Generations++
	}
	if countsTokens(e) {
		s.InputTokens += e.InputTokens
		s.OutputTokens += e.OutputTokens
	}
	if e.Model != "" {
		include(&s.Models, e.Model)
	}
}

// countsTokens is how PostHog sums: over calls of models alone.
func countsTokens(e *store.Event) bool {
	return e.Name == "$ai_generation" || e.Name == "$ai_embedding"
}

func (s *Session) seen(first, last time.Time) {
	if s.First.IsZero() || first.Before(s.First) {
		s.First = first
	}
	if last.After(s.Last) {
		s.Last = last
	}
}

// SessionPage is one session with all that happened in it.
type SessionPage struct {
	Session
	Browser []Item          `json:"browser"`
	Traces  []TracePage     `json:"trace_pages"`
	Windows []replay.Window `json:"windows"` // without their events
}

// maxReplay bounds the decoded bytes of one session's recording.
const maxReplay = 128 << 20

// OneSession returns a session. It is false when nothing of it arrived.
func OneSession(snap store.Snapshot, id string) (SessionPage, bool) {
	var page SessionPage
	all := Sessions(snap, Filter{})
	i := slices.IndexFunc(all, func(s Session) bool { return s.ID == id })
	if i < 0 {
		return page, false
	}
	page.Session = all[i]
	for _, e := range snap.Loose {
		if e.SessionID == id {
			page.Browser = append(page.Browser, itemOf(e))
		}
	}
	for _, t := range slices.Backward(snap.Traces) { // oldest first
		if slices.Contains(page.Session.Traces, t.ID) {
			page.Traces = append(page.Traces, traceOf(t))
		}
	}
	page.Windows = replay.Windows(snap.Chunks, id, maxReplay)
	for i := range page.Windows {
		page.Windows[i].Events = nil
	}
	return page, true
}

// Recording returns the recording of a session, one for each window.
func Recording(snap store.Snapshot, id string) []replay.Window {
	return replay.Windows(snap.Chunks, id, maxReplay)
}

func holds(e *store.Event, needle []byte) bool {
	return len(needle) == 0 || bytes.Contains(bytes.ToLower(e.Raw), needle)
}

func include(list *[]string, s string) {
	if !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}
