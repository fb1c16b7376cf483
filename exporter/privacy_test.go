package exporter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
)

// said is a span with something on either side.
var said = []attribute.KeyValue{
	attribute.String("gen_ai.input.messages", `[{"role":"user","content":"question"}]`),
	attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":"answer"}]`),
	attribute.String("gen_ai.tool.definitions", `[{"type":"function","function":{"name":"weather","description":"question"}}]`),
	attribute.String("gen_ai.request.stop_sequences", "question"), attribute.Float64("gen_ai.request.top_p", 0.5),
	attribute.String("app.note", "question and answer"), attribute.StringSlice("gen_ai.response.finish_reasons", []string{"stop"}),
}

func TestContentLevels(t *testing.T) {
	t.Parallel()
	perTenant := func(c exporter.Content) exporter.Option {
		return exporter.WithContentFunc(func(sdktrace.ReadOnlySpan) exporter.Content { return c })
	}
	for name, tt := range map[string]struct {
		opts             []exporter.Option
		question, answer bool
	}{
		"by default":           {nil, true, true},
		"all":                  {[]exporter.Option{exporter.WithContent(exporter.ContentAll)}, true, true},
		"inputs":               {[]exporter.Option{exporter.WithContent(exporter.ContentInputs)}, true, false},
		"outputs":              {[]exporter.Option{exporter.WithContent(exporter.ContentOutputs)}, false, true},
		"none":                 {[]exporter.Option{exporter.WithContent(exporter.ContentNone)}, false, false},
		"none by its name":     {[]exporter.Option{exporter.WithPrivacyMode()}, false, false},
		"of a tenant":          {[]exporter.Option{perTenant(exporter.ContentOutputs)}, false, true},
		"less of a tenant":     {[]exporter.Option{exporter.WithContent(exporter.ContentInputs), perTenant(exporter.ContentAll)}, true, false},
		"nothing in common":    {[]exporter.Option{exporter.WithContent(exporter.ContentInputs), perTenant(exporter.ContentOutputs)}, false, false},
		"no level of a tenant": {[]exporter.Option{perTenant(17)}, false, false},
	} {
		e := exported(t, said, tt.opts...)
		if tt.question {
			require.Contains(t, e.String(), "question", name)
		} else {
			require.NotContains(t, e.String(), "question", name)
		}
		if tt.answer {
			require.Contains(t, e.String(), "answer", name)
		} else {
			require.NotContains(t, e.String(), "answer", name)
		}
		require.Equal(t, "gpt-5", e.Properties["$ai_model"], name)
		require.Equal(t, "stop", e.Properties["$ai_stop_reason"], name)
		require.Equal(t, "0197c2a0-0000-7000-8000-000000000000", e.Properties["$session_id"], name)
		require.Contains(t, e.String(), "weather", name)
		require.Contains(t, e.String(), `"top_p":0.5`, name)
	}
}

func TestContentNoneShowsItsAbsence(t *testing.T) {
	t.Parallel()
	e := exported(t, said, exporter.WithPrivacyMode())
	for _, key := range []string{"$ai_input", "$ai_output_choices"} {
		v, ok := e.Properties[key]
		require.True(t, ok, key)
		require.Nil(t, v, key)
	}
}

func TestContentErrorType(t *testing.T) {
	t.Parallel()
	for errorType, want := range map[string]string{
		"openai.RateLimitError": "openai.RateLimitError", "429": "429", "timeout": "timeout", "*url.Error": "*url.Error",
		"": "_OTHER", "Bob said no": "_OTHER", "bob": "_OTHER",
	} {
		e := exported(t, []attribute.KeyValue{attribute.String("error.type", errorType), attribute.String("$ai_error", "the prompt was bad")}, exporter.WithPrivacyMode())
		require.NotContains(t, e.String(), "prompt")
		if e.Properties["$ai_is_error"] == true {
			require.Equal(t, want, e.Properties["$ai_error"], errorType)
		}
	}
}

