package exporter_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// canary stands for what somebody said: words, as people write them.
const canary = "the canary sings"

// marks hide the canary in a text.
var marks = []func(string) string{
	func(string) string { return canary },
	func(s string) string { return s + " " + canary },
	func(s string) string { return canary + " " + s },
}

// persons are the attributes that name the person, the browser session and the
// groups, who may leave.
var persons = []string{
	"ai.telemetry.metadata.posthog_distinct_id", "ai.settings.context.posthog_distinct_id", "posthog.distinct_id", "user.id", "posthogDistinctId",
	"llm.user", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id", "langwatch.user.id",
	"lmnr.association.properties.user_id", "gen_ai.user.id",
}

// recordings returns the spans of every recording, those of this repository and
// the larger collection beside it.
func recordings(t *testing.T) map[string][]sdktrace.ReadOnlySpan {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("internal", "convert", "testdata", "*", "*", "*.otlp.json"))
	require.NoError(t, err)
	cases, err := filepath.Glob(filepath.Join("internal", "convert", "testdata", "cases", "*.otlp.json"))
	require.NoError(t, err)
	more, err := filepath.Glob(filepath.Join("..", "..", "shared", "corpus", "*", "*.otlp.json"))
	require.NoError(t, err)
	if len(more) == 0 {
		t.Log("SKIPPED: no shared/corpus beside this checkout; only the recordings of this repository are checked")
	}
	all := map[string][]sdktrace.ReadOnlySpan{}
	for _, file := range slices.Concat(files, cases, more) {
		if strings.HasSuffix(file, ".logs.otlp.json") {
			continue
		}
		spans, err := spantest.ReadOTLP(file)
		require.NoError(t, err)
		all[file] = spans
	}
	require.NotEmpty(t, all)
	return all
}

// sing puts the canary into every text of a span that may hold one, by mark.
func sing(span sdktrace.ReadOnlySpan, mark func(string) string) sdktrace.ReadOnlySpan {
	stub := tracetest.SpanStubFromReadOnlySpan(span)
	stub.Name = mark(stub.Name)
	stub.Attributes = singAll(stub.Attributes, mark)
	stub.Status.Description = mark(stub.Status.Description)
	if stub.Status.Code == codes.Unset {
		stub.Status.Code = codes.Error // the text of an error is a carrier, too
	}
	events := slices.Clone(stub.Events)
	for i := range events {
		events[i].Attributes = singAll(events[i].Attributes, mark)
	}
	stub.Events = append(events, sdktrace.Event{Name: "exception", Attributes: []attribute.KeyValue{
		attribute.String("exception.type", mark("ValueError")), attribute.String("exception.message", mark("no")), attribute.String("exception.stacktrace", mark("at")),
	}}, sdktrace.Event{Name: mark("note")})
	stub.Links = append(stub.Links, sdktrace.Link{Attributes: []attribute.KeyValue{attribute.String("note", mark("see"))}})
	stub.Resource = resource.NewSchemaless(append(singAll(stub.Resource.Attributes(), mark), attribute.String("deployment.note", mark("on")))...)
	stub.InstrumentationScope = instrumentation.Scope{Name: mark(stub.InstrumentationScope.Name), Version: mark(stub.InstrumentationScope.Version)}
	return stub.Snapshot()
}

// singAll keeps what a library is recognised by: the first words of its marks. It
// puts the canary into values, into every string inside of JSON, and into new keys.
func singAll(attrs []attribute.KeyValue, mark func(string) string) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, len(attrs)+3)
	for _, kv := range attrs {
		if !slices.Contains(persons, string(kv.Key)) && !slices.Contains(kinds, string(kv.Key)) {
			kv.Value = singValue(kv.Value, mark)
		}
		list = append(list, kv)
	}
	return append(list,
		attribute.String("gen_ai."+canary, "yes"), attribute.Int(canary, 1), attribute.Map("nested", attribute.Map(canary, attribute.String("a", canary))))
}

// kinds say what a span stands for: without them it would be another event.
var kinds = []string{
	"gen_ai.operation.name", "ai.operationId", "llm.request.type", "openinference.span.kind", "traceloop.span.kind", "genkit:type",
	"genkit:metadata:subtype", "langfuse.observation.type", "langsmith.span.kind", "lmnr.span.type", "mastra.span.type", "langwatch.span.type",
	"braintrust.span_attributes", "gen_ai.span.kind", "session.id",
}

