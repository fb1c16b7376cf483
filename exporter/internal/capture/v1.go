package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// v1Field is a property that the v1 contract puts in a field of the event or
// among its options. It has a fixed type there; a value of another type makes
// PostHog refuse the whole request.
type v1Field struct {
	property, field string
	kind            attribute.Type
}

var (
	v1Fields = []v1Field{
		{string(session.IDKey), "session_id", attribute.STRING},
		{string(session.WindowIDKey), "window_id", attribute.STRING},
	}
	v1Options = []v1Field{
		{names.PropertyProcessPersonProfile, "process_person_profile", attribute.BOOL},
		{"$cookieless_mode", "cookieless_mode", attribute.BOOL},
		{"$ignore_sent_at", "disable_skew_correction", attribute.BOOL},
		{"$product_tour_id", "product_tour_id", attribute.STRING},
	}
)

// appendV1 appends an event in the shape of the v1 contract.
func appendV1(dst []byte, e *event.Event) []byte {
	dst = append(dst, `{"event":`...)
	dst = jsontree.AppendString(dst, e.Name)
	dst = append(dst, `,"distinct_id":`...)
	dst = jsontree.AppendString(dst, e.DistinctID)
	dst = append(dst, `,"uuid":"`...)
	dst = append(dst, e.UUID.String()...)
	dst = append(dst, `","timestamp":"`...)
	dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `",`...)
	dst = appendFields(dst, e, v1Fields)
	dst = append(dst, `"options":{`...)
	dst = trimComma(appendFields(dst, e, v1Options))
	dst = append(dst, `},"properties":{`...)
	for i := range e.Properties {
		p := &e.Properties[i]
		if p.Value.Type() == attribute.EMPTY || isField(v1Fields, p.Key) || isField(v1Options, p.Key) {
			continue
		}
		dst = append(jsontree.AppendString(dst, p.Key), ':')
		dst = append(p.AppendValue(dst), ',')
	}
	return append(trimComma(dst), '}', '}')
}

// appendFields appends the fields for which the event has a property, each
// followed by a comma.
func appendFields(dst []byte, e *event.Event, fields []v1Field) []byte {
	for _, f := range fields {
		if p := e.Get(f.property); p != nil && p.Value.Type() == f.kind && !p.JSON {
			dst = append(jsontree.AppendString(dst, f.field), ':')
			dst = append(p.AppendValue(dst), ',')
		}
	}
	return dst
}

func isField(fields []v1Field, property string) bool {
	for i := range fields {
		if fields[i].property == property {
			return true
		}
	}
	return false
}

func trimComma(dst []byte) []byte {
	if n := len(dst) - 1; dst[n] == ',' {
		return dst[:n]
	}
	return dst
}

// acceptV1 counts the results of the events. It returns the events to be sent
// again, moved to the front of piece.
func (d *delivery) acceptV1(resp *response, piece []segment) ([]segment, *failure) {
	var parsed struct {
		Results map[string]struct {
			Result  string `json:"result"`
			Details string `json:"details"`
		} `json:"results"`
	}
	if err := json.Unmarshal(resp.body, &parsed); resp.truncated || err != nil || parsed.Results == nil {
		d.lose(piece, d.v1Failure(resp, outcome.Unreadable, "answered %s without readable results (%s), so nobody knows what it stored", statusText(resp.status), resp.kind()))
		return nil, nil
	}
	again := piece[:0]
	for _, seg := range piece {
		one := []segment{seg}
		r, mentioned := parsed.Results[d.events[seg.event].UUID.String()]
		switch {
		case !mentioned, r.Result == "ok", r.Result == "warning":
			d.stored(one)
		case r.Result == "retry":
			again = append(again, seg)
		case r.Result == "drop":
			reason := d.client.dropNames.reason(d.client.secrets.clean(r.Details))
			d.lose(one, d.v1Failure(resp, reason, "dropped an event: %s", reason))
		default:
			d.lose(one, d.v1Failure(resp, outcome.Unreadable, "answered a result that is unknown, so nobody knows what it stored"))
		}
	}
	if len(again) == 0 {
		return nil, nil
	}
	f := &failure{Failure: *d.v1Failure(resp, outcome.Unavailable, "asks to send %d events again", len(again)), action: retrySome}
	f.Retryable, f.RetryAfter = true, resp.retryAfter
	return again, f
}

// v1Failure is the failure of an event that an answer of the v1 contract did
// not confirm. It is final, because PostHog may have stored the event and a
// copy would count twice.
func (d *delivery) v1Failure(resp *response, reason outcome.Reason, format string, args ...any) *outcome.Failure {
	err := errors.New(d.client.where(d.endpoint()) + " " + fmt.Sprintf(format, args...))
	return &outcome.Failure{Reason: reason, StatusCode: resp.status, Err: err}
}

// dropNames turns PostHog's reasons for drops into metric attributes. These
// must not hold content and must have few values, so only texts in the form of
// a name count, and only the first few of them.
type dropNames struct {
	mu    sync.Mutex
	known []outcome.Reason
}

const (
	maxDropNames = 50 // PostHog has about twenty
	maxDropName  = 64
)

func (d *dropNames) reason(details string) outcome.Reason {
	reason := outcome.Reason(details)
	if !isName(details) {
		return outcome.Dropped
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.known, reason) {
		return reason
	}
	if len(d.known) == maxDropNames {
		return outcome.Dropped
	}
	d.known = append(d.known, reason)
	return reason
}

func isName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxDropName
}
