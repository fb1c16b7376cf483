package posthogtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestV0Refusals(t *testing.T) {
	t.Parallel()
	const good = `{"event":"$ai_span","distinct_id":"ada","uuid":"` + uuid1 + `"}`
	for _, tt := range []struct{ name, path, body, reason string }{
		{"empty body", v0Path, ``, "bad JSON"},
		{"no JSON", v0Path, `hello`, "bad JSON"},
		{"cut JSON", v0Path, v0Batch(good)[:40], "bad JSON"},
		{"two documents", v0Path, v0Batch(good) + `{}`, "bad JSON"},
		{"null", v0Path, `null`, "bad JSON"},
		{"number", v0Path, `1`, "bad JSON"},
		{"invalid UTF-8", v0Path, v0Batch(strings.Replace(good, "ada", "a\xffa", 1)), "UTF-8"},
		{"batch is no list", v0Path, `{"api_key":"k","batch":{}}`, "bad JSON"},
		{"batch is empty", v0Path, `{"api_key":"k","batch":[]}`, "no event"},
		{"batch is null", v0Path, `{"api_key":"k","batch":null}`, "no event"},
		{"list is empty", "/e/", `[]`, "no event"},
		{"batch is absent", v0Path, `{"api_key":"k"}`, "event is missing"},
		{"names are matched exactly", v0Path, `{"api_key":"k","Batch":[` + good + `]}`, "event is missing"},
		{"event is null", v0Path, v0Batch(`null`), "null"},
		{"event is no object", v0Path, v0Batch(`"e"`), "bad JSON"},
		{"no name", v0Path, v0Batch(`{"distinct_id":"ada"}`), "event is missing"},
		{"empty name", v0Path, v0Batch(`{"event":"","distinct_id":"ada"}`), "event is missing"},
		{"name is no string", v0Path, v0Batch(`{"event":7,"distinct_id":"ada"}`), "event is not a string"},
		{"no distinct_id", v0Path, v0Batch(`{"event":"e"}`), "distinct_id is missing"},
		{"empty distinct_id", v0Path, v0Batch(`{"event":"e","distinct_id":""}`), "distinct_id is missing"},
		{"null distinct_id", v0Path, v0Batch(`{"event":"e","distinct_id":null}`), "distinct_id is missing"},
		{"distinct_id is a list", v0Path, v0Batch(`{"event":"e","distinct_id":["ada"]}`), "distinct_id is missing"},
		{"bad uuid", v0Path, v0Batch(`{"event":"e","distinct_id":"ada","uuid":"42"}`), `uuid "42" is malformed`},
		{"uuid is no string", v0Path, v0Batch(`{"event":"e","distinct_id":"ada","uuid":42}`), "uuid is not a string"},
		{"properties are a list", v0Path, v0Batch(`{"event":"e","distinct_id":"ada","properties":[]}`), "properties is not an object"},
		{"API key of an event is no string", v0Path, v0Batch(`{"event":"e","distinct_id":"ada","token":1}`), "token is not a string"},
		{"$set is a string", v0Path, v0Batch(`{"event":"e","distinct_id":"ada","$set":"x"}`), "$set is not an object"},
		{"bad sent_at", v0Path, `{"api_key":"k","sent_at":"yesterday","batch":[` + good + `]}`, `sent_at "yesterday" is not RFC 3339`},
		{"sent_at is no string", v0Path, `{"api_key":"k","sent_at":1,"batch":[` + good + `]}`, "sent_at is not a string"},
		{"foreign event on the AI path", v0AIPath, v0Batch(good, `{"event":"$pageview","distinct_id":"ada"}`), `event 1: "$pageview" is no AI event`},
		{"one bad event of three", v0Path, v0Batch(good, `{"event":"e"}`, good), "event 1: distinct_id is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			status, answer := post(t, srv, tt.path, tt.body)
			require.Equal(t, http.StatusBadRequest, status, answer)
			require.Contains(t, answer, tt.reason)
			require.Empty(t, srv.Events(), "all or nothing")
			r := srv.Requests()[0]
			require.Equal(t, "400 "+answer, r.Error)
			require.Zero(t, r.Stored)
		})
	}
}

