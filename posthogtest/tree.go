package posthogtest

import (
	"slices"
	"strings"
)

// Tree draws the traces of events as text, each event on a line of its own, below
// its parent and two spaces further in:
//
//	trace POST /ask
//	  span plan
//	    generation chat gpt-5
//	  embedding embeddings text-embedding-3-small
//
// The first word is the name of the event without $ai_; events that are not about
// AI are left out. The rest is $ai_span_name, else $ai_trace_name, $ai_metric_name,
// $ai_evaluation_name or $ai_model. Events with one parent are in the order of their
// timestamps, and copies of one event are one line. An empty line stands between
// traces, and a mark behind an event whose place is not the one it asked for:
//
//	(parent missing)   $ai_parent_id is no event here and not the trace
//	(parent cycle)     it is its own ancestor
//
// $ai_metric, $ai_feedback and $ai_evaluation stand below the event that they are
// about.
func Tree(events []Event) string {
	var traces []string
	for _, trace := range byTrace(events) {
		traces = append(traces, newTree(trace).draw())
	}
	return strings.Join(traces, "\n")
}

// byTrace returns the AI events of each trace, without copies, by time.
func byTrace(events []Event) [][]Event {
	seen := make(map[string]bool)
	index := make(map[string]int)
	var traces [][]Event
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(a, b Event) int { return a.Timestamp.Compare(b.Timestamp) })
	for _, e := range sorted {
		if !e.IsAI() || seen[e.UUID] {
			continue
		}
		seen[e.UUID] = true
		i, ok := index[e.TraceID()]
		if !ok {
			i = len(traces)
			index[e.TraceID()] = i
			traces = append(traces, nil)
		}
		traces[i] = append(traces[i], e)
	}
	return traces
}

// tree is one trace.
type tree struct {
	events   []Event
	children map[int][]int // by index; top has those without a parent here
	mark     map[int]string
}

const top = -1

func newTree(events []Event) tree {
	t := tree{events, make(map[int][]int), make(map[int]string)}
	root, spans := top, make(map[string]int)
	for i, e := range slices.Backward(events) {
		if e.Name == "$ai_trace" {
			root = i
		}
		if id := e.SpanID(); id != "" && !about(e) {
			spans[id] = i
		}
	}
	parents := make([]int, len(events))
	for i, e := range events {
		parents[i] = root
		id := e.ParentID()
		if about(e) {
			id = e.text("$ai_target_span_id")
			if id == "" {
				id = e.SpanID()
			}
		}
		p, known := spans[id]
		switch {
		case i == root:
			parents[i] = top
		case known:
			parents[i] = p
		case id != "" && id != e.TraceID():
			t.mark[i] = " (parent missing)"
		}
	}
	for i := range events {
		if inCycle(parents, i) {
			t.mark[i], parents[i] = " (parent cycle)", top
		}
		t.children[parents[i]] = append(t.children[parents[i]], i)
	}
	return t
}

// about reports whether an event says something about another one.
func about(e Event) bool {
	return e.Name == "$ai_metric" || e.Name == "$ai_feedback" || e.Name == "$ai_evaluation"
}

func inCycle(parents []int, i int) bool {
	p := parents[i]
	for range parents {
		if p == top {
			return false
		}
		if p == i {
			return true
		}
		p = parents[p]
	}
	return false
}

// draw writes the lines from the top down. It keeps a stack of its own, because a
// trace can be deep.
func (t tree) draw() string {
	type place struct{ event, depth int }
	var b strings.Builder
	var stack []place
	push := func(event, depth int) {
		for _, child := range slices.Backward(t.children[event]) {
			stack = append(stack, place{child, depth})
		}
	}
	for push(top, 0); len(stack) > 0; {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		b.WriteString(strings.Repeat("  ", at.depth) + label(t.events[at.event]) + t.mark[at.event] + "\n")
		push(at.event, at.depth+1)
	}
	return b.String()
}

func label(e Event) string {
	kind := strings.TrimPrefix(e.Name, "$ai_")
	for _, property := range []string{"$ai_span_name", "$ai_trace_name", "$ai_metric_name", "$ai_evaluation_name", "$ai_model"} {
		if name := e.text(property); name != "" {
			return kind + " " + strings.Join(strings.Fields(name), " ")
		}
	}
	return kind
}
