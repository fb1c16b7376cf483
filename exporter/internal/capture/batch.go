package capture

import (
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
)

const (
	// fullBody is the size of events, before compression, at which a request is
	// full. The last event may go beyond it: PostHog takes 20 MB, which is more
	// than this and the largest event.
	fullBody = 4 << 20
	// maxCount is the number of events in one request.
	maxCount = 500
	// maxScratch is the largest buffer that is kept for reuse.
	maxScratch = 8 << 20
)

// segment is the JSON of one event in the buffer of a batch.
type segment struct {
	event      int // index in the events of Send
	start, end int
	shrunk     bool
	last       bool // has been shrunk as far as a 413 makes us
}

func (s segment) size() int { return s.end - s.start }

func size(segments []segment) (n int) {
	for _, s := range segments {
		n += s.size()
	}
	return n
}

// batch holds the events of one request as JSON, each encoded once and sent as
// often as needed.
type batch struct {
	buf      []byte
	segments []segment
	indices  []int
}

// all returns the indices of n events.
func (b *batch) all(n int) []int {
	b.indices = b.indices[:0]
	for i := range n {
		b.indices = append(b.indices, i)
	}
	return b.indices
}

// fill encodes the events with these indices until the batch is full, and
// returns the indices that are left.
func (b *batch) fill(d *delivery, todo []int) []int {
	b.buf, b.segments = b.buf[:0], b.segments[:0]
	for len(todo) > 0 && len(b.segments) < maxCount && len(b.buf) < fullBody {
		b.segments = append(b.segments, b.encode(d, todo[0]))
		todo = todo[1:]
	}
	return todo
}

// encode appends the JSON of an event to the buffer. It shrinks the event if it
// is over the endpoint's limit.
func (b *batch) encode(d *delivery, index int) segment {
	ep := d.endpoint()
	seg := segment{event: index, start: len(b.buf)}
	b.buf = ep.appendEvent(b.buf, &d.events[index])
	seg.end = len(b.buf)
	if limit := d.client.maxEvent(ep); seg.size() > limit {
		b.buf = b.buf[:seg.start]
		b.shrink(d, &seg, limit)
	}
	return seg
}

// shrink encodes the event of a segment again, in at most limit bytes.
func (b *batch) shrink(d *delivery, seg *segment, limit int) {
	ep := d.endpoint()
	e := shrink.Event(d.events[seg.event], limit-ep.overhead())
	seg.start = len(b.buf)
	b.buf = ep.appendEvent(b.buf, &e)
	seg.end, seg.shrunk = len(b.buf), true
}

// fit shrinks events that are over the limit of a new endpoint, after a change
// of endpoint.
func (b *batch) fit(d *delivery, piece []segment, limit int) {
	for i := range piece {
		if piece[i].size() > limit {
			b.shrink(d, &piece[i], limit)
		}
	}
}

// reset prepares the batch for the pool.
func (b *batch) reset() {
	if cap(b.buf) > maxScratch {
		b.buf = nil
	}
}

// overhead is how much longer an event can be in the endpoint's format than in
// its own JSON.
func (ep *endpoint) overhead() int {
	if ep.v1 {
		return len(`"options":{},`)
	}
	return 0
}

func (ep *endpoint) appendEvent(dst []byte, e *event.Event) []byte {
	if ep.v1 {
		return appendV1(dst, e)
	}
	return e.Append(dst)
}
