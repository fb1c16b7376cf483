package view

import (
	"slices"

	"github.com/otelposthog/otelposthog-go/inspector/internal/explain"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Group is the unlinked events of one cause.
type Group struct {
	Cause explain.Cause `json:"cause"`
	Title string        `json:"title"`
	Fix   string        `json:"fix"`
	Count int           `json:"count"`
	// Events are the newest, up to 50.
	Events []Finding `json:"events"`
}

// Finding is one event with what was seen of its way.
type Finding struct {
	Item
	Detail  string `json:"detail"`
	Certain bool   `json:"certain"`
}

const maxFindings = 50

// Unlinked groups the AI events without a session by their cause, and those whose
// session leads to no recording. Events of a trace that say the same are counted
// one by one.
func Unlinked(snap store.Snapshot) []Group {
	world := explain.NewWorld(snap)
	groups := make(map[explain.Cause]*Group)
	for _, t := range snap.Traces {
		trace := explain.NewTrace(t)
		for _, e := range t.Events {
			if !e.IsAI() {
				continue
			}
			v := trace.Event(e, world)
			if v.Cause == explain.Linked {
				continue
			}
			g := groups[v.Cause]
			if g == nil {
				g = &Group{Cause: v.Cause, Title: v.Title, Fix: v.Fix}
				groups[v.Cause] = g
			}
			g.Count++
			if len(g.Events) < maxFindings {
				g.Events = append(g.Events, Finding{itemOf(e), v.Detail, v.Certain})
			}
		}
	}
	list := []Group{}
	for _, cause := range explain.Causes {
		if g := groups[cause]; g != nil {
			list = append(list, *g)
		}
	}
	slices.SortStableFunc(list, func(a, b Group) int { return b.Count - a.Count })
	return list
}
