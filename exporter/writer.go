package exporter

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
)

const writeFailed capture.Reason = "write_failed"

// writerSink writes events as JSON lines.
type writerSink struct {
	maxEventBytes int

	mu   sync.Mutex
	w    io.Writer
	line []byte
}

func newWriterSink(w io.Writer, cfg config) *writerSink {
	return &writerSink{w: w, maxEventBytes: cfg.maxEventBytes}
}

func (s *writerSink) send(ctx context.Context, events []event.Event) (report capture.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range events {
		err := s.write(ctx, &events[i], &report)
		switch {
		case err == nil:
			report.Stored++
		case ctx.Err() != nil:
			report.Lose(capture.Loss{Event: i, Reason: capture.EndReason(ctx), Retryable: true}, err)
		default:
			report.Lose(capture.Loss{Event: i, Reason: writeFailed, Retryable: true}, err)
		}
	}
	return report
}

func (s *writerSink) write(ctx context.Context, e *event.Event, report *capture.Report) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.line = e.Append(s.line[:0])
	if s.maxEventBytes > 0 && len(s.line) > s.maxEventBytes {
		smaller := shrink.Event(*e, s.maxEventBytes)
		e = &smaller
		s.line = e.Append(s.line[:0])
		report.Shrunk++
	}
	if len(e.Origins) > 0 {
		s.line = e.AppendExplained(s.line[:0])
	}
	s.line = append(s.line, '\n')
	if _, err := s.w.Write(s.line); err != nil {
		return fmt.Errorf("writing an event: %w", err)
	}
	return nil
}

func (s *writerSink) close() {}

func (s *writerSink) describe() any { return struct{ Writer string }{fmt.Sprintf("%T", s.w)} }
