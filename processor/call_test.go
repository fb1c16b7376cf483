package processor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// demoted returns the names of the spans that the exporter is told to demote.
func demoted(pl *pipeline) []string {
	out := []string{}
	for _, s := range pl.next.GetSpans() {
		for _, kv := range s.Attributes {
			if kv.Key == "posthog.ai.same_call" && kv.Value.AsBool() {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

func TestOneCallTwoSpans(t *testing.T) {
	t.Parallel()
	str := attribute.String
	model := str("gen_ai.request.model", "gpt-5")
	answered := str("gen_ai.response.model", "gpt-5")
	other := str("gen_ai.request.model", "gpt-5-nano")
	messages := str("gen_ai.input.messages", `[{"role":"user","content":"hi"}]`)
	id := func(v string) attribute.KeyValue { return str("gen_ai.response.id", v) }
	type set = []attribute.KeyValue

	for _, tt := range []struct {
		name  string
		outer set // at the start
		late  set // of the outer span, after the inner one has ended
		inner set
		want  []string
	}{
		{"the inner one stays", set{chat, model}, nil, set{chat, model}, []string{"outer"}},
		{"the one with messages stays: outer", set{chat, model, messages}, nil, set{chat, model}, []string{"inner"}},
		{"the one with messages stays: inner", set{chat, model}, nil, set{chat, model, messages}, []string{"outer"}},
		{"both have messages: the inner one stays", set{chat, model, messages}, nil, set{chat, model, messages}, []string{"outer"}},
		{"the outer one gets messages late", set{chat, model}, set{messages}, set{chat, model}, []string{"inner"}},
		{"same response id, models unknown", set{chat, id("r")}, nil, set{chat, id("r")}, []string{"outer"}},
		{"same response id, known late", set{chat, model}, set{id("r")}, set{chat, model, id("r")}, []string{"outer"}},
		{"the model that answered", set{chat, str("gen_ai.request.model", "alias"), answered}, nil, set{chat, model}, []string{"outer"}},
		{"another model", set{chat, model}, nil, set{chat, other}, nil},
		{"another response id", set{chat, model, id("a")}, nil, set{chat, model, id("b")}, nil},
		{"another response id, known late", set{chat, model}, set{id("a")}, set{chat, model, id("b")}, nil},
		{"nothing to compare", set{chat}, nil, set{chat}, nil},
		{"empty models are no models", set{chat, str("gen_ai.request.model", "")}, nil, set{chat, str("gen_ai.request.model", "")}, nil},
		{"an agent is no generation", set{agent, model}, nil, set{chat, model}, nil},
		{"nor is a tool", set{chat, model}, nil, set{str("gen_ai.operation.name", "execute_tool"), model}, nil},
		{"embeddings are not generations", set{chat, model}, nil, set{str("gen_ai.operation.name", "embeddings"), model}, nil},
		{
			"Vercel's wrapper is no generation",
			set{str("ai.operationId", "ai.generateText"), str("ai.model.id", "gpt-5")},
			nil,
			set{str("ai.operationId", "ai.generateText.doGenerate"), str("ai.model.id", "gpt-5")},
			nil,
		},
		{
			"Vercel above a provider's own span",
			set{str("ai.operationId", "ai.streamText.doStream"), str("ai.model.id", "gpt-5"), str("ai.prompt.messages", `[{"role":"user","content":"hi"}]`)},
			nil,
			set{chat, model},
			[]string{"inner"},
		},
		{
			"the first rule decides: a Vercel wrapper with an operation name",
			set{str("ai.operationId", "ai.generateText"), chat, model},
			nil,
			set{chat, model},
			nil,
		},
		{"Traceloop", set{str("llm.request.type", "chat"), str("llm.request.model", "gpt-5"), str("gen_ai.prompt.0.content", "hi")}, nil, set{chat, model}, []string{"inner"}},
		{"Traceloop completion", set{str("llm.request.type", "completion"), model}, nil, set{chat, model}, []string{"outer"}},
		{"Traceloop rerank is none", set{str("llm.request.type", "rerank"), model}, nil, set{chat, model}, nil},
		{"OpenInference in any case", set{str("openinference.span.kind", "LLM"), str("llm.model_name", "gpt-5")}, nil, set{chat, model}, []string{"outer"}},
		{"OpenInference chain", set{str("openinference.span.kind", "CHAIN"), str("llm.model_name", "gpt-5")}, nil, set{chat, model}, nil},
		{"Langfuse", set{str("langfuse.observation.type", "generation"), str("langfuse.observation.model.name", "gpt-5")}, nil, set{chat, model}, []string{"outer"}},
		{"LangSmith", set{str("langsmith.span.kind", "llm"), model}, nil, set{chat, model}, []string{"outer"}},
		{"a prompt template of LangSmith", set{str("langsmith.span.kind", "chain"), chat, model, messages}, nil, set{chat, model}, nil},
		{"Eino", set{str("gen_ai.span.kind", "chatmodel"), model}, nil, set{chat, model}, []string{"outer"}},
		{
			"Genkit",
			set{str("genkit:type", "action"), str("genkit:metadata:subtype", "model"), str("genkit:name", "openai/gpt-5")},
			nil,
			set{chat, model},
			[]string{"outer"},
		},
		{
			"Braintrust",
			set{str("braintrust.metadata", `{"model":"gpt-5","provider":"openai"}`), str("braintrust.input_json", `[{"role":"user","content":"hi"}]`)},
			nil,
			set{chat, model},
			[]string{"inner"},
		},
		{
			"a task of Braintrust",
			set{str("braintrust.span_attributes", `{"type":"task"}`), str("braintrust.input_json", `[{"role":"user","content":"hi"}]`), str("braintrust.metadata", `{"model":"gpt-5","provider":"openai"}`)},
			nil,
			set{chat, model},
			nil,
		},
		{"a dated model", set{chat, model}, nil, set{chat, str("gen_ai.response.model", "gpt-5-2025-08-07")}, []string{"outer"}},
		{"LangWatch", set{str("langwatch.span.type", "llm"), model}, nil, set{chat, model}, []string{"outer"}},
		{"Gemini", set{str("gen_ai.operation.name", "generate_content"), model}, nil, set{chat, model}, []string{"outer"}},
		{"text completion", set{str("gen_ai.operation.name", "text_completion"), model}, nil, set{chat, model}, []string{"outer"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t)
			ctx, outer := pl.start(t.Context(), "outer", tt.outer...)
			ctx, http := pl.start(ctx, "POST")
			_, inner := pl.start(ctx, "inner", tt.inner...)
			inner.End()
			http.End()
			outer.SetAttributes(tt.late...)
			outer.End()
			require.ElementsMatch(t, tt.want, demoted(pl))
			requireBelow(t, pl.sent(t, "inner"), outer.SpanContext())
		})
	}
}

func TestOneCallMoreSpans(t *testing.T) {
	t.Parallel()
	model := attribute.String("gen_ai.request.model", "m")
	messages := attribute.String("gen_ai.output.messages", `[{"role":"assistant","content":"hi"}]`)
	id := func(v string) attribute.KeyValue { return attribute.String("gen_ai.response.id", v) }
	for _, tt := range []struct {
		name string
		run  func(pl *pipeline, ctx context.Context)
		want []string
	}{
		{"three levels: the innermost stays", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			ctx, b := pl.start(ctx, "b", chat, model)
			_, c := pl.start(ctx, "c", chat, model)
			c.End()
			b.End()
			a.End()
		}, []string{"b", "a"}},
		{"three levels: the middle one has messages", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			ctx, b := pl.start(ctx, "b", chat, model, messages)
			_, c := pl.start(ctx, "c", chat, model)
			c.End()
			b.End()
			a.End()
		}, []string{"c", "a"}},
		{"three levels: the outermost has messages", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model, messages)
			ctx, b := pl.start(ctx, "b", chat, model)
			_, c := pl.start(ctx, "c", chat, model)
			c.End()
			b.End()
			a.End()
		}, []string{"c", "b"}},
		{"a wrapper of two calls", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			_, b := pl.start(ctx, "b", chat, model, id("1"))
			b.End()
			_, c := pl.start(ctx, "c", chat, model, id("2"))
			c.End()
			a.SetAttributes(id("2"))
			a.End()
		}, []string{"a"}},
		{"a wrapper of many calls that names the last", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			for i := range 30 {
				_, b := pl.start(ctx, "b", chat, model, id(string(rune('A'+i))))
				b.End()
			}
			a.SetAttributes(id(string(rune('A' + 29))))
			a.End()
		}, []string{"a"}},
		{"a wrapper with messages", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model, messages)
			_, b := pl.start(ctx, "b", chat, model)
			b.End()
			_, c := pl.start(ctx, "c", chat, model, messages)
			c.End()
			a.End()
		}, []string{"a"}},
		{"a wrapper with messages, the first of two calls with messages", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model, messages)
			_, b := pl.start(ctx, "b", chat, model, messages)
			b.End()
			_, c := pl.start(ctx, "c", chat, model)
			c.End()
			a.End()
		}, []string{"a"}},
		{"a wrapper of a call and of one told twice", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model, messages)
			_, b := pl.start(ctx, "b", chat, model)
			b.End()
			ctx, c := pl.start(ctx, "c", chat, model)
			_, d := pl.start(ctx, "d", chat, model, messages)
			d.End()
			c.End()
			a.End()
		}, []string{"a", "c"}},
		{"an agent between: two calls", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			ctx, b := pl.start(ctx, "b", agent)
			_, c := pl.start(ctx, "c", chat, model)
			c.End()
			b.End()
			a.End()
		}, []string{}},
		{"the outer one has ended before: two calls", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			_, b := pl.start(ctx, "b", chat, model, messages)
			a.End()
			b.End()
		}, []string{}},
		{"the outer one has ended before, demoted", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			_, b := pl.start(ctx, "b", chat, model)
			b.End()
			a.End()
			_, c := pl.start(ctx, "c", chat, model)
			c.End()
		}, []string{"a"}},
		{"messages in span events", func(pl *pipeline, ctx context.Context) {
			ctx, a := pl.start(ctx, "a", chat, model)
			a.AddEvent("gen_ai.user.message", trace.WithAttributes(attribute.String("content", "hi")))
			_, b := pl.start(ctx, "b", chat, model)
			b.End()
			a.End()
		}, []string{"b"}},
		{"siblings are two calls", func(pl *pipeline, ctx context.Context) {
			ctx, root := pl.start(ctx, "root", agent)
			_, a := pl.start(ctx, "a", chat, model)
			_, b := pl.start(ctx, "b", chat, model)
			a.End()
			b.End()
			root.End()
		}, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl := newPipeline(t)
			tt.run(pl, t.Context())
			require.ElementsMatch(t, tt.want, demoted(pl))
		})
	}
}
