// Package posthogclient hands events to a client of posthog-go v1. It is the only
// package below the exporter's that knows posthog-go, so that another version of
// the client can have a package beside it.
package posthogclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/posthog/posthog-go"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
)

const (
	// maxEvent leaves room below posthog-go's limit of 500,000 bytes for the
	// properties that it and its Config add.
	maxEvent = 480_000
	// minEvent is the size that an event can always be shrunk to.
	minEvent = 16 << 10
)

// Sink hands events to a client.
type Sink struct {
	client   posthog.EnqueueClient
	maxEvent int
	wait     time.Duration
}

// New returns a Sink. A limit of 0 leaves events as large as the client takes
// them; wait is how long one export waits for room in the client's queue.
func New(client posthog.EnqueueClient, limit int, wait time.Duration) *Sink {
	s := &Sink{client: client, maxEvent: maxEvent, wait: wait}
	if limit > 0 {
		s.maxEvent = min(s.maxEvent, limit)
	}
	return s
}

// Send returns when the client has taken the events into its queue, or refused
// them.
func (s *Sink) Send(ctx context.Context, events []event.Event) (report outcome.Report) {
	var scratch []byte
	var end *outcome.Failure // why no further event is taken
	giveUpAt := time.Now().Add(s.wait)
	for i := range events {
		e := events[i]
		f := end
		if f == nil {
			scratch = s.fit(&e, scratch, &report)
			f = s.enqueue(ctx, message(&e), giveUpAt, &report)
		}
		if f == nil {
			report.Stored++
			continue
		}
		if f.Reason != outcome.Rejected { // the next event would meet it, too
			end = f
		}
		report.Lose(i, f)
	}
	return report
}

// enqueue waits while the queue of the client is full.
func (s *Sink) enqueue(ctx context.Context, msg posthog.Capture, giveUpAt time.Time, report *outcome.Report) *outcome.Failure {
	wait := backoff.ExponentialBackOff{InitialInterval: time.Millisecond, MaxInterval: 250 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5}
	for {
		if ctx.Err() != nil {
			return failure(outcome.EndReason(ctx), true, context.Cause(ctx))
		}
		err := s.client.Enqueue(msg)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, posthog.ErrClosed):
			return failure(outcome.ClientClosed, false, err)
		case !errors.Is(err, posthog.ErrQueueFull):
			return failure(outcome.Rejected, false, err)
		}
		delay := wait.NextBackOff()
		if time.Now().Add(delay).After(giveUpAt) {
			return failure(outcome.QueueFull, true, err)
		}
		report.Retries++
		select {
		case <-time.After(delay):
		case <-ctx.Done():
		}
	}
}

func failure(reason outcome.Reason, retryable bool, err error) *outcome.Failure {
	return &outcome.Failure{Reason: reason, Retryable: retryable, Err: fmt.Errorf("posthog-go did not take an event: %w", err)}
}

// fit shrinks an event under the limit as posthog-go measures it: its JSON
// escapes what HTML would read.
func (s *Sink) fit(e *event.Event, scratch []byte, report *outcome.Report) []byte {
	whole := *e
	scratch = e.Append(scratch[:0])
	size := len(scratch) + htmlEscapes(scratch)
	if size <= s.maxEvent {
		return scratch
	}
	report.Shrunk++
	// What is left after cutting may hold more to escape than what is gone, so it
	// can take another round.
	limit := len(scratch)
	for size > s.maxEvent && limit > minEvent {
		limit = max(min(limit-1, int(float64(limit)*float64(s.maxEvent)/float64(size))), minEvent)
		*e = shrink.Event(whole, limit)
		scratch = e.Append(scratch[:0])
		size = len(scratch) + htmlEscapes(scratch)
	}
	return scratch
}

// htmlEscapes is how much longer JSON becomes when <, >, & and the line
// separators of Unicode are escaped.
func htmlEscapes(b []byte) int {
	n := 0
	for i, c := range b {
		switch c {
		case '<', '>', '&':
			n += len(`\u003c`) - 1
		case 0xE2:
			if i+2 < len(b) && b[i+1] == 0x80 && b[i+2]&^1 == 0xA8 {
				n += len(`\u2028`) - 3
			}
		}
	}
	return n
}