func TestContentFromEnv(t *testing.T) {
	for value, leaves := range map[string]bool{
		"": true, "true": true, "SPAN_ONLY": true, "EVENT_ONLY": true, "false": false, "NO_CONTENT": false, "no_content": false, "flase": false,
	} {
		t.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)
		require.Equal(t, leaves, exported(t, said).Properties["$ai_input"] != nil, value)
		require.NotNil(t, exported(t, said, exporter.WithContent(exporter.ContentAll)).Properties["$ai_input"], "the option wins")
	}
	require.NotEmpty(t, handled.about("CAPTURE_MESSAGE_CONTENT is \"flase\""))
}

func TestAllowedProperties(t *testing.T) {
	t.Parallel()
	e := exported(t, []attribute.KeyValue{
		attribute.String("app.plan", "the big plan"), attribute.String("app.note", "no"), attribute.String("team.name", "a b"), attribute.String("team.lead", "c d"),
		attribute.String("team.key", "it is "+apiKey),
	}, exporter.WithPrivacyMode(), exporter.WithAllowedProperties("app.plan", "team.*"))
	require.Equal(t, "the big plan", e.Properties["app.plan"])
	require.Equal(t, "c d", e.Properties["team.lead"])
	require.NotContains(t, e.Properties, "app.note")
	require.NotContains(t, e.String(), apiKey, "allowed is not unredacted")
}

func TestBeforeSend(t *testing.T) {
	t.Parallel()
	span := newSpan(1, attribute.String("app.note", "drop me"), attribute.String("posthog.distinct_id", "ada"))
	before := exported(t, span.Attributes)
	e := exported(t, span.Attributes, exporter.WithProperties(attribute.String("region", "eu")), exporter.WithBeforeSend(func(e *exporter.Event) bool {
		if e.Name() != "$ai_generation" || e.DistinctID != "ada" || e.Time().IsZero() {
			return false
		}
		input, _ := e.Property("$ai_input")
		region, _ := e.Property("region")
		e.SetProperty(attribute.KeyValue{Key: "$ai_input", Value: attribute.SliceValue(input.AsSlice()[0])})
		e.SetProperty(attribute.String("seen", region.AsString()))
		for key := range e.Properties() {
			if key == "app.note" {
				e.DeleteProperty(key)
			}
		}
		e.SetProperty(attribute.String("$ai_trace_id", "mine"))
		e.DeleteProperty("$ai_span_id")
		e.SetProperty(attribute.String("$ai_ingestion_source", "otel"))
		e.DistinctID = "somebody"
		return true
	}))
	require.Equal(t, "somebody", e.DistinctID)
	require.Equal(t, "eu", e.Properties["seen"])
	require.JSONEq(t, `[{"role":"user","content":"hello"}]`, string(asJSON(t, e.Properties["$ai_input"])))
	require.NotContains(t, e.Properties, "app.note")
	require.NotContains(t, e.Properties, "$ai_ingestion_source")
	for _, key := range []string{"$ai_trace_id", "$ai_span_id"} {
		require.Equal(t, before.Properties[key], e.Properties[key])
	}
	require.Equal(t, before.UUID, e.UUID)
}

// A function of WithBeforeSend can be tested with an event of its own.
func TestZeroEvent(t *testing.T) {
	t.Parallel()
	var e exporter.Event
	require.Empty(t, e.Name())
	require.Zero(t, e.UUID())
	require.Zero(t, e.Time())
	_, ok := new(exporter.Event).Property("app.note")
	require.False(t, ok)
	new(exporter.Event).DeleteProperty("app.note")
	for range new(exporter.Event).Properties() {
		require.Fail(t, "a property of nothing")
	}

	e.SetProperty(attribute.String("app.note", "here"))
	note, ok := e.Property("app.note")
	require.True(t, ok)
	require.Equal(t, "here", note.AsString())
	e.DeleteProperty("app.note")
	_, ok = e.Property("app.note")
	require.False(t, ok)
}

func TestBeforeSendDrops(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	srv := newServer(t)
	exp := newExporter(t, srv, exporter.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))),
		exporter.WithBeforeSend(func(e *exporter.Event) bool {
			n, _ := e.Property("$ai_input_tokens")
			return n.AsInt64() != 1
		}))
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(3)))
	require.Len(t, srv.Events(), 2)
	points := sums(t, reader, "otelposthog.exporter.event.withheld")
	require.Len(t, points, 1)
	require.EqualValues(t, 1, points[0].Value)
}

