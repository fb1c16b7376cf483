// Package replay turns what posthog-js's recorder sends into events that rrweb's
// player takes.
package replay

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Window is the recording of one browser tab.
type Window struct {
	ID     string            `json:"window_id"`
	Start  int64             `json:"start"` // epoch milliseconds
	End    int64             `json:"end"`
	Events []json.RawMessage `json:"events,omitempty"`
	// Skipped counts events that could not be read.
	Skipped int `json:"skipped,omitempty"`
}

// Windows decodes the recordings of a session, one for each window, in order of
// their starts. Limit bounds the decoded bytes; the rest is counted as skipped.
func Windows(chunks []*store.Chunk, sessionID string, limit int) []Window {
	type timed struct {
		at   int64
		text json.RawMessage
	}
	events := make(map[string][]timed)
	skipped := make(map[string]int)
	left := limit
	for _, c := range chunks {
		if c.SessionID != sessionID {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(c.Data, &list) != nil {
			list = []json.RawMessage{c.Data} // one event alone
		}
		for _, raw := range list {
			text, at, err := decode(raw, left)
			if err != nil {
				skipped[c.WindowID]++
				continue
			}
			left -= len(text)
			events[c.WindowID] = append(events[c.WindowID], timed{at, text})
		}
	}
	windows := make([]Window, 0, len(events))
	for id, list := range events {
		slices.SortStableFunc(list, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
		w := Window{ID: id, Start: list[0].at, End: list[len(list)-1].at, Skipped: skipped[id]}
		for _, e := range list {
			w.Events = append(w.Events, e.text)
		}
		windows = append(windows, w)
	}
	slices.SortFunc(windows, func(a, b Window) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID)) })
	return windows
}

var errTooLarge = errors.New("the recording is larger than the inspector unpacks")

// packed are the members of an event's data that the version 2024-10 of the
// format compresses: all of a full snapshot, and these lists of an incremental
// one.
var packed = []string{"texts", "attributes", "removes", "adds"}

const (
	fullSnapshot = 2
	incremental  = 3
)

// decode unpacks one event and returns its time.
func decode(raw json.RawMessage, limit int) (json.RawMessage, int64, error) {
	var head struct {
		Type      int
		Timestamp int64
		CV        string
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, 0, err
	}
	if head.Timestamp <= 0 {
		return nil, 0, errors.New("the event has no time")
	}
	if head.CV == "" {
		if len(raw) > limit {
			return nil, 0, errTooLarge
		}
		return raw, head.Timestamp, nil
	}
	var event map[string]json.RawMessage
	if err := json.Unmarshal(raw, &event); err != nil {
		return nil, 0, err
	}
	delete(event, "cv")
	switch head.Type {
	case fullSnapshot:
		data, err := unpack(event["data"], limit)
		if err != nil {
			return nil, 0, err
		}
		event["data"] = data
	case incremental:
		data, err := unpackMembers(event["data"], limit)
		if err != nil {
			return nil, 0, err
		}
		event["data"] = data
	}
	text, err := json.Marshal(event)
	return text, head.Timestamp, err
}

func unpackMembers(raw json.RawMessage, limit int) (json.RawMessage, error) {
	var data map[string]json.RawMessage
	if err := json.Unmarshal(raw, &data); err != nil {
		return nil, err
	}
	for _, member := range packed {
		if len(data[member]) == 0 || data[member][0] != '"' {
			continue
		}
		plain, err := unpack(data[member], limit)
		if err != nil {
			return nil, err
		}
		data[member] = plain
	}
	return json.Marshal(data)
}

// unpack reads a string of which each character is one byte of gzip.
func unpack(raw json.RawMessage, limit int) (json.RawMessage, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return raw, nil // was not worth compressing
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, err
	}
	wire := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, errors.New("the compressed text holds a character that is no byte")
		}
		wire = append(wire, byte(r))
	}
	z, err := gzip.NewReader(bytes.NewReader(wire))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(plain) > limit:
		return nil, errTooLarge
	case !json.Valid(plain):
		return nil, errors.New("the compressed text is not JSON")
	}
	return plain, nil
}
