// Package stream copies what a span needs of a response while the client reads
// it: a JSON document or server-sent events, piece by piece and in bounded
// memory.
package stream

import "bytes"

// Events cuts a stream of server-sent events into the data of each. It is
// fed with the pieces that the client reads, wherever they are cut.
type Events struct {
	data   Skimmer
	field  []byte // the beginning of the line, no longer than dataField
	isData bool   // the line is a data field
	lost   bool   // of some event
}

const dataField = "data:"

// NewEvents returns an Events that keeps to limits in each event.
func NewEvents(limits Limits) *Events { return &Events{data: NewSkimmer(limits, "")} }

// Lost reports whether something of an event was cut, or an event did not fit.
func (r *Events) Lost() bool { return r.lost }

// Write calls event with the data of each event that b completes, until event
// returns false. The data is valid during the call only.
func (r *Events) Write(b []byte, event func(data []byte) (more bool)) {
	for len(b) > 0 {
		line, rest, ends := bytes.Cut(b, []byte("\n"))
		r.piece(line)
		if ends && !r.endLine(event) {
			return
		}
		b = rest
	}
}

// piece takes a part of a line.
func (r *Events) piece(b []byte) {
	if n := min(len(b), len(dataField)-len(r.field)); n > 0 {
		r.field = append(r.field, b[:n]...)
		b = b[n:]
		r.isData = string(r.field) == dataField
	}
	if r.isData {
		r.data.Write(b)
	}
}

// endLine ends the event when the line is blank.
func (r *Events) endLine(event func([]byte) bool) (more bool) {
	blank := len(bytes.TrimSuffix(r.field, []byte("\r"))) == 0
	if r.isData {
		r.data.Write([]byte("\n"))
	}
	r.field, r.isData = r.field[:0], false
	if !blank {
		return true
	}
	doc, _ := r.data.Document()
	r.lost = r.lost || r.data.Lost()
	more = true
	if doc = bytes.TrimSpace(doc); len(doc) > 0 {
		more = event(doc)
	}
	r.data.Reset()
	return more
}
