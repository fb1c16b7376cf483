package posthogtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// ErrClosed is wrapped by the error of [Server.Wait] and [Server.Start] on a
// server that was closed.
var ErrClosed = errors.New("otelposthog: posthogtest server is closed")

// store is everything that the server remembers. The zero value is empty.
type store struct {
	mu       sync.Mutex
	events   []Event
	copies   map[string]int // by uuid
	requests []Request
	changed  chan struct{} // closed when more is stored; nil when nobody waits
	closed   bool
}

func (s *store) add(req Request, events []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
	s.events = append(s.events, events...)
	if s.copies == nil {
		s.copies = make(map[string]int)
	}
	for i := range events {
		s.copies[events[i].UUID]++
	}
	s.wake()
}

// wake lets the waiters look again. The caller holds the lock.
func (s *store) wake() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

func (s *store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wake()
}

// look counts the stored events and, while they are fewer than n, returns a
// channel that is closed when that may have changed. The channel is nil on a
// closed server, where nothing changes any more.
func (s *store) look(n int) (stored int, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil && len(s.events) < n && !s.closed {
		s.changed = make(chan struct{})
	}
	return len(s.events), s.changed
}

// shortfall is the error of a Wait that ended early.
func (s *store) shortfall(want string, cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := len(s.events)
	for _, req := range slices.Backward(s.requests) {
		if req.Error != "" {
			return fmt.Errorf("otelposthog: %d%s events stored, the last failed request was %s %s: %s: %w",
				got, want, req.Method, req.Path, req.Error, cause)
		}
	}
	return fmt.Errorf("otelposthog: %d%s events stored in %d requests: %w", got, want, len(s.requests), cause)
}

// Wait returns all stored events, copies included, as soon as there are at least
// n; with n of 0 or less that is at once. When ctx ends
// or the server is closed first, it returns the events there are and an error
// that wraps the cause of ctx or [ErrClosed] and says what went wrong last.
func (s *Server) Wait(ctx context.Context, n int) ([]Event, error) {
	return s.wait(ctx, n, fmt.Sprintf(" of %d", n), func([]Event) bool { return true })
}

// WaitFor is [Server.Wait] for a condition: it returns all stored events as soon
// as done is true for them. It asks done at once and after each request, by one
// goroutine. [Server.Reset] meanwhile makes it wait for more events than before.
//
//	events, err := srv.WaitFor(ctx, func(events []posthogtest.Event) bool {
//		return slices.ContainsFunc(events, func(e posthogtest.Event) bool { return e.Name == "$ai_trace" })
//	})
func (s *Server) WaitFor(ctx context.Context, done func([]Event) bool) ([]Event, error) {
	return s.wait(ctx, 0, " (not those that WaitFor waits for)", done)
}

// wait asks done when there are n events or more, and then after each further one.
func (s *Server) wait(ctx context.Context, n int, want string, done func([]Event) bool) ([]Event, error) {
	for {
		stored, changed := s.store.look(n)
		if stored >= n {
			events := s.Events()
			if done(events) {
				return events, nil
			}
			n = len(events) + 1
			continue
		}
		if changed == nil {
			return s.Events(), s.store.shortfall(want, ErrClosed)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s.Events(), s.store.shortfall(want, context.Cause(ctx))
		}
	}
}

// Events returns every event that was stored since the start or the last Reset,
// in the order of storage, copies included.
func (s *Server) Events() []Event {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return slices.Clone(s.store.events)
}

// Requests returns a record of every request since the start or the last Reset.
// A record is there before the client sees the answer.
func (s *Server) Requests() []Request {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return slices.Clone(s.store.requests)
}

// Stored returns how many times each uuid was stored. In a test against loss,
// every uuid that was sent is in it with a 1; a 2 is a resend of what had
// arrived.
func (s *Server) Stored() map[string]int {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	stored := make(map[string]int, len(s.store.copies))
	maps.Copy(stored, s.store.copies)
	return stored
}

// Deduplicated returns the events that PostHog's deduplication leaves: of all
// copies with the same timestamp, distinct id, name and uuid, the first. A
// resend that changed one of the four stays, which is a fault of the client.
func (s *Server) Deduplicated() []Event {
	seen := make(map[identity]bool)
	return slices.DeleteFunc(s.Events(), func(e Event) bool {
		id := e.identity()
		again := seen[id]
		seen[id] = true
		return again
	})
}

// Reset forgets the events, the counts and the requests, and returns the events
// that it forgot, so that a long test can drain the server bit by bit and miss
// none. Faults that were not played yet stay; see [Server.SetFaults].
func (s *Server) Reset() []Event {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	events := s.store.events
	s.store.events, s.store.copies, s.store.requests = nil, nil, nil
	return events
}