func singValue(v attribute.Value, mark func(string) string) attribute.Value {
	n := jsontree.FromValue(v)
	if v.Type() == attribute.STRING {
		if doc, ok := jsontree.ParseContainer(v.AsString()); ok {
			singTree(&doc, mark)
			return attribute.StringValue(doc.JSON())
		}
		return attribute.StringValue(mark(v.AsString()))
	}
	singTree(&n, mark)
	return jsontree.ToValue(&n)
}

func singTree(n *jsontree.Node, mark func(string) string) {
	switch n.Kind {
	case jsontree.String:
		n.Text = mark(n.Text)
	case jsontree.Object:
		for i := range n.Members {
			name := n.Members[i].Name
			if name == "type" || name == "role" || name == "event.name" { // without them no message is recognised
				continue
			}
			singTree(&n.Members[i].Value, mark)
		}
		n.Members = append(n.Members, jsontree.Member{Name: canary, Value: jsontree.Str("x")})
	case jsontree.Array:
		for i := range n.Items {
			singTree(&n.Items[i], mark)
		}
	}
}

// bodies exports spans and returns all that left: the requests, the errors, and
// what an exporter says about itself.
func bodies(t *testing.T, spans []sdktrace.ReadOnlySpan, opts ...exporter.Option) string {
	t.Helper()
	srv := newServer(t)
	exp := newExporter(t, srv, append(opts, exporter.WithCompression(exporter.CompressionNone))...)
	var out strings.Builder
	if err := exp.ExportSpans(t.Context(), spans); err != nil {
		out.WriteString(err.Error())
	}
	for _, e := range srv.Events() {
		out.WriteString(e.String())
		out.WriteByte('\n')
	}
	return out.String()
}

// TestCanaryNone hides the canary in every text of every recording. It must not
// leave, and everybody's numbers must.
func TestCanaryNone(t *testing.T) {
	t.Parallel()
	variations, events := 0, 0
	for file, spans := range recordings(t) {
		for _, mark := range marks {
			var marked []sdktrace.ReadOnlySpan
			for _, span := range spans {
				marked = append(marked, sing(span, mark))
			}
			out := bodies(t, marked, exporter.WithPrivacyMode())
			require.NotContains(t, out, "canary", file)
			if variations%50 == 0 { // the test can fail
				require.Contains(t, bodies(t, marked), "canary", file)
			}
			variations++
			events += strings.Count(out, "\n")
		}
	}
	require.Positive(t, events)
	t.Logf("%d variations of recordings, %d events", variations, events)
	require.Empty(t, handled.about("canary"))
}

// TestCanarySides: with inputs only, the canary leaves in inputs only, and the
// same for outputs.
func TestCanarySides(t *testing.T) {
	t.Parallel()
	sides := map[exporter.Content][]string{
		exporter.ContentInputs:  {"$ai_input", "$ai_input_state", "$ai_tools", "$ai_model_parameters", "$ai_feedback_text"},
		exporter.ContentOutputs: {"$ai_output_choices", "$ai_output_state"},
	}
	seen := map[string]bool{}
	for file, spans := range recordings(t) {
		var marked []sdktrace.ReadOnlySpan
		for _, span := range spans {
			marked = append(marked, sing(span, marks[1]))
		}
		for content, side := range sides {
			srv := newServer(t)
			_ = newExporter(t, srv, exporter.WithContent(content)).ExportSpans(t.Context(), marked)
			for _, e := range srv.Events() {
				for key, value := range e.Properties {
					text, err := json.Marshal(map[string]any{key: value})
					require.NoError(t, err)
					if strings.Contains(string(text), "canary") {
						require.Contains(t, side, key, file)
						seen[key] = true
					}
				}
			}
		}
	}
	for _, key := range []string{"$ai_input", "$ai_input_state", "$ai_output_choices", "$ai_output_state"} {
		require.True(t, seen[key], "the canary was never in %s: the test sees nothing", key)
	}
}

// TestCanaryWord hides a canary that has the shape of a name or an id. It leaves
// only where names and ids do.
func TestCanaryWord(t *testing.T) {
	t.Parallel()
	word := func(string) string { return "canary-7f3a" }
	names := []string{
		"$ai_span_name", "$ai_model", "$ai_provider", "$ai_framework", "$ai_lib", "$ai_lib_version", "$lib", "$lib_version", "$ai_metric_name",
		"$ai_evaluation_name", "$ai_trace_name", "$ai_tools", // the names of the tools
		"$session_id", "$window_id", "$ai_session_id", "$ai_completion_id", "gen_ai.conversation.id", "$groups",
	}
	seen := map[string]bool{}
	for file, spans := range recordings(t) {
		var marked []sdktrace.ReadOnlySpan
		for _, span := range spans {
			marked = append(marked, sing(span, word))
		}
		srv := newServer(t)
		_ = newExporter(t, srv, exporter.WithContent(exporter.ContentNone)).ExportSpans(t.Context(), marked)
		for _, e := range srv.Events() {
			for key, value := range e.Properties {
				if strings.Contains(fmt.Sprint(key, value), "canary") {
					require.Contains(t, names, key, file)
					seen[key] = true
				}
			}
		}
	}
	require.True(t, seen["$ai_model"])
}

