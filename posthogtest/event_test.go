package posthogtest_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// TestEventJSON holds the line stable: numbers as sent, sorted keys, no API key.
func TestEventJSON(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	post(t, srv, v0Path, v0Batch(`{"properties":{"z":"<&>","big":9223372036854775807,"huge":18446744073709551616,"one":1.0,"small":1e-7,"deep":{"n":[-9223372036854775808]}},`+
		`"timestamp":"2026-03-01T13:00:00.120+01:00","uuid":"`+uuid1+`","distinct_id":"ada","event":"e"}`))
	const line = `{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","timestamp":"2026-03-01T12:00:00.12Z",` +
		`"properties":{"big":9223372036854775807,"deep":{"n":[-9223372036854775808]},"huge":18446744073709551616,"one":1.0,"small":1e-7,"z":"<&>"}}`
	e := srv.Events()[0]
	require.Equal(t, line, e.String())
	require.Equal(t, line, fmt.Sprintf("%v", e))
	require.NotContains(t, fmt.Sprintf("%+v", e), "phc_test")
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, line, string(data))

	require.Equal(t, json.Number("1.0"), e.Properties["one"])
}

func TestEventStringOfBadEvent(t *testing.T) {
	t.Parallel()
	e := posthogtest.Event{Name: "e", UUID: "u", Properties: map[string]any{"f": func() {}}}
	require.Contains(t, e.String(), "e u: json")
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	e := posthogtest.Event{Properties: map[string]any{
		"int": json.Number("9223372036854775807"), "half": json.Number("0.5"), "text": "7",
		"over": json.Number("9223372036854775808"), "far": json.Number("1e999"),
	}}
	i, ok := e.Int("int")
	require.True(t, ok)
	require.Equal(t, int64(9223372036854775807), i)
	f, ok := e.Float("half")
	require.True(t, ok)
	require.InDelta(t, 0.5, f, 0)
	for _, key := range []string{"half", "text", "over", "absent"} {
		_, ok := e.Int(key)
		require.False(t, ok, key)
	}
	for _, key := range []string{"text", "absent", "far"} {
		_, ok := e.Float(key)
		require.False(t, ok, key)
	}
}

// TestStoredTimestamp looks at the stored time relative to the server's clock,
// which is somewhere between the two readings around the request.
func TestStoredTimestamp(t *testing.T) {
	t.Parallel()
	base := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // a client whose clock is years behind
	now := time.Now().UTC()
	at := func(t time.Time) string { return `"` + t.Format(time.RFC3339Nano) + `"` }
	for _, tt := range []struct {
		name, path                string
		timestamp, sentAt, option string
		ahead                     time.Duration // of the server's now
		exact                     time.Time     // instead of ahead
	}{
		{name: "no sent_at", path: v0Path, timestamp: at(base), exact: base},
		{name: "skew", path: v0Path, timestamp: at(base), sentAt: at(base.Add(time.Minute)), ahead: -time.Minute},
		{name: "22 hours after sent_at", path: v0Path, timestamp: at(base.Add(22 * time.Hour)), sentAt: at(base), ahead: 22 * time.Hour},
		{name: "24 hours after sent_at", path: v0Path, timestamp: at(base.Add(24 * time.Hour)), sentAt: at(base)},
		{name: "24 hours ahead", path: v0Path, timestamp: at(now.Add(24 * time.Hour))},
		{name: "22 hours ahead", path: v0Path, timestamp: at(now.Add(22 * time.Hour)), exact: now.Add(22 * time.Hour)},
		{name: "ignored sent_at", path: v0Path, timestamp: at(base), sentAt: at(base.Add(time.Minute)), option: `"properties":{"$ignore_sent_at":true},`, exact: base},
		{name: "no timestamp", path: v0Path, timestamp: `null`, sentAt: at(base)},
		{name: "v1", path: v1Path, timestamp: at(base), sentAt: at(base.Add(time.Minute)), ahead: -time.Minute},
		{name: "v1 without correction", path: v1Path, timestamp: at(base), sentAt: at(base.Add(time.Minute)), option: `"options":{"disable_skew_correction":true},`, exact: base},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			event := `{` + tt.option + `"event":"$ai_span","distinct_id":"ada","uuid":"` + uuid1 + `","timestamp":` + tt.timestamp + `}`
			body, sentAt := v1Batch(event), ""
			if tt.path == v0Path {
				body = `{"api_key":"k","batch":[` + event + `]}`
				if tt.sentAt != "" {
					body = `{"sent_at":` + tt.sentAt + `,` + body[1:]
				}
			} else {
				require.NoError(t, json.Unmarshal([]byte(tt.sentAt), &sentAt))
			}
			before := time.Now().Round(0)
			var status int
			var answer string
			if sentAt == "" {
				status, answer = post(t, srv, tt.path, body)
			} else {
				status, answer = post(t, srv, tt.path, body, "PostHog-Request-Timestamp", sentAt)
			}
			after := time.Now().Round(0)
			require.Equal(t, 200, status, answer)
			e := srv.Events()[0]
			if !tt.exact.IsZero() {
				require.True(t, tt.exact.Equal(e.StoredTimestamp), e.StoredTimestamp)
				return
			}
			require.False(t, e.StoredTimestamp.Before(before.Add(tt.ahead)), e.StoredTimestamp)
			require.False(t, e.StoredTimestamp.After(after.Add(tt.ahead)), e.StoredTimestamp)
		})
	}
}
