package capture

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// delivery is one Send on its way.
type delivery struct {
	client   *Client
	ctx      context.Context
	events   []event.Event
	batch    *batch
	giveUpAt time.Time
	report   Report

	// stop is the failure after which no further request makes sense.
	stop *failure
}

// run sends batch after batch. When one of them meets a failure that would meet
// all of them, the rest is lost to the same cause.
func (d *delivery) run() {
	for next := 0; next < len(d.events) || d.batch.carries; {
		next = d.batch.fill(d, next)
		if d.stop == nil {
			d.deliver(d.batch.segments)
			continue
		}
		d.lose(d.batch.segments, d.stop)
	}
}

// The search for malformed events is bounded while nothing gets through: when the
// batch and its halves, quarters and so on down to 32 parts were all refused,
// single events from here and there are tried, and when these were refused, too,
// the fault is not in single events.
const (
	maxParts   = 1 + 2 + 4 + 8 + 16 + 32
	maxSamples = 32
)

// deliver sends a batch. A part that PostHog refuses is cut in two, which join
// the end of the queue, until the bad events stand alone.
func (d *delivery) deliver(segments []segment) {
	queue := [][]segment{segments}
	for refusals := 0; len(queue) > 0; queue = queue[1:] {
		piece := queue[0]
		if d.stop != nil {
			d.lose(piece, d.stop)
			continue
		}
		if refusals >= maxParts && len(piece) > 1 {
			queue = append(queue, piece[1:])
			piece = piece[:1]
		}
		piece, f := d.send(piece)
		switch {
		case f == nil:
			refusals = math.MinInt // not all is bad: search on
			continue
		case f.reason == Rejected:
			if refusals++; refusals >= maxParts+maxSamples {
				f = f.with(stops)
			}
		}
		switch {
		case f.effect == stops:
			d.stop = f
			d.lose(piece, f)
		case f.effect == loses:
			d.lose(piece, f)
		case len(piece) > 1:
			queue = append(queue, piece[:len(piece)/2], piece[len(piece)/2:])
		case f.reason == TooLarge && !piece[0].last && piece[0].size() > minEvent:
			piece[0].last = true
			d.batch.shrink(d, &piece[0], smaller(piece[0].size()))
			queue = append(queue, piece)
		default:
			d.lose(piece, f)
		}
	}
}

// smaller is the size to try once when a single event was too large: the next
// limit that is common, or a quarter.
func smaller(size int) int { return max(min(size/4, maxBatchEvent), minEvent) }

// minEvent is the size that the smallest limit can have.
const minEvent = 16 << 10

// send sends a part of a batch until there is an answer that a retry would not
// change. It returns a nil failure when PostHog has answered for every event,
// and else those that it has not answered for.
func (d *delivery) send(piece []segment) ([]segment, *failure) {
	req := request{id: uuid.New(), created: time.Now()}
	backoff := d.client.cfg.Retry.backOff()
	for req.attempt = 1; ; req.attempt++ {
		if d.ctx.Err() != nil {
			return piece, d.client.ended(d.ctx, nil)
		}
		req.route = d.client.route()
		d.batch.fit(d, piece, d.client.maxEvent(req.route))
		var f *failure
		piece, f = d.attempt(&req, piece)
		switch {
		case f == nil:
			return nil, nil
		case f.effect == fallsBack:
			d.client.fallenBack.Store(true)
			continue
		case !f.isTemporary():
			return piece, f
		case !d.wait(max(backoff.NextBackOff(), f.retryAfter)):
			if d.ctx.Err() != nil {
				return piece, d.client.ended(d.ctx, f)
			}
			return piece, f.gaveUp()
		}
		d.report.Retries++
	}
}

// wait sleeps before another attempt. It is false, at once, when the sleep
// would end after the context or the time for retries.
func (d *delivery) wait(delay time.Duration) bool {
	end := time.Now().Add(delay)
	if d.giveUpAt.IsZero() || end.After(d.giveUpAt) {
		return false
	}
	if deadline, ok := d.ctx.Deadline(); ok && end.After(deadline) {
		return false
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.ctx.Done():
		return false
	}
}

// attempt makes one request. It returns the events that a next one has to carry
// and why, or nil when all are answered for.
func (d *delivery) attempt(req *request, piece []segment) ([]segment, *failure) {
	c := d.client
	ctx, cancel := context.WithTimeoutCause(d.ctx, c.cfg.Timeout, errTimeout)
	defer cancel()
	ans, err := d.post(ctx, req, piece)
	if err != nil {
		if d.ctx.Err() != nil {
			return piece, c.ended(d.ctx, nil)
		}
		if errors.Is(context.Cause(ctx), errTimeout) {
			err = errTimeout
		}
		return piece, c.transportFailure(req.route, err)
	}
	if f := c.judge(req.route, ans); f != nil {
		return piece, f
	}
	return d.accept(req.route, ans, piece)
}

// accept takes a 2xx answer to account.
func (d *delivery) accept(rt *route, ans answer, piece []segment) ([]segment, *failure) {
	if d.report.Err == nil {
		d.report.StatusCode = ans.status
	}
	if rt.v1 {
		return d.acceptV1(ans, piece)
	}
	if ans.overQuota() {
		d.lose(piece, d.client.quotaFailure(rt, ans.status))
		return nil, nil
	}
	d.report.Stored += len(piece)
	return nil, nil
}

// lose enters events into the report as not stored. What stops everything
// explains it better than what concerned an event.
func (d *delivery) lose(piece []segment, f *failure) {
	if len(piece) == 0 {
		return
	}
	if d.report.Err == nil || f.effect == stops {
		d.report.Err, d.report.StatusCode = f.err, f.status
	}
	if f.retryable {
		d.report.RetryAfter = max(d.report.RetryAfter, f.retryAfter)
	}
	for _, seg := range piece {
		d.report.Lose(Loss{Event: seg.event, Reason: f.reason, Retryable: f.retryable}, f.err)
	}
}

func isSuccess(status int) bool {
	return status >= http.StatusOK && status < http.StatusMultipleChoices
}
