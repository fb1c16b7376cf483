package posthogtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestV1Headers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		header, value string
		want          int
	}{
		{"Authorization", "", 401},
		{"Content-Type", "", 415},
		{"Content-Type", "text/plain", 415},
		{"Content-Type", "application/json; charset=utf-8", 200},
		{"User-Agent", "", 400},
		{"PostHog-Sdk-Info", "", 400},
		{"PostHog-Sdk-Info", "test", 400},
		{"PostHog-Sdk-Info", "/1.0", 400},
		{"PostHog-Attempt", "", 400},
		{"PostHog-Attempt", "0", 400},
		{"PostHog-Attempt", "first", 400},
		{"PostHog-Attempt", "7", 200},
		{"PostHog-Request-Id", "", 400},
		{"PostHog-Request-Id", "7", 400},
		{"PostHog-Request-Timestamp", "", 400},
		{"PostHog-Request-Timestamp", "now", 400},
	} {
		t.Run(tt.header+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			status, answer := post(t, srv, v1Path, v1Batch(v0Event(uuid1)), tt.header, tt.value)
			require.Equal(t, tt.want, status, answer)
			if tt.want == http.StatusOK {
				require.Len(t, srv.Events(), 1)
				return
			}
			require.Empty(t, srv.Events())
			var body struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}
			require.NoError(t, json.Unmarshal([]byte(answer), &body))
			require.NotEmpty(t, body.Error)
			require.NotEmpty(t, body.Description)
		})
	}
}

func TestV1AttemptIsRecorded(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	post(t, srv, v1Path, v1Batch(v0Event(uuid1)), "PostHog-Attempt", "3", "PostHog-Request-Id", uuid2, "PostHog-Request-Timestamp", noon)
	r := srv.Requests()[0]
	require.Equal(t, 3, r.Attempt)
	require.Equal(t, uuid2, r.RequestID)
	require.Equal(t, noon, r.SentAt.Format("2006-01-02T15:04:05Z"))
}

func TestV1Refusals(t *testing.T) {
	t.Parallel()
	event := func(fields string) string { return v1Batch(v0Event(uuid3), "{"+fields+"}") }
	const (
		name = `"event":"$ai_span",`
		id   = `"uuid":"` + uuid1 + `",`
		who  = `"distinct_id":"ada",`
		when = `"timestamp":"` + noon + `"`
	)
	for _, tt := range []struct{ name, path, body, reason string }{
		{"no JSON", v1Path, `{`, "bad JSON"},
		{"a list", v1Path, `[` + v0Event(uuid1) + `]`, "bad JSON"},
		{"no created_at", v1Path, `{"batch":[` + v0Event(uuid1) + `]}`, "created_at is missing"},
		{"bad created_at", v1Path, `{"created_at":"now","batch":[` + v0Event(uuid1) + `]}`, `created_at "now"`},
		{"no batch", v1Path, `{"created_at":"` + noon + `"}`, "batch is missing"},
		{"empty batch", v1Path, v1Batch(), "no event"},
		{"null for an event", v1Path, v1Batch("null"), "event 0: bad JSON"},
		{"no event", v1Path, event(id + who + when), "event 1: event is missing"},
		{"no uuid", v1Path, event(name + who + when), "event 1: uuid is missing"},
		{"empty uuid", v1Path, event(name + `"uuid":"",` + who + when), "uuid is missing"},
		{"bad uuid", v1Path, event(name + `"uuid":"7",` + who + when), `uuid "7" is malformed`},
		{"duplicate uuid", v1Path, v1Batch(v0Event(uuid1), v0Event(uuid1)), "is there twice"},
		{"duplicate uuid in capitals", v1Path, v1Batch(v0Event(uuid1), v0Event(strings.ToUpper(uuid1))), "is there twice"},
		{"no distinct_id", v1Path, event(name + id + when), "distinct_id is missing"},
		{"distinct_id is a number", v1Path, event(name + id + `"distinct_id":7,` + when), "distinct_id is not a string"},
		{"no timestamp", v1Path, event(name + id + strings.TrimSuffix(who, ",")), "timestamp is missing"},
		{"null timestamp", v1Path, event(name + id + who + `"timestamp":null`), "timestamp is missing"},
		{"properties are a list", v1Path, event(name + id + who + when + `,"properties":[]`), "properties is not an object"},
		{"session_id is a number", v1Path, event(name + id + who + when + `,"session_id":7`), "session_id is not a string"},
		{"options are a list", v1Path, event(name + id + who + when + `,"options":[]`), "options is not an object"},
		{"option is a string", v1Path, event(name + id + who + when + `,"options":{"process_person_profile":"false"}`), "process_person_profile has the wrong type"},
		{"option is a bool", v1Path, event(name + id + who + when + `,"options":{"product_tour_id":true}`), "product_tour_id has the wrong type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			status, answer := post(t, srv, tt.path, tt.body)
			require.Equal(t, http.StatusBadRequest, status, answer)
			var body map[string]string
			require.NoError(t, json.Unmarshal([]byte(answer), &body))
			require.Equal(t, "bad_request", body["error"])
			require.Contains(t, body["error_description"], tt.reason)
			require.Empty(t, srv.Events(), "all or nothing")
		})
	}
}

