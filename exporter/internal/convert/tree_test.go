package convert_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// inTree is a span below another one, by its place in a list, or below none.
type inTree struct {
	below int
	attrs attrs
	event string // what it becomes; "" for nothing
}

const (
	gen     = semconv.EventGeneration
	aiSpan  = semconv.EventSpan
	aiTrace = semconv.EventTrace
	noOne   = -1
)

func batch(tree []inTree) []sdktrace.ReadOnlySpan {
	var stubs tracetest.SpanStubs
	for i, s := range tree {
		id := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{byte(i + 1)}, TraceFlags: trace.FlagsSampled}
		stub := tracetest.SpanStub{
			Name: "s", SpanContext: trace.NewSpanContext(id), Attributes: s.attrs.list(),
			StartTime: rowStart.Add(time.Duration(i) * time.Millisecond), EndTime: rowStart.Add(time.Second),
		}
		if s.below != noOne {
			id.SpanID = trace.SpanID{byte(s.below + 1)}
			stub.Parent = trace.NewSpanContext(id)
		}
		stubs = append(stubs, stub)
	}
	return stubs.Snapshots()
}

// llm returns the attributes of a call, by its model, response id and messages,
// each of which may be "".
func llm(model, id, messages string) attrs {
	return attrs{"gen_ai.operation.name": chat, "gen_ai.response.model": model, "gen_ai.response.id": id, inputKey: messages}
}

