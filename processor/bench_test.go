package processor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// The pairs are to be read as differences: Empty is the SDK with a processor
// that does nothing.

type nop struct{}

func (nop) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (nop) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (nop) Shutdown(context.Context) error                  { return nil }
func (nop) ForceFlush(context.Context) error                { return nil }

func benchContext(b *testing.B, members int) context.Context {
	ctx := b.Context()
	if members == 0 {
		return ctx
	}
	ctx, err := baggage.ContextWithSession(ctx, baggage.Session{
		ID: "0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b", DistinctID: "user-4711",
	})
	require.NoError(b, err)
	bag := otelbaggage.FromContext(ctx)
	for i := 2; i < members; i++ {
		m, err := otelbaggage.NewMemberRaw("member"+string(rune('a'+i)), "value of some length")
		require.NoError(b, err)
		bag, err = bag.SetMember(m)
		require.NoError(b, err)
	}
	return otelbaggage.ContextWithBaggage(ctx, bag)
}

func BenchmarkSpan(b *testing.B) {
	processors := []struct {
		name string
		make func() sdktrace.SpanProcessor
	}{
		{"Empty", func() sdktrace.SpanProcessor { return nop{} }},
		{"Stamp", func() sdktrace.SpanProcessor { return processor.New(nil) }},
		{"Full", func() sdktrace.SpanProcessor { return processor.New(nop{}) }},
	}
	contexts := []struct {
		name    string
		members int
	}{{"NoBaggage", 0}, {"2Members", 2}, {"10Members", 10}}
	for _, c := range contexts {
		for _, p := range processors {
			b.Run(c.name+"/Root/"+p.name, func(b *testing.B) {
				tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.make()))
				tr, ctx := tp.Tracer("bench"), benchContext(b, c.members)
				b.ReportAllocs()
				for b.Loop() {
					_, s := tr.Start(ctx, "GET /")
					s.End()
				}
			})
			b.Run(c.name+"/Child/"+p.name, func(b *testing.B) {
				tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.make()))
				tr := tp.Tracer("bench")
				ctx, root := tr.Start(benchContext(b, c.members), "root")
				defer root.End()
				b.ReportAllocs()
				for b.Loop() {
					_, s := tr.Start(ctx, "GET /")
					s.End()
				}
			})
		}
	}
}

// BenchmarkSpanWithAttributes starts spans with attributes of their own, which
// the stamp must not overwrite.
func BenchmarkSpanWithAttributes(b *testing.B) {
	attrs := trace.WithAttributes(attribute.String("http.request.method", "GET"),
		attribute.String("url.path", "/chat"), attribute.Int("server.port", 8080))
	for _, p := range []struct {
		name string
		sp   sdktrace.SpanProcessor
	}{{"Empty", nop{}}, {"Stamp", processor.New(nil)}, {"Full", processor.New(nop{})}} {
		b.Run(p.name, func(b *testing.B) {
			tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.sp))
			tr, ctx := tp.Tracer("bench"), benchContext(b, 2)
			b.ReportAllocs()
			for b.Loop() {
				_, s := tr.Start(ctx, "GET /", attrs)
				s.End()
			}
		})
	}
}

// BenchmarkAISpan ends an LLM span below an HTTP span below an agent.
func BenchmarkAISpan(b *testing.B) {
	for _, p := range []struct {
		name string
		sp   sdktrace.SpanProcessor
	}{{"Empty", nop{}}, {"Full", processor.New(nop{})}} {
		b.Run(p.name, func(b *testing.B) {
			tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.sp))
			tr := tp.Tracer("bench")
			ctx, agent := tr.Start(benchContext(b, 2), "agent", trace.WithAttributes(
				attribute.String("gen_ai.operation.name", "invoke_agent")))
			defer agent.End()
			ctx, http := tr.Start(ctx, "GET /")
			defer http.End()
			attrs := trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"),
				attribute.String("gen_ai.request.model", "gpt-5"), attribute.String("gen_ai.input.messages", "[]"))
			b.ReportAllocs()
			for b.Loop() {
				_, s := tr.Start(ctx, "chat gpt-5", attrs)
				s.End()
			}
		})
	}
}

// BenchmarkParallel starts spans of many traces on all processors.
func BenchmarkParallel(b *testing.B) {
	for _, p := range []struct {
		name string
		sp   sdktrace.SpanProcessor
	}{{"Empty", nop{}}, {"Full", processor.New(nop{})}} {
		b.Run(p.name, func(b *testing.B) {
			tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.sp))
			tr, ctx := tp.Tracer("bench"), benchContext(b, 2)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					ctx, root := tr.Start(ctx, "root")
					_, s := tr.Start(ctx, "child")
					s.End()
					root.End()
				}
			})
		})
	}
}
