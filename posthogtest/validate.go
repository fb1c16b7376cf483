package posthogtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

const maxDistinctID = 200

// endpoint is what one capture path takes.
type endpoint struct {
	v1     bool
	aiOnly bool
	// cloud paths are missing on older self-hosted installations.
	cloud     bool
	encodings []string
	// Limits in bytes: the body as it comes, the body decompressed, one event (on
	// the v1 paths, its properties).
	wire, plain, event int
}

var (
	v0Endpoint   = endpoint{encodings: []string{"gzip"}, wire: 20e6, plain: 20e6, event: 983_040}
	v0AIEndpoint = endpoint{aiOnly: true, cloud: true, encodings: v0Endpoint.encodings, wire: 20e6, plain: 50 << 20, event: 8 << 20}
	v1Endpoint   = endpoint{v1: true, cloud: true, encodings: []string{"gzip", "deflate", "zstd"}, wire: 10 << 20, plain: 50 << 20, event: 8 << 20}
	v1AIEndpoint = endpoint{v1: true, aiOnly: true, cloud: true, encodings: v1Endpoint.encodings, wire: 20 << 20, plain: 50 << 20, event: 8 << 20}
)

// endpoints maps a path, without the slash at its end, to what it takes.
var endpoints = map[string]endpoint{
	"/batch":                 v0Endpoint,
	"/i/v0/e":                v0Endpoint,
	"/e":                     v0Endpoint,
	"/capture":               v0Endpoint,
	"/i/v0/ai/batch":         v0AIEndpoint,
	"/i/v1/analytics/events": v1Endpoint,
	"/i/v1/ai/events":        v1AIEndpoint,
}

// batch is a request body that passed.
type batch struct {
	apiKey string
	sentAt time.Time
	events []Event
	// results are those of the events of a v1 batch, by uuid; nil on v0.
	results map[string]EventResult
}

// parseV0 reads a plain body of the v0 paths: an envelope with a batch, a list
// of events, or one event.
func parseV0(plain []byte, ep endpoint) (batch, error) {
	var b batch
	envelope, items, err := openV0(plain)
	if err != nil {
		return b, err
	}
	if b.apiKey, err = envelope.apiKey(); err != nil {
		return b, err
	}
	if b.sentAt, err = envelope.moment("sent_at"); err != nil {
		return b, err
	}
	for i, raw := range items {
		if err := b.addV0(raw, ep); err != nil {
			return b, fmt.Errorf("event %d: %w", i, err)
		}
	}
	return b, nil
}

func openV0(plain []byte) (envelope object, items []jsontext.Value, err error) {
	if bytes.HasPrefix(bytes.TrimLeft(plain, " \t\r\n"), []byte("[")) {
		items, err = parseList(plain)
		return nil, items, err
	}
	if envelope, err = parseObject(plain); err != nil {
		return nil, nil, err
	}
	if list, ok := envelope["batch"]; ok {
		items, err = parseList(list)
		return envelope, items, err
	}
	return envelope, []jsontext.Value{plain}, nil
}

func (b *batch) addV0(raw jsontext.Value, ep endpoint) error {
	if len(raw) > ep.event {
		return refuse(http.StatusRequestEntityTooLarge, "%d bytes are over the limit of %d", len(raw), ep.event)
	}
	o, err := parseObject(raw)
	if err != nil {
		return err
	}
	e, err := parseV0Event(o)
	if err != nil {
		return err
	}
	if ep.aiOnly && !isAI(e.Name) {
		return fmt.Errorf("%q is no AI event", e.Name)
	}
	key, err := o.apiKey()
	if token, ok := e.Properties["token"].(string); ok && key == "" && b.apiKey == "" {
		key = token // where posthog-js puts it
	}
	switch {
	case err != nil:
		return err
	case b.apiKey == "":
		b.apiKey = key
	case key != "" && key != b.apiKey:
		return errors.New("its API key is not that of the request")
	}
	b.events = append(b.events, e)
	return nil
}

func parseV0Event(o object) (Event, error) {
	var e Event
	var err error
	if e.Name, _, err = o.text("event"); err != nil {
		return e, err
	}
	if e.Name == "" {
		return e, errors.New("event is missing")
	}
	if e.Properties, err = o.properties("properties"); err != nil {
		return e, err
	}
	if e.DistinctID = o.distinctID(e.Properties); e.DistinctID == "" {
		return e, errors.New("distinct_id is missing")
	}
	if e.UUID, err = o.uuid(); err != nil {
		return e, err
	}
	if e.UUID == "" {
		e.UUID = uuid.NewString()
	}
	for _, name := range []string{"$set", "$set_once"} {
		set, err := o.properties(name)
		if err != nil {
			return e, err
		}
		if _, taken := e.Properties[name]; len(set) > 0 && !taken {
			e.Properties[name] = set
		}
	}
	// A bad timestamp is no reason to refuse: it stays zero, and the event is
	// stored with the time of the server.
	e.Timestamp, _ = o.moment("timestamp")
	return e, nil
}

// apiKey returns the project key of an envelope or of a lone event, "" when
// there is none.
func (o object) apiKey() (string, error) {
	for _, name := range []string{"api_key", "token", "$token"} {
		if key, ok, err := o.text(name); ok || err != nil {
			return strings.TrimSpace(key), err
		}
	}
	return "", nil
}

// uuid returns the uuid in its canonical form, "" when there is none.
func (o object) uuid() (string, error) {
	text, _, err := o.text("uuid")
	if err != nil || text == "" {
		return "", err
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return "", fmt.Errorf("uuid %q is malformed", text)
	}
	return id.String(), nil
}

// distinctID looks in the event and then in its properties, where posthog-go
// puts it for aliases and exceptions. A number counts as its digits.
func (o object) distinctID(props map[string]any) string {
	id := o.value("distinct_id")
	if id == nil {
		id = props["distinct_id"]
	}
	switch id := id.(type) {
	case string:
		return cut(id, maxDistinctID)
	case json.Number:
		return cut(id.String(), maxDistinctID)
	default:
		return ""
	}
}

// cut returns at most the first n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