// TestOneCallTwoSpans is the section of that name.
func TestOneCallTwoSpans(t *testing.T) {
	t.Parallel()
	const said = `[{"role":"user","content":"u"}]`
	http := attrs{"http.request.method": "POST"}
	tool := attrs{"gen_ai.operation.name": "execute_tool"}
	agent := attrs{"gen_ai.operation.name": "invoke_agent"}
	embed := func(model string) attrs {
		return attrs{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": model}
	}
	for _, c := range []struct {
		name string
		tree []inTree
	}{
		{"no messages: the inner one", []inTree{{noOne, llm("m", "", ""), aiTrace}, {0, llm("m", "", ""), gen}}},
		{"no messages, below a parent", []inTree{{noOne, agent, aiTrace}, {0, llm("m", "", ""), aiSpan}, {1, llm("m", "", ""), gen}}},
		{"messages outside", []inTree{{noOne, llm("m", "", said), gen}, {0, llm("m", "", ""), aiSpan}}},
		{"messages inside", []inTree{{noOne, llm("m", "", ""), aiTrace}, {0, llm("m", "", said), gen}}},
		{"messages on both", []inTree{{noOne, llm("m", "", said), aiTrace}, {0, llm("m", "", said), gen}}},
		{"an empty list is no message", []inTree{{noOne, llm("m", "", "[]"), aiTrace}, {0, llm("m", "", ""), gen}}},
		{"output is a message", []inTree{{noOne, attrs{"gen_ai.operation.name": chat, "gen_ai.request.model": "m", outputKey: said}, gen}, {0, llm("m", "", ""), aiSpan}}},
		{"same id, other model", []inTree{{noOne, llm("m", "1", said), gen}, {0, llm("n", "1", ""), aiSpan}}},
		{"same model, other id: two calls", []inTree{{noOne, llm("m", "1", ""), gen}, {0, llm("m", "2", ""), gen}}},
		{"same model, one id unknown", []inTree{{noOne, llm("m", "1", said), gen}, {0, llm("m", "", ""), aiSpan}}},
		{"other model: two calls", []inTree{{noOne, llm("m", "", ""), gen}, {0, llm("n", "", ""), gen}}},
		{"nothing known: two calls", []inTree{{noOne, llm("", "", ""), gen}, {0, llm("", "", ""), gen}}},
		{"model asked for and its version", []inTree{{noOne, llm("gpt-4o", "", said), gen}, {0, llm("gpt-4o-2024-08-06", "", ""), aiSpan}}},
		{"model behind the provider", []inTree{{noOne, llm("openai/gpt-4o", "", said), gen}, {0, llm("gpt-4o", "", ""), aiSpan}}},
		{"model at a version", []inTree{{noOne, llm("claude-opus-4@20250514", "", said), gen}, {0, llm("claude-opus-4", "", ""), aiSpan}}},
		{"a smaller model is another", []inTree{{noOne, llm("gpt-4o", "", ""), gen}, {0, llm("gpt-4o-mini", "", ""), gen}}},
		{"a later model is another", []inTree{{noOne, llm("claude-sonnet-4", "", ""), gen}, {0, llm("claude-sonnet-4-5", "", ""), gen}}},
		{"HTTP in between", []inTree{{noOne, llm("m", "", said), gen}, {0, http, ""}, {1, llm("m", "", ""), aiSpan}}},
		{"a tool in between: two calls", []inTree{{noOne, llm("m", "", ""), gen}, {0, tool, aiSpan}, {1, llm("m", "", ""), gen}}},
		{"wrappers in between, one response id", []inTree{
			{noOne, llm("m", "r", ""), aiTrace}, {0, agent, aiSpan}, {1, http, ""}, {2, agent, aiSpan}, {3, llm("m", "r", ""), gen},
		}},
		{"an agent in between, two response ids", []inTree{{noOne, llm("m", "r", ""), gen}, {0, agent, aiSpan}, {1, llm("m", "s", ""), gen}}},
		{"an agent in between, one response id unknown", []inTree{{noOne, llm("m", "r", ""), gen}, {0, agent, aiSpan}, {1, llm("m", "", ""), gen}}},
		{"an agent in between: two calls", []inTree{{noOne, llm("m", "", ""), gen}, {0, agent, aiSpan}, {1, llm("m", "", ""), gen}}},
		{"three levels, messages on top", []inTree{{noOne, llm("m", "1", said), gen}, {0, llm("m", "1", ""), aiSpan}, {1, llm("m", "1", ""), aiSpan}}},
		{"three levels, messages in the middle", []inTree{{noOne, llm("m", "1", ""), aiTrace}, {0, llm("m", "1", said), gen}, {1, llm("m", "1", ""), aiSpan}}},
		{"three levels, messages at the bottom", []inTree{{noOne, llm("m", "1", ""), aiTrace}, {0, llm("m", "1", ""), aiSpan}, {1, llm("m", "1", said), gen}}},
		{"three levels, no messages", []inTree{{noOne, llm("m", "", ""), aiTrace}, {0, llm("m", "", ""), aiSpan}, {1, llm("m", "", ""), gen}}},
		{"three levels, messages on both ends", []inTree{{noOne, llm("m", "1", said), aiTrace}, {0, llm("m", "1", ""), aiSpan}, {1, llm("m", "1", said), gen}}},
		{"several calls below a wrapper", []inTree{{noOne, llm("m", "", ""), aiTrace}, {0, llm("m", "1", ""), gen}, {0, llm("m", "2", ""), gen}}},
		{"several calls below a wrapper with messages", []inTree{{noOne, llm("m", "", said), aiTrace}, {0, llm("m", "1", ""), gen}, {0, llm("m", "2", ""), gen}}},
		{"several calls, one of them told of twice", []inTree{{noOne, llm("m", "2", ""), aiTrace}, {0, llm("m", "1", ""), gen}, {0, llm("m", "2", ""), gen}}},
		{"siblings are calls of their own", []inTree{{noOne, agent, aiTrace}, {0, llm("m", "", ""), gen}, {0, llm("m", "", ""), gen}}},
		{"a span below a generation", []inTree{{noOne, llm("m", "", ""), gen}, {0, attrs{"gen_ai.request.model": "m"}, aiSpan}}},
		{"embeddings", []inTree{{noOne, embed("e"), aiTrace}, {0, embed("e"), semconv.EventEmbedding}}},
		{"embeddings of other models", []inTree{{noOne, embed("e"), semconv.EventEmbedding}, {0, embed("f"), semconv.EventEmbedding}}},
		{"an embedding below a generation", []inTree{{noOne, llm("m", "", ""), gen}, {0, embed("m"), semconv.EventEmbedding}}},
		{"a loop of parents", []inTree{{1, llm("m", "1", ""), gen}, {0, llm("m", "2", ""), gen}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spans := batch(c.tree)
			want := map[string]string{}
			for i, s := range c.tree {
				if s.event != "" {
					want[spans[i].SpanContext().SpanID().String()] = s.event
				}
			}
			r := rand.New(rand.NewPCG(1, 2))
			for range 5 { // spans end, and so arrive, in any order
				got := map[string]string{}
				for _, e := range convert.Batch(spans, convert.Options{}) {
					got[e.Get(semconv.PropertySpanID).Value.AsString()] = e.Name
				}
				require.Equal(t, want, got)
				r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
			}
		})
	}
}

// TestOneCallTwoSpansOfManyTraces has two traces with the same span ids, which
// tell spans apart in their trace only.
func TestOneCallTwoSpansOfManyTraces(t *testing.T) {
	t.Parallel()
	var stubs tracetest.SpanStubs
	for _, id := range []trace.TraceID{{1}, {2}} {
		for _, stub := range tracetest.SpanStubsFromReadOnlySpans(batch([]inTree{{noOne, llm("m", "", ""), ""}, {0, llm("m", "", ""), ""}})) {
			stub.SpanContext = stub.SpanContext.WithTraceID(id)
			stub.Parent = stub.Parent.WithTraceID(id)
			stubs = append(stubs, stub)
		}
	}
	var got []string
	for _, e := range convert.Batch(stubs.Snapshots(), convert.Options{}) {
		got = append(got, e.Name)
	}
	require.Equal(t, []string{aiTrace, gen, aiTrace, gen}, got)
}

// TestOneCallTwoBatches checks that the mark of the span processor, which knows
// the spans of other batches, is followed.
func TestOneCallTwoBatches(t *testing.T) {
	t.Parallel()
	marked := llm("m", "", "")
	marked[string(names.SameCallKey)] = true
	unmarked := llm("m", "", "")
	unmarked[string(names.SameCallKey)] = false
	checkRows(t, []row{
		{name: "marked", attrs: marked, event: aiSpan, absent: []string{string(names.SameCallKey)}},
		{name: "marked, at the root", root: true, attrs: marked, event: aiTrace, absent: []string{string(names.SameCallKey)}},
		{name: "not marked", attrs: unmarked, event: gen, absent: []string{string(names.SameCallKey)}},
	})
}

// TestRecordedCallsCountOnce goes by the provider's ids, of which none is on two
// generations, and by the parents, of which none is a generation itself.
func TestRecordedCallsCountOnce(t *testing.T) {
	t.Parallel()
	eachRecording(t, func(t *testing.T, spans []sdktrace.ReadOnlySpan) {
		slices.Reverse(spans)
		answers, calls := map[string]bool{}, map[string]bool{}
		events := convert.Batch(spans, convert.Options{})
		for _, e := range events {
			if e.Name != gen {
				continue
			}
			calls[e.Get(semconv.PropertySpanID).Value.AsString()] = true
			if p := e.Get(semconv.PropertyCompletionID); p != nil {
				require.False(t, answers[p.Value.AsString()], p.Value.AsString())
				answers[p.Value.AsString()] = true
			}
		}
		for _, e := range events {
			if p := e.Get(semconv.PropertyParentID); e.Name == gen && p != nil {
				require.False(t, calls[p.Value.AsString()], p.Value.AsString())
			}
		}
	})
}
