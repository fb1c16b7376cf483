package exporter_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// exported exports one generation with these attributes and returns its event.
func exported(t *testing.T, attrs []attribute.KeyValue, opts ...exporter.Option) posthogtest.Event {
	t.Helper()
	srv := newServer(t)
	span := newSpan(1)
	span.Attributes = slices.DeleteFunc(span.Attributes, func(kv attribute.KeyValue) bool {
		return slices.ContainsFunc(attrs, func(own attribute.KeyValue) bool { return own.Key == kv.Key })
	})
	span.Attributes = append(span.Attributes, attrs...)
	require.NoError(t, newExporter(t, srv, opts...).ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span.Snapshot()}))
	require.Len(t, srv.Events(), 1)
	return srv.Events()[0]
}

// apiKey is made up, in the shape of a vendor's.
var apiKey = "sk-proj-" + strings.Repeat("aB3dE5fG7hJ9", 5)

// TestSecretsByDefault: nobody has to ask for it.
func TestSecretsByDefault(t *testing.T) {
	t.Parallel()
	for name, attrs := range map[string][]attribute.KeyValue{
		"in a message":             {attribute.String("gen_ai.input.messages", `[{"role":"user","content":"my key:\n`+apiKey+`"}]`)},
		"behind an escape":         {attribute.String("gen_ai.input.messages", `[{"role":"user","content":"\u0073k-proj-`+apiKey[8:]+`"}]`)},
		"in an attribute":          {attribute.String("note", "the key is "+apiKey)},
		"in a list":                {attribute.StringSlice("notes", []string{"a", apiKey})},
		"in a map":                 {attribute.Map("notes", attribute.Map("inner", attribute.String("a", apiKey)))},
		"in a key":                 {attribute.String("note."+apiKey, "a")},
		"in an error":              {attribute.String("$ai_error", "no access with "+apiKey)},
		"in a URL":                 {attribute.String("callback.address", "https://api.example.com/v1?api_key="+apiKey[8:])},
		"by a name deep inside":    {attribute.String("gen_ai.input.messages", `[{"role":"user","content":"{\"default_headers\":{\"x-api-key\":\"`+apiKey[:12]+`\"}}"}]`)},
		"in nested model settings": {attribute.Map("settings", attribute.String("password", apiKey[:12]))},
	} {
		e := exported(t, attrs)
		require.NotContains(t, e.String(), apiKey[8:12], name)
		require.Contains(t, e.String(), " redacted]", name)
		require.Contains(t, exported(t, attrs, exporter.WithoutRedaction()).String(), apiKey[8:12], name)
		require.Contains(t, exported(t, attrs, exporter.WithoutRedaction("secrets")).String(), apiKey[8:12], name)
	}
}

// TestSecretAttributes: what is a secret by its name never leaves, whatever the
// options say.
func TestSecretAttributes(t *testing.T) {
	t.Parallel()
	for name, attr := range map[string]attribute.KeyValue{
		"a header":          attribute.String("http.request.header.authorization", "a secret"),
		"a list":            attribute.StringSlice("http.request.header.cookie", []string{"a secret"}),
		"headers of a call": attribute.String("llm.headers", `{"Authorization":"a secret"}`),
		"a model parameter": attribute.String("$ai_model_parameters", `{"openai_api_key":"a secret","temperature":1}`),
		"the user of a URL": attribute.String("url.full", "https://joe:a%20secret@api.example.com/v1"),
	} {
		require.NotContains(t, strings.ReplaceAll(exported(t, []attribute.KeyValue{attr}, exporter.WithoutRedaction()).String(), "%20", " "), "a secret", name)
	}
}

// TestNoSecret: what only sounds like one stays, and so do the ids.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	messages := `[{"role":"user","content":"what is a token? 12 tokens, a password, \u00e4 and \"secret\": that's it"}]`
	e := exported(t, []attribute.KeyValue{
		attribute.String("gen_ai.input.messages", messages), attribute.Int("max_tokens", 7), attribute.Bool("cookie.consent", true),
		attribute.String("gen_ai.tool.definitions", `[{"type":"function","function":{"name":"login","parameters":{"type":"object","properties":{"password":{"type":"string"}}}}}]`),
	}, exporter.WithRedaction("email", "phone", "payment_card", "iban", "ip_address"))
	require.NotContains(t, e.String(), "redacted")
	require.JSONEq(t, messages, string(asJSON(t, e.Properties["$ai_input"])))
	require.Equal(t, "0197c2a0-0000-7000-8000-000000000000", e.Properties["$session_id"])
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

