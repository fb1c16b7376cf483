package posthogtest

import (
	"net/http"
	"strconv"
	"time"
)

// Request is the record of one request to the server.
type Request struct {
	// Method and Path are as the client wrote them, the path without the query.
	Method, Path string
	// Header holds the request headers. Treat it as read-only.
	Header http.Header
	// Attempt is PostHog-Attempt and RequestID is PostHog-Request-Id. Only v1
	// requests have them; elsewhere they are 0 and empty.
	Attempt   int
	RequestID string

	// APIKey is the project API key, from the body or from Authorization.
	APIKey string
	// SentAt is the sent_at of a v0 body, or PostHog-Request-Timestamp; zero when
	// absent.
	SentAt time.Time
	// WireBytes is the size of the body as it came, PlainBytes the size after
	// decompression. PlainBytes is 0 when the body could not be decompressed.
	WireBytes, PlainBytes int
	// Events are the events that the body held, stored or not, with the uuids and
	// timestamps of this attempt. In a request that was refused for one event
	// they end before that event; a body that is no batch at all has none.
	Events []Event

	// Status is the status that was answered, 0 when a fault cut the connection
	// before the answer.
	Status int
	// Stored is how many of Events were stored.
	Stored int
	// Error says why events of the request were not stored or not acknowledged:
	// the reason of a refusal, or the scripted fault. It never holds the API key.
	Error string
}

// newRequest records what is known when the headers have arrived.
func newRequest(r *http.Request) Request {
	attempt, _ := strconv.Atoi(r.Header.Get("PostHog-Attempt"))
	return Request{
		Method:    r.Method,
		Path:      r.URL.Path,
		Header:    r.Header.Clone(),
		Attempt:   attempt,
		RequestID: r.Header.Get("PostHog-Request-Id"),
	}
}