// TestCanaryCarriers hides the canary where no recording has a text.
func TestCanaryCarriers(t *testing.T) {
	t.Parallel()
	for name, attrs := range map[string][]attribute.KeyValue{
		"explicit properties": {
			attribute.String("$ai_output", canary), attribute.String("$ai_error", canary), attribute.String("$ai_evaluation_reasoning", canary),
			attribute.String("$ai_feedback_text", canary), attribute.String("$ai_stop_reason", canary), attribute.String("$ai_request_url", canary),
			attribute.String("$ai_trace_name", canary), attribute.String("$ai_prompt_name", canary), attribute.String("$ai_replay_url", canary),
			attribute.String("$anything", canary),
		},
		"numbers that are texts": {
			attribute.String("$ai_input_tokens", canary), attribute.String("$ai_latency", canary), attribute.String("$ai_http_status", canary),
			attribute.String("$geoip_disable", canary), attribute.String("$ai_is_error", canary), attribute.String("$ai_total_cost_usd", canary),
		},
		"groups":     {attribute.String("$groups", `{"company":"`+canary+`","`+canary+`":"acme"}`)},
		"parameters": {attribute.String("$ai_model_parameters", `{"prediction":"`+canary+`","stop":["`+canary+`"],"temperature":"`+canary+`","`+canary+`":1}`)},
		"tools":      {attribute.String("gen_ai.tool.definitions", `[{"name":"`+canary+`"},{"type":"function","function":{"name":"f","description":"`+canary+`"}}]`)},
		"the person": {attribute.String("posthog.distinct_id", canary)},
		"ids":        {attribute.String("gen_ai.conversation.id", canary), attribute.String("$session_id", canary), attribute.String("gen_ai.response.id", canary)},
		"others": {
			attribute.String("reranker.query", canary), attribute.String("lk.pii.text", canary), attribute.String("transcript", canary), attribute.String("request_data", canary),
			attribute.String("db.statement", canary), attribute.String("url.full", canary), attribute.String("input.value", canary),
			attribute.StringSlice("list", []string{canary}), attribute.ByteSlice("bytes", []byte(canary)), attribute.Bool(canary, true),
		},
	} {
		out := bodies(t, []sdktrace.ReadOnlySpan{newSpan(1, attrs...).Snapshot()}, exporter.WithPrivacyMode())
		require.NotContains(t, out, "canary", name)
		require.NotContains(t, out, fmt.Sprintf("%x", canary), name)
		require.Contains(t, out, "$ai_model", name)
	}
}

// TestCanaryFeedback: what a user said about an answer stays, too.
func TestCanaryFeedback(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	exp := newExporter(t, srv, exporter.WithPrivacyMode())
	trace := strings.Repeat("0a", 16)
	more := []attribute.KeyValue{attribute.String("note", canary), attribute.String(canary, "1")}
	require.NoError(t, exp.CaptureFeedback(t.Context(), exporter.Feedback{TraceID: trace, Text: canary, DistinctID: canary, Properties: more}))
	require.NoError(t, exp.CaptureMetric(t.Context(), exporter.AIMetric{TraceID: trace, Name: canary, Value: attribute.StringValue(canary), Properties: more}))
	require.NoError(t, exp.CaptureMetric(t.Context(), exporter.AIMetric{TraceID: trace, Name: "score", Value: attribute.Float64Value(0.5)}))
	require.Len(t, srv.Events(), 3)
	for _, e := range srv.Events() {
		require.NotContains(t, e.String(), "canary")
		require.Contains(t, e.String(), trace)
	}
	require.EqualValues(t, "0.5", srv.Events()[2].Properties["$ai_metric_value"])
}

// TestCanaryErrors: PostHog refuses every event and quotes it.
func TestCanaryErrors(t *testing.T) {
	t.Parallel()
	srv := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.Status(400) }))
	exp := newExporter(t, srv, exporter.WithPrivacyMode())
	err := exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{sing(newSpan(1).Snapshot(), marks[0])})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "canary")
	require.NotContains(t, fmt.Sprintf("%+v", exp.MarshalLog()), "canary")
}