func TestRedaction(t *testing.T) {
	t.Parallel()
	messages := func(text string) attribute.KeyValue {
		return attribute.String("gen_ai.input.messages", `[{"role":"user","content":"`+text+`"}]`)
	}
	for _, tt := range []struct{ names, text, want string }{
		{"email", "write to ada@example.com", "write to [email redacted]"},
		{"phone", "call +49 171 2345678", "call [phone redacted]"},
		{"payment_card", "it is 4111 1111 1111 1111", "it is [payment card redacted]"},
		{"iban", "to DE89 3704 0044 0532 0130 00", "to [IBAN redacted]"},
		{"ip_address", "from 203.0.113.7", "from [IP address redacted]"},
	} {
		e := exported(t, []attribute.KeyValue{messages(tt.text)}, exporter.WithRedaction(tt.names))
		require.JSONEq(t, `[{"role":"user","content":"`+tt.want+`"}]`, string(asJSON(t, e.Properties["$ai_input"])))
		require.Contains(t, exported(t, []attribute.KeyValue{messages(tt.text)}).String(), tt.text, "it is not on by default")
	}
	e := exported(t, []attribute.KeyValue{attribute.String("form", `{"phone":"555 0100 22","n":4111111111111111}`)}, exporter.WithRedaction("phone", "payment_card"))
	require.NotContains(t, e.String(), "0100")

	same := exported(t, []attribute.KeyValue{attribute.String("a", "ada@example.com"), attribute.String("b", "ADA@example.com")},
		exporter.WithRedaction("email"), exporter.WithPseudonyms([]byte("key")))
	require.Equal(t, same.Properties["a"], same.Properties["b"])
	require.NotContains(t, same.String(), "example.com")
	require.Regexp(t, `^\[email [a-z0-9]+\]$`, same.Properties["a"])
}

func TestRedactor(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []exporter.Text
	e := exported(t, []attribute.KeyValue{
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Grüße, ACME"}]}]`),
		attribute.String("note", "ACME"), attribute.StringSlice("notes", []string{"a", "ACME"}),
	}, exporter.WithRedactor(func(text exporter.Text) string {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, text)
		return strings.ReplaceAll(text.Value, "ACME", "[customer]")
	}))
	require.NotContains(t, e.String(), "ACME")
	require.Contains(t, seen, exporter.Text{Event: "$ai_generation", Property: "$ai_input", Role: "user", Path: "0.parts.0.content", Value: "Grüße, ACME"})
	require.Contains(t, seen, exporter.Text{Event: "$ai_generation", Property: "note", Value: "ACME"})
	require.Contains(t, seen, exporter.Text{Event: "$ai_generation", Property: "notes", Path: "1", Value: "ACME"})
}

// TestFailingFunctions: a function of the user that panics or hangs takes nothing
// along but what it was asked about, lets nothing out, and is counted.
func TestFailingFunctions(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	hello := attribute.String("gen_ai.input.messages", `[{"role":"user","content":"hello"}]`)
	with := func(opt exporter.Option) posthogtest.Event {
		return exported(t, []attribute.KeyValue{hello}, opt, exporter.WithMeterProvider(meters))
	}
	e := with(exporter.WithRedactor(func(text exporter.Text) string {
		if text.Property == "$ai_input" {
			panic("no")
		}
		return text.Value
	}))
	require.NotContains(t, e.String(), "hello")
	require.Contains(t, e.String(), "[withheld: a redactor failed]")
	require.Equal(t, "gpt-5", e.Properties["$ai_model"])

	e = with(exporter.WithRedactor(func(text exporter.Text) string {
		if text.Value == "hello" {
			<-release
		}
		return text.Value
	}))
	require.NotContains(t, e.String(), "hello")

	e = with(exporter.WithContentFunc(func(sdktrace.ReadOnlySpan) exporter.Content { panic("no") }))
	require.NotContains(t, e.String(), "hello")
	e = with(exporter.WithDistinctID(func(sdktrace.ReadOnlySpan) string { panic("no") }))
	require.Equal(t, false, e.Properties["$process_person_profile"])

	srv := newServer(t)
	err := newExporter(t, srv, exporter.WithBeforeSend(func(*exporter.Event) bool { panic("no") }), exporter.WithMeterProvider(meters)).
		ExportSpans(t.Context(), newSpans(2))
	var lost *exporter.ExportError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, []exporter.LossReason{{Reason: "before_send", Count: 2}}, lost.Reasons)
	require.Empty(t, srv.Events())

	failed := map[string]int64{}
	for _, p := range sums(t, reader, "otelposthog.exporter.callback.failed") {
		function, _ := p.Attributes.Value("function")
		reason, _ := p.Attributes.Value("reason")
		failed[function.AsString()+" "+reason.AsString()] += p.Value
	}
	require.Equal(t, map[string]int64{
		"redactor panic": failed["redactor panic"], "redactor timeout": 1, "content panic": 1, "distinct_id panic": 1, "before_send panic": 2,
	}, failed)
	require.Positive(t, failed["redactor panic"])
	require.NotEmpty(t, handled.about("WithContentFunc failed (panic)"))
}

func sums(t *testing.T, reader sdkmetric.Reader, name string) []metricdata.DataPoint[int64] {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	var points []metricdata.DataPoint[int64]
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				points = append(points, m.Data.(metricdata.Sum[int64]).DataPoints...)
			}
		}
	}
	return points
}