func TestPeople(t *testing.T) {
	t.Parallel()
	ada := []attribute.KeyValue{attribute.String("posthog.distinct_id", "ada@example.com"), attribute.String("app.login", "ada@example.com"), attribute.String("tenant", "t-1")}
	fromTenant := exporter.WithDistinctID(func(s sdktrace.ReadOnlySpan) string {
		for _, kv := range s.Attributes() {
			if kv.Key == "tenant" {
				return kv.Value.AsString()
			}
		}
		return ""
	})
	require.Equal(t, "t-1", exported(t, ada, fromTenant).DistinctID)
	require.Equal(t, "ada@example.com", exported(t, ada[:1], fromTenant).DistinctID)

	unnamed := []attribute.KeyValue{attribute.String("tenant", "t-1")}
	require.NotContains(t, exported(t, unnamed, fromTenant).Properties, "$process_person_profile")
	unnamed = append(unnamed, attribute.Bool("$process_person_profile", false))
	require.Equal(t, false, exported(t, unnamed, fromTenant).Properties["$process_person_profile"], "somebody wants no person")

	key := []byte("key")
	e := exported(t, ada, exporter.WithHashedDistinctID(key))
	require.Equal(t, exporter.HashDistinctID(key, "ada@example.com"), e.DistinctID)
	require.NotContains(t, e.String(), "ada@example.com")
	require.NotEqual(t, e.DistinctID, exported(t, ada, exporter.WithHashedDistinctID([]byte("other"))).DistinctID)

	e = exported(t, nil, exporter.WithGroups(map[string]string{"company": "acme"}), exporter.WithPrivacyMode())
	require.Equal(t, map[string]any{"company": "acme"}, e.Properties["$groups"])
	e = exported(t, []attribute.KeyValue{attribute.String("$groups", `{"company":"own"}`)}, exporter.WithGroups(map[string]string{"company": "acme"}))
	require.Equal(t, map[string]any{"company": "own"}, e.Properties["$groups"])
}

func TestConsent(t *testing.T) {
	t.Parallel()
	opt := func(v any) []attribute.KeyValue {
		attrs := append([]attribute.KeyValue(nil), said...)
		switch v := v.(type) {
		case bool:
			attrs = append(attrs, attribute.Bool("posthog.opt_out", v))
		case string:
			attrs = append(attrs, attribute.String("posthog.opt_out", v))
		}
		return attrs
	}
	for _, tt := range []struct {
		value                any
		byDefault, onConsent bool
	}{
		{nil, true, false},
		{false, true, true},
		{"false", true, true},
		{true, false, false},
		{"true", false, false},
		{"perhaps", false, false},
	} {
		require.Equal(t, tt.byDefault, exported(t, opt(tt.value)).Properties["$ai_input"] != nil, tt.value)
		require.Equal(t, tt.onConsent, exported(t, opt(tt.value), exporter.WithContentOnConsent()).Properties["$ai_input"] != nil, tt.value)
	}
	srv := newServer(t)
	exp := newExporter(t, srv, exporter.WithoutOptedOut())
	require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{newSpan(1, opt(true)...).Snapshot(), newSpan(2, opt(false)...).Snapshot()}))
	require.Len(t, srv.Events(), 1)
}

// Without the span processor, the exporter finds an opt-out above among the spans
// of a batch.
func TestOptOutAboveWins(t *testing.T) {
	t.Parallel()
	optOut := func(v bool) attribute.KeyValue { return attribute.Bool("posthog.opt_out", v) }
	for name, tt := range map[string]struct {
		top, below, resource []attribute.KeyValue
		content              bool
		onConsent            bool
	}{
		"nothing":                          {nil, nil, nil, true, false},
		"above":                            {[]attribute.KeyValue{optOut(true)}, nil, nil, false, false},
		"above, against a consent":         {[]attribute.KeyValue{optOut(true)}, []attribute.KeyValue{optOut(false)}, nil, false, false},
		"a consent above":                  {[]attribute.KeyValue{optOut(false)}, nil, nil, true, true},
		"on the resource":                  {nil, nil, []attribute.KeyValue{optOut(true)}, false, false},
		"on the resource, against consent": {nil, []attribute.KeyValue{optOut(false)}, []attribute.KeyValue{optOut(true)}, false, false},
		"a consent on the resource":        {nil, nil, []attribute.KeyValue{optOut(false)}, true, true},
	} {
		for _, needed := range []bool{false, true} {
			srv := newServer(t)
			var opts []exporter.Option
			if needed {
				opts = append(opts, exporter.WithContentOnConsent())
			}
			top, below := newSpan(1, tt.top...), newSpan(2, tt.below...)
			below.SpanContext = below.SpanContext.WithTraceID(top.SpanContext.TraceID())
			below.Parent = top.SpanContext
			below.Resource = resource.NewSchemaless(tt.resource...)
			exp := newExporter(t, srv, opts...)
			require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{below.Snapshot(), top.Snapshot()}))
			found := 0
			for _, e := range srv.Events() {
				if e.SpanID() == below.SpanContext.SpanID().String() {
					found++
					want := tt.content && !needed || tt.onConsent && needed
					text := e.String()
					require.Equal(t, want, strings.Contains(text, "hello"), "%s, needed %v: %s", name, needed, text)
				}
			}
			require.Equal(t, 1, found)
		}
	}
}

