package view

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Item is one event in a list.
type Item struct {
	UUID         string    `json:"uuid"`
	Event        string    `json:"event"`
	Title        string    `json:"title"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	Model        string    `json:"model,omitempty"`
	InputTokens  int64     `json:"input_tokens,omitempty"`
	OutputTokens int64     `json:"output_tokens,omitempty"`
	Error        bool      `json:"error,omitempty"`
	SessionID    string    `json:"session_id,omitempty"`
	WindowID     string    `json:"window_id,omitempty"`
	TraceID      string    `json:"trace_id,omitempty"`
	SpanID       string    `json:"span_id,omitempty"`
	ParentID     string    `json:"parent_id,omitempty"`
	Source       string    `json:"source"`
}

func itemOf(e *store.Event) Item {
	return Item{
		UUID: e.UUID, Event: e.Name, Title: e.Title, Start: e.Start(), End: e.Time, Model: e.Model,
		InputTokens: e.InputTokens, OutputTokens: e.OutputTokens, Error: e.IsError,
		SessionID: e.SessionID, WindowID: e.WindowID, TraceID: e.TraceID, SpanID: e.SpanID, ParentID: e.ParentID,
		Source: string(e.Source),
	}
}

// Node is one row of a waterfall: a span, an event, or both.
type Node struct {
	Item
	ID      string `json:"id"` // of the span, else the uuid
	Parent  string `json:"parent,omitempty"`
	Service string `json:"service,omitempty"`
	Kind    string `json:"kind,omitempty"` // of the span
	// Session is where the span or event has one.
	HasSession bool `json:"has_session"`
	// Orphan marks a row whose parent did not arrive.
	Orphan bool `json:"orphan,omitempty"`
	Depth  int  `json:"depth"`
}

// TracePage is one trace as a tree in rows: parents before children, each level
// by start.
type TracePage struct {
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	Services     []string  `json:"services"`
	Models       []string  `json:"models"`
	Sessions     []string  `json:"sessions"`
	Generations  int       `json:"generations"`
	AIEvents     int       `json:"ai_events"`
	Unlinked     int       `json:"unlinked"`
	Errors       int       `json:"errors"`
	InputTokens  int64     `json:"input_tokens"`
	OutputTokens int64     `json:"output_tokens"`
	Spans        int       `json:"spans"`
	Nodes        []Node    `json:"nodes,omitempty"`
}

// Traces lists the traces with AI events, the newest first, without their rows.
func Traces(snap store.Snapshot, f Filter) []TracePage {
	needle := bytes.ToLower([]byte(f.Text))
	list := []TracePage{}
	for _, t := range snap.Traces {
		if len(t.Events) == 0 {
			continue
		}
		if f.Text != "" && !strings.Contains(t.ID, string(needle)) &&
			!slices.ContainsFunc(t.Events, func(e *store.Event) bool { return holds(e, needle) }) {
			continue
		}
		p := summary(t)
		if f.Model != "" && !slices.Contains(p.Models, f.Model) ||
			f.Service != "" && !slices.Contains(p.Services, f.Service) ||
			f.Errors && p.Errors == 0 {
			continue
		}
		list = append(list, p)
	}
	return list
}

// OneTrace returns a trace. It is false when nothing of it arrived.
func OneTrace(s *store.Store, id string) (TracePage, bool) {
	t, ok := s.Trace(id)
	if !ok {
		return TracePage{}, false
	}
	return traceOf(t), true
}

func summary(t store.Trace) TracePage {
	p := TracePage{ID: t.ID, Services: servicesOf(t), Spans: len(t.Spans), Sessions: []string{}, Models: []string{}}
	span := func(start, end time.Time) {
		if p.Start.IsZero() || start.Before(p.Start) {
			p.Start = start
		}
		if end.After(p.End) {
			p.End = end
		}
	}
	for _, e := range t.Events {
		span(e.Start(), e.Time)
		if e.Name == "$ai_trace" {
			p.Title = cmp.Or(p.Title, e.Title)
		}
		if !e.IsAI() {
			continue
		}
		p.AIEvents++
		if e.Name == "$ai_generation" {
			p.Generations++
		}
		if e.Model != "" {
			include(&p.Models, e.Model)
		}
		if e.IsError {
			p.Errors++
		}
		if countsTokens(e) {
			p.InputTokens += e.InputTokens
			p.OutputTokens += e.OutputTokens
		}
		if e.SessionID == "" {
			p.Unlinked++
		} else {
			include(&p.Sessions, e.SessionID)
		}
	}
	for _, s := range t.Spans {
		span(s.Data.StartTimestamp().AsTime(), s.Data.EndTimestamp().AsTime())
	}
	if p.Title == "" && len(t.Events) > 0 {
		p.Title = t.Events[0].Title
	}
	return p
}

func traceOf(t store.Trace) TracePage {
	p := summary(t)
	p.Nodes = tree(rows(t), t.ID)
	return p
}

// rows makes one row for each span or event; an event and its span share one.
func rows(t store.Trace) []Node {
	nodes := make([]Node, 0, len(t.Spans)+len(t.Events))
	bySpan := make(map[string]int, len(t.Spans))
	for _, s := range t.Spans {
		bySpan[s.Data.SpanID().String()] = len(nodes)
		nodes = append(nodes, spanNode(s, t.ID))
	}
	for _, e := range t.Events {
		i, ok := bySpan[e.SpanID]
		if !ok || nodes[i].UUID != "" {
			id := cmp.Or(e.SpanID, e.UUID)
			if ok {
				id = e.UUID // two events of one span, such as a generation and its $ai_trace
			}
			nodes = append(nodes, Node{Item: itemOf(e), ID: id, Parent: e.ParentID, Service: e.Service, HasSession: e.SessionID != ""})
			continue
		}
		start, end := nodes[i].Start, nodes[i].End // the span's are exact
		nodes[i].Item = itemOf(e)
		nodes[i].Start, nodes[i].End = start, end
		nodes[i].HasSession = e.SessionID != ""
	}
	return nodes
}

func spanNode(s *otlp.Span, traceID string) Node {
	d := s.Data
	n := Node{
		Item: Item{
			Title: d.Name(), Start: d.StartTimestamp().AsTime(), End: d.EndTimestamp().AsTime(),
			Error: d.Status().Code() == ptrace.StatusCodeError, TraceID: traceID, SpanID: d.SpanID().String(), Source: "otlp",
		},
		ID: d.SpanID().String(), Service: s.Service(), Kind: strings.ToLower(d.Kind().String()),
	}
	if !d.ParentSpanID().IsEmpty() {
		n.Parent = d.ParentSpanID().String()
	}
	for _, key := range []string{"$session_id", "posthog.session_id"} {
		n.SessionID = cmp.Or(n.SessionID, s.Text(key))
	}
	n.HasSession = n.SessionID != ""
	return n
}

// tree orders rows and gives them their depth. A cycle of parents ends up at the
// top, each row once.
func tree(nodes []Node, traceID string) []Node {
	children := make(map[string][]int)
	ids := make(map[string]bool, len(nodes))
	for _, n := range nodes {
		ids[n.ID] = true
	}
	for i := range nodes {
		n := &nodes[i]
		parent := n.Parent
		switch {
		case parent == "" || parent == traceID || parent == n.ID:
			parent = ""
		case !ids[parent]:
			n.Orphan, parent = true, ""
		}
		children[parent] = append(children[parent], i)
	}
	for _, list := range children {
		slices.SortStableFunc(list, func(a, b int) int { return nodes[a].Start.Compare(nodes[b].Start) })
	}
	ordered := make([]Node, 0, len(nodes))
	placed := make([]bool, len(nodes))
	type step struct{ index, depth int }
	walk := func(from []int) {
		var stack []step
		for _, i := range slices.Backward(from) {
			stack = append(stack, step{i, 0})
		}
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if placed[top.index] {
				continue
			}
			placed[top.index] = true
			n := nodes[top.index]
			n.Depth = top.depth
			ordered = append(ordered, n)
			for _, i := range slices.Backward(children[n.ID]) {
				stack = append(stack, step{i, top.depth + 1})
			}
		}
	}
	walk(children[""])
	for i := range nodes {
		if !placed[i] {
			walk([]int{i})
		}
	}
	return ordered
}

func servicesOf(t store.Trace) []string {
	services := []string{}
	for _, s := range t.Spans {
		if name := s.Service(); name != "" {
			include(&services, name)
		}
	}
	for _, e := range t.Events {
		if e.Service != "" {
			include(&services, e.Service)
		}
	}
	return services
}

// Items lists all events, in order of their ends.
func Items(snap store.Snapshot) []Item {
	var items []Item
	for _, t := range snap.Traces {
		for _, e := range t.Events {
			items = append(items, itemOf(e))
		}
	}
	for _, e := range snap.Loose {
		items = append(items, itemOf(e))
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.End.Compare(b.End) })
	return items
}

// Generations lists the calls of models, the newest first.
func Generations(snap store.Snapshot, f Filter, unlinked bool) []Item {
	needle := bytes.ToLower([]byte(f.Text))
	items := []Item{}
	for _, t := range snap.Traces {
		if f.Service != "" && !slices.Contains(servicesOf(t), f.Service) {
			continue
		}
		for _, e := range slices.Backward(t.Events) {
			if !countsTokens(e) || unlinked && e.SessionID != "" || !holds(e, needle) ||
				f.Model != "" && e.Model != f.Model || f.Errors && !e.IsError {
				continue
			}
			items = append(items, itemOf(e))
		}
	}
	return items
}
