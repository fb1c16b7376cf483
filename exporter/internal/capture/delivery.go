package capture

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// maxProbes is how many single events are sent if PostHog refuses every
// request. In each further batch it is half as many, but at least one.
const maxProbes = 32

// delivery is one Send under way.
type delivery struct {
	client *Client
	ctx    context.Context
	events []event.Event
	// ordinary says that they are no AI events. They are of one kind: spans become
	// AI events, and others are sent alone.
	ordinary bool
	batch    *batch
	report   outcome.Report
	search   search

	// stop is the failure after which no further request makes sense.
	stop *failure

	// While nothing is stored, the fault may be in the request instead of in
	// single events. Then probes limits the search in a batch, and the
	// remaining events are deferred until an event is stored.
	probes  int
	refused *failure // of the last single event
	putOff  []int
}

// run delivers all events. A stored event proves that the requests are not at
// fault, so the deferred events are sent then.
func (d *delivery) run() {
	d.probes = maxProbes
	d.deliver(d.batch.all(len(d.events)))
	if d.report.Stored > 0 {
		again := d.putOff
		d.putOff = nil
		d.deliver(again)
	}
	if len(d.putOff) > 0 {
		d.loseEvents(d.putOff, d.notTried())
	}
}

// deliver sends the events with these indices, batch after batch.
func (d *delivery) deliver(todo []int) {
	for len(todo) > 0 && d.stop == nil {
		todo = d.batch.fill(d, todo)
		d.deliverBatch(d.batch.segments)
	}
	if d.stop != nil {
		d.loseEvents(todo, &d.stop.Failure)
	}
}

// deliverBatch sends requests until each event is stored, lost or deferred.
func (d *delivery) deliverBatch(segments []segment) {
	d.search.suspects = 0
	for probes := 0; len(segments) > 0 && d.stop == nil; {
		if d.report.Stored == 0 && probes > 0 {
			if probes >= d.probes {
				d.putOffRest(segments)
				return
			}
			// Bad events may stand together, so look elsewhere.
			i := rand.IntN(len(segments))
			segments[0], segments[i] = segments[i], segments[0]
		}
		n := d.search.next(segments)
		left, f := d.send(segments[:n])
		if f == nil {
			d.search.stored(n)
			segments = segments[n:]
			continue
		}
		// Events that are not in left have been answered.
		segments = append(segments[:len(left)], segments[n:]...)
		if d.again(left, f) {
			continue
		}
		if f.Reason == outcome.Rejected {
			d.search.refused(1)
			d.refused = f
			probes++
		}
		if f.action == stop {
			d.stop = f
		}
		d.lose(left, &f.Failure)
		segments = segments[len(left):]
	}
	if d.stop != nil {
		d.lose(segments, &d.stop.Failure)
	}
}

// again reports whether the refused events are to be sent in another form:
// fewer at a time, or a single one smaller.
func (d *delivery) again(piece []segment, f *failure) bool {
	switch {
	case f.action != split:
		return false
	case len(piece) > 1 && f.Reason == outcome.TooLarge:
		d.search.tooLarge(size(piece))
		return true
	case len(piece) > 1:
		d.search.refused(len(piece))
		return true
	case f.Reason == outcome.TooLarge && !piece[0].last && piece[0].size() > minEvent:
		piece[0].last = true
		d.batch.shrink(d, &piece[0], smaller(piece[0].size()))
		return true
	}
	return false
}

// smaller is the size for the one further attempt with an event that was too
// large: the next common limit, or a quarter.
func smaller(size int) int { return max(min(size/4, maxBatchEvent), minEvent) }

// minEvent is the smallest possible limit.
const minEvent = 16 << 10

func (d *delivery) putOffRest(segments []segment) {
	d.probes = max(d.probes/2, 1)
	for _, seg := range segments {
		d.putOff = append(d.putOff, seg.event)
	}
}

// notTried is the failure of events that were never sent alone.
func (d *delivery) notTried() *outcome.Failure {
	f := d.refused.Failure
	f.Reason, f.Retryable = outcome.NotTried, true
	f.Err = fmt.Errorf("PostHog refused every event that it was given, so the rest was not tried one by one: %w", f.Err)
	return &f
}

func (d *delivery) stored(piece []segment) {
	d.report.Stored += len(piece)
	d.countShrunk(piece)
}

func (d *delivery) lose(piece []segment, f *outcome.Failure) {
	for _, seg := range piece {
		d.report.Lose(seg.event, f)
	}
	d.countShrunk(piece)
}

func (d *delivery) loseEvents(indices []int, f *outcome.Failure) {
	for _, i := range indices {
		d.report.Lose(i, f)
	}
}

func (d *delivery) countShrunk(piece []segment) {
	for _, seg := range piece {
		if seg.shrunk {
			d.report.Shrunk++
		}
	}
}
