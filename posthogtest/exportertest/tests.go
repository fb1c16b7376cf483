package exportertest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

type test struct {
	name string
	run  func(t *testing.T, newExporter New)
}

var tests = []test{
	{"Generation", generation},
	{"Embedding", embedding},
	{"Tree", tree},
	{"Session", session},
	{"OtherSpans", otherSpans},
	{"NothingToExport", nothingToExport},
	{"SameSpanSameEvent", sameSpanSameEvent},
	{"LargeEvent", largeEvent},
	{"Unavailable", unavailable},
	{"Refused", refused},
	{"ContextIsOver", contextIsOver},
	{"Shutdown", shutdown},
	{"Concurrent", concurrent},
}

// export makes an exporter, exports and shuts it down. It returns the events.
func export(t *testing.T, newExporter New, srv *posthogtest.Server, spans ...span) []posthogtest.Event {
	t.Helper()
	exp := newExporter(t, srv)
	must(t, exp.ExportSpans(t.Context(), snapshots(spans...)))
	must(t, exp.Shutdown(t.Context()))
	return srv.Events()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// one returns the only event of that name.
func one(t *testing.T, events []posthogtest.Event, name string) posthogtest.Event {
	t.Helper()
	events = slices.DeleteFunc(slices.Clone(events), func(e posthogtest.Event) bool { return e.Name != name })
	if len(events) != 1 {
		t.Fatalf("%d events %s, want 1: %v", len(events), name, events)
	}
	return events[0]
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func generation(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	e := one(t, export(t, newExporter, srv, call(1)), "$ai_generation")
	equal(t, "$ai_model", e.Model(), "gpt-5")
	provider, _ := e.Text("$ai_provider")
	equal(t, "$ai_provider", provider, "openai")
	for property, want := range map[string]int64{"$ai_input_tokens": 12, "$ai_output_tokens": 34} {
		got, _ := e.Int(property)
		equal(t, property, got, want)
	}
	latency, _ := e.Float("$ai_latency")
	equal(t, "$ai_latency", latency, 1.5)
	equal(t, "$ai_trace_id", e.TraceID(), call(1).trace())
	equal(t, "$ai_span_id", e.SpanID(), call(1).id())
	for property, want := range map[string]string{"$ai_input": "What is the time?", "$ai_output_choices": "Noon."} {
		list, _ := e.List(property)
		if len(list) != 1 || !strings.Contains(e.String(), want) {
			t.Errorf("%s is %v, want one message with %q", property, e.Properties[property], want)
		}
	}
	for _, w := range srv.Warnings() {
		t.Errorf("PostHog would not show it: %v", w)
	}
}

func embedding(t *testing.T, newExporter New) {
	e := one(t, export(t, newExporter, posthogtest.Start(t), call(1,
		attribute.String("gen_ai.operation.name", "embeddings"), attribute.String("gen_ai.request.model", "text-embedding-3-small"))), "$ai_embedding")
	equal(t, "$ai_model", e.Model(), "text-embedding-3-small")
}

func tree(t *testing.T, newExporter New) {
	agent := call(1, attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.agent.name", "planner"))
	below := call(2)
	below.traceOf, below.parentOf = 1, 1
	events := export(t, newExporter, posthogtest.Start(t), below, agent)
	e := one(t, events, "$ai_generation")
	equal(t, "$ai_parent_id", e.ParentID(), agent.id())
	equal(t, "$ai_trace_id", e.TraceID(), agent.trace())
}

func session(t *testing.T, newExporter New) {
	const id = "0197c2a0-0000-7000-8000-000000000000"
	events := export(t, newExporter, posthogtest.Start(t), call(1, attribute.String("$session_id", id)))
	posthogtest.AssertSession(t, events, id)
}

func otherSpans(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	http := call(1)
	http.name, http.attributes = "GET /", []attribute.KeyValue{attribute.String("http.request.method", "GET")}
	if events := export(t, newExporter, srv, http); len(events) > 0 {
		t.Errorf("a span that is not about AI became an event: %v", events[0])
	}
}

func nothingToExport(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	exp := newExporter(t, srv)
	must(t, exp.ExportSpans(t.Context(), nil))
	must(t, exp.Shutdown(t.Context()))
	if n := len(srv.Events()); n > 0 {
		t.Errorf("%d events of no span", n)
	}
}

// sameSpanSameEvent: a span that is exported twice, because the answer to the first
// request was lost, must not count twice in PostHog.
func sameSpanSameEvent(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	export(t, newExporter, srv, call(1))
	export(t, newExporter, srv, call(1))
	if n := len(srv.Deduplicated()); n != 1 {
		t.Errorf("one span, exported twice, is %d events to PostHog: uuid or timestamp differ", n)
	}
}

func largeEvent(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	large := call(1, attribute.String("gen_ai.input.messages",
		`[{"role":"user","content":"`+strings.Repeat("long ", 2<<20)+`"}]`))
	events := export(t, newExporter, srv, large, call(2))
	if len(events) != 2 {
		t.Fatalf("%d of 2 events stored: one that is over the size limit must be shrunk, and take no other along", len(events))
	}
	equal(t, "$ai_model of the large event", events[0].Model(), "gpt-5")
}

func unavailable(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t, posthogtest.WithFaults(posthogtest.Status(503), posthogtest.ResetConnection()))
	export(t, newExporter, srv, call(1), call(2))
	if stored := srv.Stored(); len(stored) != 2 {
		t.Errorf("%d of 2 events stored after a 503 and a broken connection", len(stored))
	}
}

// refused: what PostHog does not take is an error, of ExportSpans or of Shutdown,
// and the error does not hold the key.
func refused(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.Status(401) }))
	exp := newExporter(t, srv)
	err := exp.ExportSpans(t.Context(), snapshots(call(1)))
	if errShutdown := exp.Shutdown(t.Context()); err == nil {
		err = errShutdown
	}
	if err == nil {
		t.Fatal("PostHog answered 401, and neither ExportSpans nor Shutdown says so")
	}
	for _, r := range srv.Requests() {
		if r.APIKey != "" && strings.Contains(err.Error(), r.APIKey) {
			t.Error("the error holds the API key")
		}
	}
}