func TestV0IsLenient(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, event, want string }{
		{
			"uuid in capitals", `{"event":"e","distinct_id":"ada","uuid":"0190A7C2-0000-7000-8000-000000000001"}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","properties":{}}`,
		},
		{
			"properties are null", `{"event":"e","distinct_id":"ada","uuid":"` + uuid1 + `","properties":null}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","properties":{}}`,
		},
		{
			"numeric distinct_id", `{"event":"e","distinct_id":9007199254740993,"uuid":"` + uuid1 + `"}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"9007199254740993","properties":{}}`,
		},
		{
			"distinct_id among the properties", `{"event":"e","uuid":"` + uuid1 + `","properties":{"distinct_id":"ada"}}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","properties":{"distinct_id":"ada"}}`,
		},
		{
			"bad timestamp", `{"event":"e","distinct_id":"ada","uuid":"` + uuid1 + `","timestamp":"noon"}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","properties":{}}`,
		},
		{
			"$set beside the properties", `{"event":"e","distinct_id":"ada","uuid":"` + uuid1 + `","$set":{"a":1},"$set_once":{"b":2}}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","properties":{"$set":{"a":1},"$set_once":{"b":2}}}`,
		},
		{
			"unknown fields", `{"event":"e","distinct_id":"ada","uuid":"` + uuid1 + `","type":"capture","library":"l"}`,
			`{"event":"e","uuid":"` + uuid1 + `","distinct_id":"ada","properties":{}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			status, answer := post(t, srv, v0Path, v0Batch(tt.event))
			require.Equal(t, http.StatusOK, status, answer)
			require.Equal(t, tt.want, srv.Events()[0].String())
		})
	}
}

func TestV0CutsDistinctID(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, n := range []int{199, 200, 201} {
		post(t, srv, v0Path, v0Batch(`{"event":"e","distinct_id":"`+strings.Repeat("é", n)+`"}`))
	}
	events := srv.Events()
	require.Equal(t, strings.Repeat("é", 199), events[0].DistinctID)
	require.Equal(t, strings.Repeat("é", 200), events[1].DistinctID)
	require.Equal(t, strings.Repeat("é", 200), events[2].DistinctID)
}

func TestV0MintsUUID(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	post(t, srv, v0Path, v0Batch(`{"event":"e","distinct_id":"ada"}`, `{"event":"e","distinct_id":"ada","uuid":""}`, `{"event":"e","distinct_id":"ada","uuid":null}`))
	require.Len(t, srv.Stored(), 3)
	for id := range srv.Stored() {
		require.Len(t, id, 36)
	}
}

func TestV0Shapes(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, body := range []string{
		`{"api_key":"k","event":"e","distinct_id":"ada","uuid":"` + uuid1 + `"}`,
		`{"token":"k","event":"e","distinct_id":"ada","uuid":"` + uuid2 + `"}`,
		` [{"$token":"k","event":"e","distinct_id":"ada","uuid":"` + uuid3 + `"}]`,
	} {
		status, answer := post(t, srv, "/i/v0/e/", body)
		require.Equal(t, http.StatusOK, status, answer)
	}
	require.Equal(t, map[string]int{uuid1: 1, uuid2: 1, uuid3: 1}, srv.Stored())
	for _, e := range srv.Events() {
		require.Equal(t, "k", e.APIKey)
	}
}

// posthog-js puts the key into the properties. Beside another key, a property of
// that name is a property.
func TestKeyInTheProperties(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	status, answer := post(t, srv, "/e/", `[{"event":"e","distinct_id":"ada","properties":{"token":"phc_js"}}]`)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, "phc_js", srv.Events()[0].APIKey)
	status, answer = post(t, srv, v0Path, v0Batch(`{"event":"e","distinct_id":"ada","properties":{"token":"mine"}}`))
	require.Equal(t, http.StatusOK, status, answer)
}
