package otelopenai

// Skim passes a document through the memory limits, in pieces of the given size.
func Skim(doc []byte, piece, maxString, maxDocument int, skip string) (kept []byte, whole, cut bool) {
	s := skimmer{maxString: maxString, maxDocument: maxDocument, skip: skip}
	for len(doc) > 0 {
		n := min(len(doc), piece)
		s.write(doc[:n])
		doc = doc[n:]
	}
	kept, whole = s.document()
	return kept, whole, s.cut
}

// Events cuts a stream into the data of its events.
func Events(stream []byte, piece int) (events []string) {
	r := eventReader{data: newSkimmer("")}
	for len(stream) > 0 {
		n := min(len(stream), piece)
		r.write(stream[:n], func(data []byte) bool {
			events = append(events, string(data))
			return true
		})
		stream = stream[n:]
	}
	return events
}
