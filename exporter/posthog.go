package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/uuid"
	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// maxClientEvent leaves room below posthog-go's limit of 500,000 bytes for the
// properties that it and its Config add.
const maxClientEvent = 480_000

// Reasons of losses on this way out.
const (
	queueFull    capture.Reason = "queue_full"
	clientClosed capture.Reason = "client_closed"
)

// clientSink hands events to a posthog-go client.
type clientSink struct {
	client   posthog.EnqueueClient
	maxEvent int
	wait     time.Duration // for room in the queue, in one export
}

func newClientSink(client posthog.EnqueueClient, cfg config) *clientSink {
	s := &clientSink{client: client, maxEvent: maxClientEvent, wait: cfg.retry.MaxElapsedTime}
	if cfg.maxEventBytes > 0 {
		s.maxEvent = min(s.maxEvent, cfg.maxEventBytes)
	}
	return s
}

func (s *clientSink) send(ctx context.Context, events []event.Event) (report capture.Report) {
	var scratch []byte
	var end error // why no further event is taken
	giveUpAt := time.Now().Add(s.wait)
	seen := make(map[uuid.UUID]bool, len(events))
	for i := range events {
		e := events[i]
		if seen[e.UUID] {
			report.Duplicates++
			continue
		}
		seen[e.UUID] = true
		err := end
		if err == nil {
			scratch = s.fit(&e, scratch, &report)
			err = s.enqueue(ctx, message(&e), giveUpAt, &report)
		}
		if err == nil {
			report.Stored++
			continue
		}
		loss, stop := judge(ctx, err)
		if stop {
			end = err
		}
		loss.Event = i
		report.Lose(loss, fmt.Errorf("posthog-go did not take an event: %w", err))
	}
	return report
}

// judge tells what an error of the client means, and whether the next event
// would meet it, too.
func judge(ctx context.Context, err error) (loss capture.Loss, stop bool) {
	switch {
	case ctx.Err() != nil:
		return capture.Loss{Reason: capture.EndReason(ctx), Retryable: true}, true
	case errors.Is(err, posthog.ErrQueueFull):
		return capture.Loss{Reason: queueFull, Retryable: true}, true
	case errors.Is(err, posthog.ErrClosed):
		return capture.Loss{Reason: clientClosed}, true
	}
	return capture.Loss{Reason: capture.Rejected}, false
}

// enqueue waits while the queue of the client is full.
func (s *clientSink) enqueue(ctx context.Context, msg posthog.Capture, giveUpAt time.Time, report *capture.Report) error {
	wait := backoff.ExponentialBackOff{InitialInterval: time.Millisecond, MaxInterval: 250 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5}
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := s.client.Enqueue(msg)
		if !errors.Is(err, posthog.ErrQueueFull) {
			return err
		}
		delay := wait.NextBackOff()
		if time.Now().Add(delay).After(giveUpAt) {
			return err
		}
		report.Retries++
		select {
		case <-time.After(delay):
		case <-ctx.Done():
		}
	}
}

// fit shrinks an event under the limit as posthog-go measures it: its JSON
// escapes what HTML would read.
func (s *clientSink) fit(e *event.Event, scratch []byte, report *capture.Report) []byte {
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
	for size > s.maxEvent && limit > minEventBytes {
		limit = max(min(limit-1, int(float64(limit)*float64(s.maxEvent)/float64(size))), minEventBytes)
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

// message is the event as posthog-go wants it, with plain values for its hooks.
func message(e *event.Event) posthog.Capture {
	msg := posthog.Capture{
		Uuid:       e.UUID.String(),
		DistinctId: e.DistinctID,
		Event:      e.Name,
		Timestamp:  e.Time,
		Properties: make(posthog.Properties, len(e.Properties)+8), // with room for those of the client
	}
	for i := range e.Properties {
		p := &e.Properties[i]
		if p.Value.Type() == attribute.EMPTY {
			continue
		}
		value := plainProperty(p)
		if groups, ok := value.(map[string]any); ok && p.Key == semconv.PropertyGroups {
			msg.Groups = groups
			continue
		}
		msg.Properties[p.Key] = value
	}
	return msg
}

func plainProperty(p *prop.Property) any {
	if !p.JSON {
		switch p.Value.Type() {
		case attribute.STRING:
			return validText(p.Value.AsString())
		case attribute.BOOL:
			return p.Value.AsBool()
		case attribute.INT64:
			return p.Value.AsInt64()
		}
	}
	tree := p.Tree()
	return plain(&tree)
}

func plain(n *jsontree.Node) any {
	switch n.Kind {
	case jsontree.Bool:
		return n.Text == "true"
	case jsontree.Number:
		return number(n.Text)
	case jsontree.String:
		return validText(n.Text)
	case jsontree.Array:
		list := make([]any, len(n.Items))
		for i := range n.Items {
			list[i] = plain(&n.Items[i])
		}
		return list
	case jsontree.Object:
		object := make(map[string]any, len(n.Members))
		for i := range n.Members {
			object[validText(n.Members[i].Name)] = plain(&n.Members[i].Value)
		}
		return object
	}
	return nil
}

// number returns a Go number when that has the same value as the JSON one, and
// else the JSON one.
func number(text string) any {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strconv.FormatFloat(f, 'g', -1, 64) == text {
		return f
	}
	return json.Number(text)
}

// validText replaces each invalid byte, as our own JSON does.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// close leaves the client to its owner.
func (s *clientSink) close() {}

func (s *clientSink) describe() any { return struct{ Client string }{fmt.Sprintf("%T", s.client)} }