func TestV1Drops(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) string { return strings.Replace(v0Event(uuid1), old, new, 1) }
	big := strings.Repeat("x", 8<<20)
	for _, tt := range []struct{ name, path, event, details string }{
		{"empty name", v1Path, replace("$ai_generation", ""), "event_name_missing"},
		{"long name", v1Path, replace("$ai_generation", strings.Repeat("n", 201)), "event_name_too_long"},
		{"foreign event on the AI path", v1AIPath, replace("$ai_generation", "$pageview"), "not_an_ai_event"},
		{"empty distinct_id", v1Path, replace("ada", ""), "distinct_id_missing"},
		{"long distinct_id", v1Path, replace("ada", strings.Repeat("é", 101)), "distinct_id_too_long"},
		{"bad timestamp", v1Path, replace(noon, "noon"), "timestamp_invalid"},
		{"large AI event", v1AIPath, replace(`"m"`, `"`+big+`"`), "ai_event_too_big"},
		{"large event", v1Path, strings.Replace(replace(`"m"`, `"`+big+`"`), "$ai_generation", "e", 1), "event_too_big"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			status, answer := post(t, srv, tt.path, v1Batch(tt.event, v0Event(uuid2)))
			require.Equal(t, http.StatusOK, status, answer)
			require.JSONEq(t, `{"results":{"`+uuid1+`":{"result":"drop","details":"`+tt.details+`"},"`+uuid2+`":{"result":"ok"}}}`, answer)
			require.Equal(t, map[string]int{uuid2: 1}, srv.Stored())
			r := srv.Requests()[0]
			require.Len(t, r.Events, 2)
			require.Equal(t, 1, r.Stored)
			require.Equal(t, "1 of 2 events not stored", r.Error)
		})
	}
}

func TestV1AtTheLimits(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	event := strings.Replace(v0Event(uuid1), "$ai_generation", strings.Repeat("n", 200), 1)
	event = strings.Replace(event, "ada", strings.Repeat("é", 100), 1)
	empty := len(`{"$ai_model":""}`)
	event = strings.Replace(event, `"m"`, `"`+strings.Repeat("x", 8<<20-empty)+`"`, 1)
	status, answer := post(t, srv, v1Path, v1Batch(event))
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"results":{"`+uuid1+`":{"result":"ok"}}}`, answer)
	require.Len(t, srv.Events(), 1)
}

func TestV1LiftsIntoProperties(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	event := strings.Replace(v0Event(uuid1), `"properties"`, `"session_id":"s","window_id":"w","options":{`+
		`"process_person_profile":false,"cookieless_mode":true,"product_tour_id":"t","disable_skew_correction":true,"new_one":[1]},"properties"`, 1)
	status, answer := post(t, srv, v1AIPath, v1Batch(event), "PostHog-Sdk-Info", "mylib/2.1")
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, map[string]any{
		"$ai_model":               "m",
		"$session_id":             "s",
		"$window_id":              "w",
		"$process_person_profile": false,
		"$cookieless_mode":        true,
		"$product_tour_id":        "t",
		"$ignore_sent_at":         true,
		"$lib":                    "mylib",
		"$lib_version":            "2.1",
	}, srv.Events()[0].Properties)
}
