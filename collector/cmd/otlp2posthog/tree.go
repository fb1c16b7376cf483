package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// printTree prints the events, which are lines of JSON, as trees, and what is known
// of their sessions.
func printTree(to io.Writer, lines io.Reader, recorded *recording) error {
	var events []posthogtest.Event
	for decoder := json.NewDecoder(lines); ; {
		decoder.UseNumber()
		var e posthogtest.Event
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil
	}
	fmt.Fprint(to, posthogtest.Tree(events))
	fmt.Fprintln(to)
	sessions := make(map[string]int)
	var order []string
	for _, e := range events {
		id := e.SessionID()
		if sessions[id]++; sessions[id] == 1 && id != "" {
			order = append(order, id)
		}
	}
	for _, id := range order {
		fmt.Fprintf(to, "session %s: %s\n", id, count(sessions[id]))
	}
	if n := sessions[""]; n > 0 {
		fmt.Fprintf(to, "without a session: %s\n", count(n))
		for _, e := range events {
			if e.SessionID() == "" {
				fmt.Fprintf(to, "  %s: %s\n", nameOf(e), recorded.why(e.TraceID(), e.SpanID()))
			}
		}
	}
	return nil
}

func count(n int) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}

func nameOf(e posthogtest.Event) string {
	for _, property := range []string{"$ai_span_name", "$ai_trace_name"} {
		if name, ok := e.Text(property); ok && name != "" {
			return fmt.Sprintf("%s %q", e.Name, name)
		}
	}
	return e.Name
}
