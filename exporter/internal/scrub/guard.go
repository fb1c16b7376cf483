package scrub

import (
	"sync/atomic"
	"time"
)

// Text is a text that a redactor of the user sees.
type Text struct {
	Event, Property, Role, Path, Value string
}

// WithheldNote stands in the place of a text whose redactor failed.
const WithheldNote = "[withheld: a redactor failed]"

// maxStuck is how many calls of one redactor may hang at the same time. Beyond
// that it is not called any more until one returns: each call holds a goroutine.
const maxStuck = 4

// Guard calls a redactor of the user, which may panic or hang.
type Guard struct {
	redact func(Text) string
	limit  time.Duration
	stuck  atomic.Int32
}

// NewGuard returns a Guard that gives each call so much time.
func NewGuard(redact func(Text) string, limit time.Duration) *Guard {
	return &Guard{redact: redact, limit: limit}
}

type answer struct {
	text string
	ok   bool // without a panic
}

func (s *Scrubber) call(g *Guard, t Text) string {
	if g.stuck.Load() >= maxStuck {
		s.Timeouts++
		return WithheldNote
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			_ = recover()
			done <- a
		}()
		a.text = g.redact(t)
		a.ok = true
	}()
	timer := time.NewTimer(g.limit)
	defer timer.Stop()
	select {
	case a := <-done:
		if !a.ok {
			s.Panics++
			return WithheldNote
		}
		return a.text
	case <-timer.C:
		s.Timeouts++
		g.stuck.Add(1)
		go func() {
			<-done
			g.stuck.Add(-1)
		}()
		return WithheldNote
	}
}
