package capture

import (
	"github.com/google/uuid"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/shrink"
)

const (
	// maxBody is the size of the events in one request before compression, with
	// room in 5 MiB for what stands around them.
	maxBody = 5<<20 - 4<<10
	// maxCount is the number of events in one request.
	maxCount = 500
	// maxScratch is the largest buffer that is kept for the next time.
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

// batch holds the events of one request as JSON, each encoded once and sent as
// often as needed.
type batch struct {
	buf      []byte
	segments []segment
	carry    segment // already encoded, for the next request
	carries  bool
	seen     map[uuid.UUID]struct{}
}

// fill encodes events from index next on until the request is full, and returns
// the index of the first that is not in it.
func (b *batch) fill(d *delivery, next int) int {
	size := b.startNext()
	for ; next < len(d.events) && len(b.segments) < maxCount; next++ {
		e := &d.events[next]
		if b.duplicate(e) {
			d.report.Duplicates++
			continue
		}
		seg := b.encode(d, next)
		if len(b.segments) > 0 && size+seg.size() > maxBody {
			b.carry, b.carries = seg, true
			return next + 1
		}
		b.segments = append(b.segments, seg)
		size += seg.size() + 1
	}
	return next
}

// startNext empties the batch but for the event that the last one had no room
// for, and returns the size of that.
func (b *batch) startNext() int {
	b.segments = b.segments[:0]
	if !b.carries {
		b.buf = b.buf[:0]
		return 0
	}
	n := copy(b.buf, b.buf[b.carry.start:b.carry.end])
	b.buf, b.carries = b.buf[:n], false
	b.carry.start, b.carry.end = 0, n
	b.segments = append(b.segments, b.carry)
	return n
}

func (b *batch) duplicate(e *event.Event) bool {
	if _, ok := b.seen[e.UUID]; ok {
		return true
	}
	if b.seen == nil {
		b.seen = make(map[uuid.UUID]struct{})
	}
	b.seen[e.UUID] = struct{}{}
	return false
}

// encode appends the JSON of an event to the buffer, shrunk when it is over the
// limit of the route.
func (b *batch) encode(d *delivery, index int) segment {
	rt := d.client.route()
	start := len(b.buf)
	b.buf = rt.appendEvent(b.buf, &d.events[index])
	seg := segment{event: index, start: start, end: len(b.buf)}
	if seg.size() > d.client.maxEvent(rt) {
		b.buf = b.buf[:start]
		b.shrink(d, &seg, d.client.maxEvent(rt))
	}
	return seg
}

// shrink encodes the event of a segment anew, in at most limit bytes.
func (b *batch) shrink(d *delivery, seg *segment, limit int) {
	rt := d.client.route()
	e := shrink.Event(d.events[seg.event], limit-rt.overhead())
	seg.start = len(b.buf)
	b.buf = rt.appendEvent(b.buf, &e)
	seg.end = len(b.buf)
	if !seg.shrunk {
		seg.shrunk = true
		d.report.Shrunk++
	}
}

// fit shrinks what is over the limit of a route that has changed since the
// event was encoded.
func (b *batch) fit(d *delivery, piece []segment, limit int) {
	for i := range piece {
		if piece[i].size() > limit {
			b.shrink(d, &piece[i], limit)
		}
	}
}

// reset prepares the batch for the pool.
func (b *batch) reset() {
	b.carries = false
	b.segments = b.segments[:0]
	clear(b.seen)
	if cap(b.buf) > maxScratch {
		b.buf = nil
	}
}

// overhead is how much longer an event can be here than in its own JSON.
func (rt *route) overhead() int {
	if rt.v1 {
		return len(`"options":{},`)
	}
	return 0
}

func (rt *route) appendEvent(dst []byte, e *event.Event) []byte {
	if rt.v1 {
		return appendV1(dst, e)
	}
	return e.Append(dst)
}
