package posthogtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Event is one event as PostHog would store it. Treat Properties as read-only:
// the server and everybody who asked for the event share one map.
//
// As JSON, an event is the object that PostHog's clients send: event, uuid,
// distinct_id, timestamp and properties, with sorted keys. What belongs to the
// delivery (Path, APIKey, StoredTimestamp) is left out, so the same event always
// becomes the same line.
type Event struct {
	// Name is the name of the event, such as $ai_generation.
	Name string `json:"event"`
	// UUID is the id of the event in its canonical form, minted by the server
	// when the client sent none on a v0 path.
	UUID string `json:"uuid"`
	// DistinctID is the person, cut at 200 characters on the v0 paths.
	DistinctID string `json:"distinct_id"`
	// Timestamp is the time that the client sent, in UTC. It is zero when the
	// client sent none or, on a v0 path, one that is not RFC 3339.
	Timestamp time.Time `json:"timestamp,omitzero"`
	// Properties are the properties. A number is a [json.Number] with the digits
	// that were sent, so that no integer loses precision; see [Event.Int] and
	// [Event.Float].
	Properties map[string]any `json:"properties"`

	// StoredTimestamp is the time that PostHog keeps: the server's clock plus the
	// distance of Timestamp from the sent_at of the request (for v1,
	// PostHog-Request-Timestamp), which takes out the skew of the client's clock.
	// A time more than 23 hours ahead becomes now. Without sent_at, or with the
	// property $ignore_sent_at, it is Timestamp.
	StoredTimestamp time.Time `json:"-"`
	// Path is the path that the event came by, as the client wrote it.
	Path string `json:"-"`
	// APIKey is the project API key that the event came with.
	APIKey string `json:"-"`
}

// String returns the event as one line of JSON, without the API key.
func (e Event) String() string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return e.Name + " " + e.UUID + ": " + err.Error()
	}
	return string(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// Int returns a property that is a whole number. It is false when the property
// is absent, no number, fractional or outside of int64.
func (e Event) Int(property string) (int64, bool) {
	n, ok := e.Properties[property].(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// Float returns a property that is a number. It is false when the property is
// absent, no number or outside of float64.
func (e Event) Float(property string) (float64, bool) {
	n, ok := e.Properties[property].(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// identity is what PostHog's deduplication looks at.
type identity struct {
	timestamp               time.Time
	distinctID, event, uuid string
}

func (e Event) identity() identity {
	return identity{timestamp: e.Timestamp, distinctID: e.DistinctID, event: e.Name, uuid: e.UUID}
}

// aiNames is written out here and not taken from the semconv package, so that a
// wrong name there fails a test here.
var aiNames = []string{
	"$ai_generation", "$ai_embedding", "$ai_span", "$ai_trace",
	"$ai_metric", "$ai_feedback", "$ai_evaluation",
}

func isAI(name string) bool { return slices.Contains(aiNames, name) }

// maxAhead is how far in the future PostHog believes a timestamp.
const maxAhead = 23 * time.Hour

// stamp sets StoredTimestamp. sentAt is zero when the request did not say.
func (e *Event) stamp(sentAt, now time.Time) {
	e.StoredTimestamp = e.Timestamp
	if ignore, _ := e.Properties["$ignore_sent_at"].(bool); !ignore && !sentAt.IsZero() {
		e.StoredTimestamp = now.Add(e.Timestamp.Sub(sentAt))
	}
	if e.Timestamp.IsZero() || e.StoredTimestamp.Sub(now) > maxAhead {
		e.StoredTimestamp = now
	}
}
