package scrub_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
	"github.com/otelposthog/otelposthog-go/exporter/internal/scrub"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// scrubber has all ready-made redactors, and one of the user that changes nothing
// when whole is set: then each document is read, and not only those that look as if
// something were in them.
func scrubber(t testing.TB, whole bool) *scrub.Scrubber {
	set, err := pii.New(pii.Names())
	require.NoError(t, err)
	cfg := scrub.Config{Set: set, Secrets: true}
	if whole {
		cfg.Custom = []*scrub.Guard{scrub.NewGuard(func(t scrub.Text) string { return t.Value }, 1<<40)}
	}
	return scrub.New(cfg)
}

func document(s *scrub.Scrubber, doc string) string {
	e := event.Event{Properties: []prop.Property{prop.Doc("$ai_input", doc)}}
	s.Event(&e)
	return e.Properties[0].Value.AsString()
}

const key = "sk-proj-aB3dE5fG7hJ9aB3dE5fG7hJ9aB3dE5fG7hJ9"

// found are documents with something in them, wherever it hides.
var found = []string{
	`{"a":"` + key + `"}`, `["\n` + key + `"]`, `["\u0073k-proj-` + key[8:] + `"]`, `{"` + key + `":1}`, `{"a":"{\"b\":\"` + key + `\"}"}`,
	`{"password":"hunter2"}`, `{"password" : "hunter2"}`, `{"a":{"x-api-key":["hunter2"]}}`, `{"a":"{\"password\":\"hunter2\"}"}`,
	`{"a":"{\"b\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}"}`, `["ada@example.com"]`, `["ada\u0040example.com"]`, `[4111111111111111]`, `{"phone":"555 0100 22"}`,
}

func TestFound(t *testing.T) {
	t.Parallel()
	for _, doc := range found {
		got := document(scrubber(t, false), doc)
		require.True(t, json.Valid([]byte(got)), doc)
		require.Contains(t, got, "redacted]", doc)
		for _, part := range []string{key[8:], "hunter2", "example.com", "4111111111111111", "0100"} {
			require.NotContains(t, got, part, doc)
		}
	}
}

// TestUntouchedBytes: a document in which nothing is found stays as it is, byte for
// byte.
func TestUntouchedBytes(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`[ {"role" : "user", "content":"caf\u00e9 \ud83d\ude00 \n"} ]`, `{"max_tokens":"12","token_count":3}`, `{"password":{"type":"string"},"required":["password"]}`, `{}`, `["\\"]`,
	} {
		require.Equal(t, doc, document(scrubber(t, false), doc))
	}
}

// FuzzDocument: JSON stays JSON, a second look finds nothing more, and the quick
// look finds what the look at each string finds.
func FuzzDocument(f *testing.F) {
	for _, doc := range found {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		n, ok := jsontree.ParseContainer(doc)
		if !ok || n.Cut {
			t.Skip("no JSON")
		}
		doc = n.JSON()
		quick := document(scrubber(t, false), doc)
		require.True(t, json.Valid([]byte(quick)))
		if strings.Contains(doc, "sk-proj-") {
			require.Equal(t, document(scrubber(t, true), doc), quick)
		}
		require.Equal(t, quick, document(scrubber(t, false), quick))
	})
}

// TestManyNames: names without end are not remembered without end, and are looked at
// all the same.
func TestManyNames(t *testing.T) {
	t.Parallel()
	s := scrubber(t, false)
	for i := range 2000 {
		name := strings.Repeat("n", i%100) + "_password"
		require.NotContains(t, document(s, `{"`+name+`":"hunter2"}`), "hunter2", name)
	}
}