func contextIsOver(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	exp := newExporter(t, srv)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := exp.ExportSpans(ctx, snapshots(call(1)))
	must(t, exp.Shutdown(t.Context()))
	if err == nil && len(srv.Events()) == 0 {
		t.Error("the span was not stored, and there was no error")
	}
}

func shutdown(t *testing.T, newExporter New) {
	srv := posthogtest.Start(t)
	exp := newExporter(t, srv)
	must(t, exp.Shutdown(t.Context()))
	must(t, exp.Shutdown(t.Context())) // idempotent
	err := exp.ExportSpans(t.Context(), snapshots(call(1)))
	if err == nil && len(srv.Events()) == 0 {
		t.Error("a span that was exported after Shutdown was lost without an error")
	}
}

func concurrent(t *testing.T, newExporter New) {
	const exports, each = 8, 25
	srv := posthogtest.Start(t)
	exp := newExporter(t, srv)
	var wg sync.WaitGroup
	for i := range exports {
		wg.Go(func() {
			var spans []span
			for j := range each {
				spans = append(spans, call(1+i*each+j))
			}
			if err := exp.ExportSpans(t.Context(), snapshots(spans...)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	must(t, exp.Shutdown(t.Context()))
	if n := len(srv.Stored()); n != exports*each {
		t.Errorf("%d of %d events stored", n, exports*each)
	}
}

// span describes a span, by number: the same number is the same span.
type span struct {
	n, traceOf, parentOf int
	name                 string
	attributes           []attribute.KeyValue
}

func call(n int, attrs ...attribute.KeyValue) span {
	return span{n: n, traceOf: n, name: "chat gpt-5", attributes: append([]attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-5"),
		attribute.Int("gen_ai.usage.input_tokens", 12),
		attribute.Int("gen_ai.usage.output_tokens", 34),
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"What is the time?"}]}]`),
		attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"Noon."}],"finish_reason":"stop"}]`),
	}, attrs...)}
}

var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func snapshots(spans ...span) []sdktrace.ReadOnlySpan {
	list := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		list[i] = s.snapshot()
	}
	return list
}
