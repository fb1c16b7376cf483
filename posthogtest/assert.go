package posthogtest

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// TB is the part of testing.TB that this package needs.
type TB interface {
	Helper()
	Cleanup(func())
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Start is [NewServer] for a test: the server is closed when the test ends.
func Start(tb TB, opts ...Option) *Server {
	tb.Helper()
	s := NewServer(opts...)
	tb.Cleanup(s.Close)
	return s
}

// AssertSession fails the test unless there is an AI event and every AI event has
// this session as $session_id. It names those that have not.
func AssertSession(tb TB, events []Event, session string) bool {
	tb.Helper()
	ai := 0
	var wrong []string
	for _, e := range events {
		if !e.IsAI() {
			continue
		}
		ai++
		switch got := e.SessionID(); got {
		case session:
		case "":
			wrong = append(wrong, fmt.Sprintf("%s: no $session_id", label(e)))
		default:
			wrong = append(wrong, fmt.Sprintf("%s: $session_id is %q", label(e), got))
		}
	}
	switch {
	case ai == 0:
		tb.Errorf("posthogtest: no AI event among %d events: has the tracer provider been flushed?", len(events))
	case len(wrong) > 0:
		tb.Errorf("posthogtest: %d of %d AI events are not in the session %q:\n  %s", len(wrong), ai, session, strings.Join(wrong, "\n  "))
	}
	return ai > 0 && len(wrong) == 0
}

// AssertTree fails the test unless the events make this tree, as [Tree] draws it,
// and shows the difference: a line with - is missing, one with + is too many. In
// want, empty lines at both ends and common indentation do not count, and a tab
// counts as two spaces.
func AssertTree(tb TB, events []Event, want string) bool {
	tb.Helper()
	want, got := dedent(want), strings.TrimSuffix(Tree(events), "\n")
	if want == got {
		return true
	}
	tb.Errorf("posthogtest: the tree of the events is not the expected one (- expected, + found):\n%s", diff(want, got))
	return false
}

// AssertNoFurtherEvents waits for the time d and fails the test if an event is
// stored meanwhile, which it shows. Where the program under test can be shut down,
// do that instead, and look at [Server.Events]: it needs no time.
func (s *Server) AssertNoFurtherEvents(tb TB, d time.Duration) bool {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), d)
	defer cancel()
	before := len(s.Events())
	if events, err := s.Wait(ctx, before+1); err == nil {
		tb.Errorf("posthogtest: %d further events, the first is %v", len(events)-before, events[before])
		return false
	}
	return true
}
