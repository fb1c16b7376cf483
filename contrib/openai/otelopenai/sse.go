package otelopenai

import "bytes"

// eventReader cuts a stream of server-sent events into the data of each. It is
// fed with the pieces that the client reads, wherever they are cut.
type eventReader struct {
	data   skimmer
	field  []byte // the beginning of the line, no longer than dataField
	isData bool   // the line is a data field
	lost   bool   // data was cut, or did not fit
}

const dataField = "data:"

// write calls event with the data of each event that b completes, until event
// returns false. The data is valid during the call only.
func (r *eventReader) write(b []byte, event func(data []byte) (more bool)) {
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
func (r *eventReader) piece(b []byte) {
	if n := min(len(b), len(dataField)-len(r.field)); n > 0 {
		r.field = append(r.field, b[:n]...)
		b = b[n:]
		r.isData = string(r.field) == dataField
	}
	if r.isData {
		r.data.write(b)
	}
}

// endLine ends the event when the line is blank.
func (r *eventReader) endLine(event func([]byte) bool) (more bool) {
	blank := len(bytes.TrimSuffix(r.field, []byte("\r"))) == 0
	if r.isData {
		r.data.write([]byte("\n"))
	}
	r.field, r.isData = r.field[:0], false
	if !blank {
		return true
	}
	doc, ok := r.data.document()
	r.lost = r.lost || !ok || r.data.cut
	more = true
	if doc = bytes.TrimSpace(doc); len(doc) > 0 {
		more = event(doc)
	}
	r.data.reset()
	return more
}
