// Package session says what a browser session is: the shape of its ids, the
// words that are no id, the names under which it travels in attributes, in W3C
// baggage and in HTTP headers, and the time inside a UUIDv7. Every other package
// asks here, so that all of them agree.
//
// It runs for every attribute of every span of the process. Nothing in it
// allocates.
package session

// Session is what is known about the browser at the other end of a request. An
// empty field is unknown.
type Session struct {
	ID         string // the replay; see CheckID
	WindowID   string // the window within the session, of the same shape
	DistinctID string // the person; see CheckDistinctID
}

// IsZero reports whether nothing is known.
func (s Session) IsZero() bool { return s == Session{} }
