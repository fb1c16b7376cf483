package posthogtest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// EventResult is what a v1 path answers for one event.
type EventResult struct {
	// Result is one of the Result constants.
	Result string `json:"result"`
	// Details says why, such as ai_event_too_big. May be empty.
	Details string `json:"details,omitempty"`
}

// The results of a v1 path.
const (
	// ResultOK: the event is stored.
	ResultOK = "ok"
	// ResultWarning: the event is stored, Details names something odd.
	ResultWarning = "warning"
	// ResultDrop: the event is not stored and never will be.
	ResultDrop = "drop"
	// ResultRetry: the event is not stored, the client should send it again.
	ResultRetry = "retry"
)

// Details of dropped events. PostHog documents the first two; the others are
// this package's words for drops that PostHog documents without a word.
const (
	detailOverQuota       = "llm_events_over_quota"
	detailAITooBig        = "ai_event_too_big"
	detailTooBig          = "event_too_big"
	detailEventsOverQuota = "events_over_quota"
	detailNoName          = "event_name_missing"
	detailLongName        = "event_name_too_long"
	detailNotAI           = "not_an_ai_event"
	detailNoDistinctID    = "distinct_id_missing"
	detailLongDistinctID  = "distinct_id_too_long"
	detailBadTimestamp    = "timestamp_invalid"
)

const maxName = 200

// checkV1 checks the required headers and returns the time of the attempt.
func checkV1(h http.Header) (time.Time, error) {
	if mt, _, err := mime.ParseMediaType(h.Get("Content-Type")); err != nil || mt != "application/json" {
		return time.Time{}, refuse(http.StatusUnsupportedMediaType, "Content-Type must be application/json")
	}
	if h.Get("User-Agent") == "" {
		return time.Time{}, errors.New("User-Agent is missing")
	}
	if name, version, _ := strings.Cut(h.Get("PostHog-Sdk-Info"), "/"); name == "" || version == "" {
		return time.Time{}, errors.New("PostHog-Sdk-Info must be name/version")
	}
	if n, err := strconv.Atoi(h.Get("PostHog-Attempt")); err != nil || n < 1 {
		return time.Time{}, errors.New("PostHog-Attempt must be a number from 1")
	}
	if uuid.Validate(h.Get("PostHog-Request-Id")) != nil {
		return time.Time{}, errors.New("PostHog-Request-Id must be a uuid")
	}
	sent, err := time.Parse(time.RFC3339, h.Get("PostHog-Request-Timestamp"))
	if err != nil {
		return time.Time{}, errors.New("PostHog-Request-Timestamp must be RFC 3339")
	}
	return sent.UTC(), nil
}

// bearer returns the key of the Authorization header, "" when there is none.
func bearer(h http.Header) string {
	scheme, key, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// parseV1 reads a plain body of the v1 paths.
func parseV1(plain []byte, ep endpoint, h http.Header) (batch, error) {
	b := batch{apiKey: bearer(h), results: make(map[string]EventResult)}
	sentAt, err := checkV1(h)
	if err != nil {
		return b, err
	}
	b.sentAt = sentAt
	envelope, err := parseObject(plain)
	if err != nil {
		return b, err
	}
	created, err := envelope.moment("created_at")
	if err != nil {
		return b, err
	}
	if created.IsZero() {
		return b, errors.New("created_at is missing")
	}
	if len(envelope["batch"]) == 0 {
		return b, errors.New("batch is missing")
	}
	items, err := parseList(envelope["batch"])
	if err != nil {
		return b, err
	}
	lib, version, _ := strings.Cut(h.Get("PostHog-Sdk-Info"), "/")
	for i, raw := range items {
		o, err := parseObject(raw)
		if err != nil {
			return b, fmt.Errorf("event %d: %w", i, err)
		}
		e, err := parseV1Event(o, ep)
		if err != nil {
			return b, fmt.Errorf("event %d: %w", i, err)
		}
		if _, twice := b.results[e.UUID]; twice {
			return b, fmt.Errorf("event %d: uuid %s is there twice", i, e.UUID)
		}
		b.results[e.UUID] = judge(e, len(o["properties"]), ep)
		e.Properties["$lib"], e.Properties["$lib_version"] = lib, version
		b.events = append(b.events, e)
	}
	return b, nil
}

// parseV1Event returns an error when the whole request has to be refused.
func parseV1Event(o object, ep endpoint) (Event, error) {
	var e Event
	var timestamp string
	for _, field := range []struct {
		name string
		to   *string
	}{{"event", &e.Name}, {"uuid", &e.UUID}, {"distinct_id", &e.DistinctID}, {"timestamp", &timestamp}} {
		text, ok, err := o.text(field.name)
		if err != nil {
			return e, err
		}
		if !ok {
			return e, fmt.Errorf("%s is missing", field.name)
		}
		*field.to = text
	}
	var err error
	if e.UUID, err = o.uuid(); err != nil {
		return e, err
	}
	if e.UUID == "" {
		return e, errors.New("uuid is missing")
	}
	// A malformed timestamp drops this event alone: it stays zero for judge.
	e.Timestamp, _ = o.moment("timestamp")
	if e.Properties, err = o.properties("properties"); err != nil {
		return e, err
	}
	return e, o.lift(e.Properties)
}

// judge decides about one event whose request is fine.
func judge(e Event, size int, ep endpoint) EventResult {
	drop := func(details string) EventResult { return EventResult{Result: ResultDrop, Details: details} }
	switch {
	case e.Name == "":
		return drop(detailNoName)
	case len(e.Name) > maxName:
		return drop(detailLongName)
	case ep.aiOnly && !isAI(e.Name):
		return drop(detailNotAI)
	case e.DistinctID == "":
		return drop(detailNoDistinctID)
	case len(e.DistinctID) > maxDistinctID:
		return drop(detailLongDistinctID)
	case e.Timestamp.IsZero():
		return drop(detailBadTimestamp)
	case size > ep.event && isAI(e.Name):
		return drop(detailAITooBig)
	case size > ep.event:
		return drop(detailTooBig)
	}
	return EventResult{Result: ResultOK}
}

// v1Options are the options of an event and the properties they stand for.
var v1Options = map[string]struct {
	property string
	text     bool // else boolean
}{
	"cookieless_mode":         {property: "$cookieless_mode"},
	"disable_skew_correction": {property: "$ignore_sent_at"},
	"process_person_profile":  {property: "$process_person_profile"},
	"product_tour_id":         {property: "$product_tour_id", text: true},
}

// lift puts the session, the window and the options of a v1 event into its
// properties, where the events of the other paths have them.
func (o object) lift(props map[string]any) error {
	for field, property := range map[string]string{"session_id": "$session_id", "window_id": "$window_id"} {
		text, ok, err := o.text(field)
		if err != nil {
			return err
		}
		if ok {
			props[property] = text
		}
	}
	options, err := o.properties("options")
	if err != nil {
		return err
	}
	for name, value := range options {
		option, known := v1Options[name]
		if !known || value == nil {
			continue
		}
		_, isBool := value.(bool)
		_, isText := value.(string)
		if isText != option.text || isBool == option.text {
			return fmt.Errorf("option %s has the wrong type", name)
		}
		props[option.property] = value
	}
	return nil
}
