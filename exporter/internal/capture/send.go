package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// send sends events until an answer comes that a retry would not change. It
// returns no failure if PostHog has answered for every event. Otherwise it
// returns the unanswered events, moved to the front of piece.
func (d *delivery) send(piece []segment) ([]segment, *failure) {
	c := d.client
	req := request{id: uuid.New(), created: time.Now()}
	backoff := c.cfg.Retry.backOff()
	var f *failure
	for req.attempt = 1; ; req.attempt++ {
		if d.ctx.Err() != nil {
			return piece, ended(d.ctx, f)
		}
		req.endpoint = d.endpoint()
		d.batch.fit(d, piece, c.maxEvent(req.endpoint))
		piece, f = d.attempt(&req, piece, f)
		switch {
		case f == nil:
			return nil, nil
		case f.action == fallBack:
			c.fallenBack.Store(true)
			continue
		case f.action != retry && f.action != retrySome:
			return piece, f
		case c.cfg.Retry.Off || f.attempts > 0 && req.attempt >= f.attempts:
			return piece, f.gaveUp()
		}
		if c.cfg.Retrying != nil {
			c.cfg.Retrying(len(piece), &f.Failure)
		}
		if !wait(d.ctx, max(backoff.NextBackOff(), f.RetryAfter)) {
			if d.ctx.Err() != nil {
				return piece, ended(d.ctx, f)
			}
			return piece, f.gaveUp()
		}
		d.report.Retries++
	}
}

// wait sleeps before another attempt. It returns false at once if ctx would end
// first.
func wait(ctx context.Context, delay time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Now().Add(delay).After(deadline) {
		return false
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt makes one request. It returns the events to be sent again and the
// failure, or no failure if all are answered. last is the failure of the
// previous attempt, or nil.
func (d *delivery) attempt(req *request, piece []segment, last *failure) ([]segment, *failure) {
	ctx, cancel := context.WithTimeoutCause(d.ctx, d.client.cfg.Timeout, errTimeout)
	defer cancel()
	resp, err := d.post(ctx, req, piece)
	switch {
	case err != nil && d.ctx.Err() != nil:
		return piece, ended(d.ctx, last)
	case err != nil && errors.Is(context.Cause(ctx), errTimeout):
		return piece, d.classifyError(req.endpoint, errTimeout, piece)
	case err != nil:
		return piece, d.classifyError(req.endpoint, err, piece)
	}
	if f := d.classify(req.endpoint, resp, piece); f != nil {
		return piece, f
	}
	d.report.StatusCode = resp.status
	if req.endpoint.v1 {
		return d.acceptV1(resp, piece)
	}
	d.stored(piece)
	return nil, nil
}

// ended is the failure of an export whose context has ended. It repeats last,
// the failure of the last attempt, if there was one.
func ended(ctx context.Context, last *failure) *failure {
	cause := context.Cause(ctx)
	f := &failure{Failure: outcome.Failure{Reason: outcome.EndReason(ctx), Retryable: true}}
	f.Err = fmt.Errorf("the export ended early: %w", cause)
	if !errors.Is(cause, ctx.Err()) {
		f.Err = fmt.Errorf("the export ended early: %w (%w)", cause, ctx.Err())
	}
	if last != nil {
		f.StatusCode, f.RetryAfter = last.StatusCode, last.RetryAfter
		f.Err = fmt.Errorf("%w; before, %w", f.Err, last.Err)
	}
	return f
}
