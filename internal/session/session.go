// Package session defines the browser session: the shape of its ids, the words
// that are not ids, the names under which it travels in attributes, in W3C
// baggage and in HTTP headers, and the time inside a UUIDv7. All other packages
// use it, so that they agree.
//
// It runs for every attribute of every span of the process, so nothing in it
// allocates.
package session

// Session identifies the browser session behind a request. An empty field is
// unknown.
type Session struct {
	ID         string // the replay; see CheckID
	WindowID   string // the window within the session, of the same shape
	DistinctID string // the person; see CheckDistinctID
	Consent    Consent
}

// IsZero reports whether all fields are empty.
func (s Session) IsZero() bool { return s == Session{} }
