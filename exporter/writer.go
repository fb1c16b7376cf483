package exporter

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
)

// writer writes events as JSON lines.
type writer struct {
	maxEventBytes int

	mu   sync.Mutex
	to   io.Writer
	line []byte
	torn bool // the last line is not all there
}

func (w *writer) Send(ctx context.Context, events []event.Event) (report outcome.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range events {
		if ctx.Err() != nil {
			report.Lose(i, &outcome.Failure{Reason: outcome.EndReason(ctx), Retryable: true, Err: context.Cause(ctx)})
			continue
		}
		if err := w.write(&events[i], &report); err != nil {
			report.Lose(i, &outcome.Failure{Reason: outcome.WriteFailed, Retryable: true, Err: fmt.Errorf("writing an event: %w", err)})
			continue
		}
		report.Stored++
	}
	return report
}

// write returns no error if the whole line is written, even if the writer
// returns one. A torn line is ended, so that it does not damage the next one.
func (w *writer) write(e *event.Event, report *outcome.Report) error {
	w.line = w.line[:0]
	if w.torn {
		w.line = append(w.line, '\n')
	}
	start := len(w.line)
	w.line = e.Append(w.line)
	if w.maxEventBytes > 0 && len(w.line)-start > w.maxEventBytes {
		smaller := shrink.Event(*e, w.maxEventBytes)
		e = &smaller
		w.line = e.Append(w.line[:start])
		report.Shrunk++
	}
	if len(e.Origins) > 0 {
		w.line = e.AppendExplained(w.line[:start])
	}
	w.line = append(w.line, '\n')
	n, err := w.to.Write(w.line)
	switch {
	case n >= len(w.line):
		w.torn = false
		return nil
	case n > 0:
		w.torn = n > start || !w.torn // else only the end of the last line is written
	}
	if err == nil {
		err = io.ErrShortWrite
	}
	return err
}