func TestInvalidPrivacyOptions(t *testing.T) {
	t.Parallel()
	for want, opt := range map[string]exporter.Option{
		"WithContent(9)":             exporter.WithContent(9),
		"WithContentFunc(nil)":       exporter.WithContentFunc(nil),
		"WithBeforeSend(nil)":        exporter.WithBeforeSend(nil),
		"WithDistinctID(nil)":        exporter.WithDistinctID(nil),
		"WithRedactor(nil)":          exporter.WithRedactor(nil),
		`do you mean "email"`:        exporter.WithRedaction("emial"),
		"WithoutRedaction: unknown":  exporter.WithoutRedaction("everything"),
		"WithPseudonyms: the key":    exporter.WithPseudonyms(nil),
		"WithHashedDistinctID: the":  exporter.WithHashedDistinctID(nil),
		`WithAllowedProperties("*")`: exporter.WithAllowedProperties("*"),
		"WithGroups: a group needs":  exporter.WithGroups(map[string]string{"company": ""}),
		"$ai_trace_id is reserved":   exporter.WithProperties(attribute.String("$ai_trace_id", "x")),
		"use WithGroups":             exporter.WithProperties(attribute.String("$groups", "{}")),
	} {
		_, err := exporter.New(testKey, opt)
		require.ErrorContains(t, err, want)
	}
}

func TestFeatureFlags(t *testing.T) {
	t.Parallel()
	span := newSpan(1)
	flag := func(name string, attrs ...attribute.KeyValue) {
		span.Events = append(span.Events, sdktrace.Event{Name: name, Attributes: attrs})
	}
	flag("feature_flag.evaluation", attribute.String("feature_flag.key", "prompt"), attribute.String("feature_flag.result.variant", "control"))
	flag("feature_flag.evaluation", attribute.String("feature_flag.key", "prompt"), attribute.String("feature_flag.result.variant", "test"))
	flag("feature_flag", attribute.String("feature_flag.key", "old"), attribute.String("feature_flag.variant", "a"))
	flag("feature_flag.evaluation", attribute.String("feature_flag.key", "on"), attribute.Bool("feature_flag.result.value", true))
	flag("feature_flag.evaluation", attribute.String("feature_flag.key", "none"))
	flag("feature_flag.evaluation", attribute.String("feature_flag.result.variant", "of nothing"))
	for _, tt := range []struct {
		opts []exporter.Option
		want map[string]any
	}{
		{nil, map[string]any{"$feature/prompt": "test", "$feature/old": "a", "$feature/on": true}},
		{[]exporter.Option{exporter.WithPrivacyMode()}, map[string]any{}},
		{[]exporter.Option{exporter.WithPrivacyMode(), exporter.WithAllowedProperties("$feature/*")}, map[string]any{"$feature/prompt": "test", "$feature/old": "a", "$feature/on": true}},
	} {
		srv := newServer(t)
		require.NoError(t, newExporter(t, srv, tt.opts...).ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span.Snapshot()}))
		got := map[string]any{}
		for key, v := range srv.Events()[0].Properties {
			if strings.HasPrefix(key, "$feature/") {
				got[key] = v
			}
		}
		require.Equal(t, tt.want, got)
	}
}
