package exporter

import (
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
)

// lossInterval is how often one reason is reported at most.
const lossInterval = time.Minute

// lossReporter tells otel.Handle about events that are lost for good, once per
// reason and interval with a count. What a later export can still store is the
// caller's to report: it has the error, and the spans.
type lossReporter struct {
	mu      sync.Mutex
	reasons map[capture.Reason]*lossCount
}

type lossCount struct {
	n        int // not reported yet
	err      error
	reported time.Time
}

func (r *lossReporter) add(report capture.Report) {
	if len(report.Lost) == 0 {
		return
	}
	for _, err := range r.due(report, time.Now()) {
		otel.Handle(err)
	}
}

// due counts the losses and returns the errors whose time has come. The handler
// is called without the lock: it is foreign code.
func (r *lossReporter) due(report capture.Report, now time.Time) []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, loss := range report.Lost {
		if loss.Retryable {
			continue
		}
		c := r.reasons[loss.Reason]
		if c == nil {
			if r.reasons == nil {
				r.reasons = make(map[capture.Reason]*lossCount)
			}
			c = new(lossCount)
			r.reasons[loss.Reason] = c
		}
		c.n++
		c.err = report.Causes[loss.Reason]
	}
	return r.collect(func(c *lossCount) bool {
		if now.Sub(c.reported) < lossInterval {
			return false
		}
		c.reported = now
		return true
	})
}

// flush reports what has been counted since the last reports.
func (r *lossReporter) flush() {
	r.mu.Lock()
	errs := r.collect(func(*lossCount) bool { return true })
	r.mu.Unlock()
	for _, err := range errs {
		otel.Handle(err)
	}
}

func (r *lossReporter) collect(isDue func(*lossCount) bool) []error {
	var errs []error
	for reason, c := range r.reasons {
		if c.n > 0 && isDue(c) {
			errs = append(errs, fmt.Errorf("otelposthog: %d events lost (%s): %w", c.n, reason, c.err))
			c.n = 0
		}
	}
	return errs
}
